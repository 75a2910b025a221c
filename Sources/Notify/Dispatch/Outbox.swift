internal import AutomatonCore
internal import Synchronization

/// What waits for one receiver: bounded, and one message a key, so that a service that comes back is told how things are and not how they
/// were an hour ago.
final class Outbox: Sendable {
    /// A message and what was tried.
    struct Item: Sendable {
        var message: Message
        var since: Instant
        var failures = 0
    }

    private struct State {
        var receiver: Receiver
        var items: [Item] = []
        var isClosed = false
        /// Whether one was dropped since it was empty last.
        var isDropping = false
    }

    private let most: Int
    private let state: Mutex<State>
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ receiver: Receiver, most: Int) {
        state = Mutex(State(receiver: receiver))
        self.most = max(1, most)
    }

    /// To whom it goes.
    var receiver: Receiver { state.withLock { $0.receiver } }

    /// What waits goes to this one, over whatever service the same name stands for by now.
    func replace(_ receiver: Receiver) { state.withLock { $0.receiver = receiver } }

    /// Puts a message in. Answers with the one that had to go for it, and whether it is the first since the box was empty.
    func put(_ message: Message, at now: Instant) -> (dropped: Message, isFirst: Bool)? {
        let dropped = state.withLock { state -> (Message, Bool)? in
            if let index = state.items.firstIndex(where: { $0.message.key == message.key }) {
                state.items[index].message = message.including(state.items[index].message)
                // The service may be wrong about the old one; the new one has its own time.
                state.items[index].since = now
                return nil
            }
            state.items.append(Item(message: message, since: now))
            guard state.items.count > most else { return nil }
            // The least of them goes: what is over or mild before what is bad, the oldest first.
            let least = state.items.indices.min { state.items[$0].message.weight < state.items[$1].message.weight } ?? 0
            defer { state.isDropping = true }
            return (state.items.remove(at: least).message, !state.isDropping)
        }
        news.continuation.yield()
        return dropped
    }

    /// Puts one back that could not be delivered, behind the others; one that came meanwhile with its key takes its place.
    func putBack(_ item: Item) {
        state.withLock { state in
            if let index = state.items.firstIndex(where: { $0.message.key == item.message.key }) {
                state.items[index].message = state.items[index].message.including(item.message)
            } else {
                state.items.append(item)
            }
        }
        news.continuation.yield()
    }

    /// The next message; nil when there is none now.
    func take() -> Item? {
        state.withLock { state in
            guard !state.items.isEmpty else {
                state.isDropping = false
                return nil
            }
            return state.items.removeFirst()
        }
    }

    /// Waits until there is something; false when nothing comes any more.
    func isFilled() async -> Bool {
        while true {
            let (isEmpty, isClosed) = state.withLock { ($0.items.isEmpty, $0.isClosed) }
            if !isEmpty { return true }
            if isClosed { return false }
            var iterator = news.stream.makeAsyncIterator()
            guard await iterator.next() != nil else { return state.withLock { !$0.items.isEmpty } }
        }
    }

    /// Nothing comes any more; what is there is still delivered.
    func close() {
        state.withLock { $0.isClosed = true }
        news.continuation.finish()
    }
}

extension Message {
    /// What matters more: that something is bad, and worse; of the same weight, the later.
    fileprivate var weight: (Int, Severity) { (kind == .resolved ? 0 : 1, severity) }

    /// With those entries of an earlier message that nobody heard of.
    func including(_ earlier: Message) -> Message {
        var message = self
        let known = Set(entries.map(\.record.id))
        let unheard = earlier.entries.filter { !known.contains($0.record.id) }
        let room = max(0, Group.mostEntries - entries.count)
        message.entries += unheard.prefix(room)
        message.more += max(0, unheard.count - room)
        return message
    }
}
