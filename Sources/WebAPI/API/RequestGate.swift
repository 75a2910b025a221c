internal import Synchronization

/// Lets few requests to the engine be under way at once: who asks without end must not keep it from its work.
final class RequestGate: Sendable {
    private let most: Int
    private let count = Mutex(0)

    init(most: Int) { self.most = most }

    /// Whether one more may be; whoever was let in leaves.
    func enter() -> Bool {
        count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    /// How many are in.
    var taken: Int { count.withLock { $0 } }

    func leave() { count.withLock { $0 -= 1 } }
}
