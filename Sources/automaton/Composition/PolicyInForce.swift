import AutomatonCore
import Synchronization

/// The limits in force, for those who plan within them.
final class PolicyInForce: Sendable {
    private let policy = Mutex(SafetyPolicy())

    var value: SafetyPolicy { policy.withLock { $0 } }

    func set(_ policy: SafetyPolicy) { self.policy.withLock { $0 = policy } }
}
