internal import AutomatonCore

extension Election {
    /// Which Lease is stood for, by whom, and how long everything takes.
    public struct Settings: Hashable, Sendable {
        /// The Lease's name.
        public let name: String
        /// The Lease's namespace.
        public let namespace: String
        /// Who stands for election: must be another for each run of the program, see ``identity(_:run:)``.
        public let identity: String
        /// How long others wait after the last renewal that they saw. Whole seconds: the Lease has no smaller unit.
        public let lease: Duration
        /// How long after the start of its last successful renewal a leader may act.
        public let renewDeadline: Duration
        /// Between two tries; a follower adds up to ``jitter`` times as much at random.
        public let retry: Duration
        /// client-go's `JitterFactor`.
        public static let jitter = 1.2

        /// Makes settings; the durations are client-go's defaults.
        /// - Throws: ``ElectionSettingsError`` unless `lease` > `renewDeadline` > `retry` × 1.2 > 0.
        ///
        /// What keeps two from acting at once is `lease` − `renewDeadline`: clocks may run that much faster or slower than one another.
        public init(
            name: String, namespace: String, identity: String, lease: Duration = .seconds(15), renewDeadline: Duration = .seconds(10),
            retry: Duration = .seconds(2)
        ) throws(ElectionSettingsError) {
            for (what, text) in [("the Lease's name", name), ("its namespace", namespace), ("the identity", identity)] where text.isEmpty {
                throw ElectionSettingsError("\(what) is empty")
            }
            guard retry > .zero else { throw ElectionSettingsError("the retry period is \(retry.readable): it must be more than 0") }
            guard lease.components.attoseconds == 0 else {
                throw ElectionSettingsError("the lease is \(lease.readable): a Lease counts whole seconds")
            }
            guard lease > renewDeadline else {
                throw ElectionSettingsError(
                    "the lease (\(lease.readable)) must be longer than the renew deadline (\(renewDeadline.readable)): a leader must stop "
                        + "before others may begin")
            }
            guard renewDeadline > retry * Self.jitter else {
                throw ElectionSettingsError(
                    "the renew deadline (\(renewDeadline.readable)) must be longer than \(Self.jitter) times the retry period "
                        + "(\(retry.readable)): a leader must have time to renew")
            }
            self.name = name
            self.namespace = namespace
            self.identity = identity
            self.lease = lease
            self.renewDeadline = renewDeadline
            self.retry = retry
        }

        /// An identity as client-go's users make it: who, and a part that no other run has.
        ///
        /// Without that part a pod that crashed and came back would take the Lease it finds for its own, and so would a second process
        /// with the same name while the first still acts.
        public static func identity(_ name: String, run: String) -> String { "\(name)_\(run)" }

        /// A request that takes longer counts as unanswered: half the renew deadline, so that there is time for another.
        public var requestTimeout: Duration { renewDeadline / 2 }
        /// How long giving the Lease back may take at the end.
        var releaseTimeout: Duration { retry }
    }
}

/// Durations or names with which an election cannot work: which, and what would be right.
public struct ElectionSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ problem: String) { description = "leader election: \(problem)" }
}
