public import AutomatonCore
public import Engine
internal import Synchronization

/// The last changes, for those who follow them live.
///
/// Everybody reads the same bounded ring, each at a place of its own: whoever is slow holds nothing back and takes no memory, and is told
/// when the ring has gone on without it.
public final class ChangeFeed: EngineObserver {
    /// Changes that are kept for those who come back.
    static let most = 2000
    /// So many may follow at once.
    static let mostFollowers = 256

    private struct State {
        /// The changes with the numbers from `next - ring.count` to `next - 1`.
        var ring: [FeedChange] = []
        /// Where in the ring the oldest is, once it is full.
        var start = 0
        var next: UInt64 = 1
        var followers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastFollower: UInt64 = 0
        var isClosed = false
    }

    /// Tells the numbers of this run of the program from those of another one.
    let run: String
    private let state = Mutex(State())

    /// Begins with nothing.
    /// - Parameter run: names this run of the program.
    public init(run: String) { self.run = run }

    public func observe(_ event: EngineEvent, at instant: Instant) {
        guard let change = FeedChange(event, at: instant) else { return }
        append(change)
    }

    func append(_ change: FeedChange) {
        let followers = state.withLock { state in
            if state.ring.count < Self.most {
                state.ring.append(change)
            } else {
                state.ring[state.start] = change
                state.start = (state.start + 1) % Self.most
            }
            state.next += 1
            return Array(state.followers.values)
        }
        for follower in followers { follower.yield() }
    }

    /// Changes after a place, in order, with the number of the last.
    struct Page: Sendable {
        var changes: [FeedChange]
        var last: UInt64
        /// Whether some that came before these are no longer there.
        var isCut: Bool
    }

    /// What came after a number, not too much at once.
    func page(after last: UInt64, most: Int = 100) -> Page {
        state.withLock { state in
            let oldest = state.next - UInt64(state.ring.count)
            let from = max(last + 1, oldest)
            guard from < state.next else { return Page(changes: [], last: max(last, state.next - 1), isCut: from > last + 1) }
            let to = min(state.next, from + UInt64(most))
            let changes = (from..<to).map { number in
                state.ring[(state.start + Int(number - oldest)) % state.ring.count]
            }
            return Page(changes: changes, last: to - 1, isCut: from > last + 1)
        }
    }

    /// The number of the last change.
    var last: UInt64 { state.withLock { $0.next - 1 } }

    /// A follower's.
    struct Place: Sendable {
        fileprivate let id: UInt64
        fileprivate let continuation: AsyncStream<Void>.Continuation
        /// Tells that there may be something new; ends when the feed does.
        let news: AsyncStream<Void>

        func wake() { continuation.yield() }
    }

    /// Somebody follows. Nil when too many do, or when it is over.
    func follow() -> Place? {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        return state.withLock { state in
            guard state.followers.count < Self.mostFollowers, !state.isClosed else { return nil }
            state.lastFollower += 1
            state.followers[state.lastFollower] = continuation
            return Place(id: state.lastFollower, continuation: continuation, news: news)
        }
    }

    func leave(_ place: Place) {
        _ = state.withLock { $0.followers.removeValue(forKey: place.id) }
        place.continuation.finish()
    }

    /// How many follow now.
    var followers: Int { state.withLock { $0.followers.count } }

    /// Ends it for everybody: the server shuts down.
    func close() {
        let followers = state.withLock { state in
            state.isClosed = true
            let followers = Array(state.followers.values)
            state.followers = [:]
            return followers
        }
        for follower in followers { follower.finish() }
    }

    /// Where somebody goes on who had seen up to a `Last-Event-ID` (`RUN-NUMBER`); nil when that is none of this run's.
    func place(of id: String) -> UInt64? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == run, let number = UInt64(parts[1]), number <= last else { return nil }
        return number
    }
}
