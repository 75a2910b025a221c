internal import Synchronization

/// Which connections are open. When nearly all places are taken, one on which nothing is owed to the other side makes way for the next:
/// of the address that has the most of them the one that has waited the longest.
///
/// There is no fixed limit of one address: the kubelet's probes come from the node's, and so may everything that reaches a Service
/// through that node, or a whole ingress. A probe finds a place as long as not every place is owed an answer.
final class ConnectionBook: Sendable {
    /// Names a connection while it is open.
    typealias Number = UInt64

    private struct Entry {
        let address: String
        let close: @Sendable () -> Void
        /// Since when the other side's turn lasts, in the order of events; nil while an answer is made.
        var waitsSince: UInt64?
    }

    private struct State {
        var entries: [Number: Entry] = [:]
        var last: UInt64 = 0

        mutating func next() -> UInt64 {
            last += 1
            return last
        }

        /// Nil when every one is owed an answer.
        func dispensable() -> Number? {
            let counts = entries.values.reduce(into: [String: Int]()) { $0[$1.address, default: 0] += 1 }
            let waiting = entries.compactMap { number, entry in
                entry.waitsSince.map { (number: number, count: counts[entry.address] ?? 0, since: $0) }
            }
            return waiting.max { ($0.count, $1.since) < ($1.count, $0.since) }?.number
        }
    }

    /// Beyond so many, one makes way for each that comes. A few places are left: closing takes a moment.
    private let most: Int
    private let state = Mutex(State())

    /// - Parameter places: connections that are accepted at once.
    init(places: Int) { most = max(1, places - max(1, places / 16)) }

    /// Notes a connection that was opened; the other side's turn begins.
    /// - Parameter close: closes it; called at most once.
    func open(from address: String, close: @escaping @Sendable () -> Void) -> Number {
        let (number, leaving) = state.withLock { state -> (Number, Entry?) in
            // Before the new one is noted: it has had no time to say what it wants.
            let leaving = state.entries.count >= most ? state.dispensable().flatMap { state.entries.removeValue(forKey: $0) } : nil
            let number = state.next()
            state.entries[number] = Entry(address: address, close: close, waitsSince: number)
            return (number, leaving)
        }
        leaving?.close()
        return number
    }

    /// Notes whose turn it is on a connection.
    func turn(_ number: Number, isOthers: Bool) {
        state.withLock { state in
            guard let entry = state.entries[number], (entry.waitsSince != nil) != isOthers else { return }
            let since = isOthers ? state.next() : nil
            state.entries[number]?.waitsSince = since
        }
    }

    /// Notes that a connection is closed.
    func closed(_ number: Number) { _ = state.withLock { $0.entries.removeValue(forKey: number) } }
}
