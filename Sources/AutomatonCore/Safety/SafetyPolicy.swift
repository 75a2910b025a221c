/// Every limit, in one place. The core holds each plan against it before anything is changed.
public struct SafetyPolicy: Hashable, Sendable {
    /// Quiet time after an attempt, for one incident and for one (subject, remediation) whatever the rule.
    public var cooldown: Duration = .minutes(5)
    /// How long a finding must be unhealthy before anything is planned, by priority (index: `Priority.rawValue`).
    public var delays: [Duration] = [.hours(1), .minutes(15), .minutes(5), .zero]
    /// Fewest replicas that may be set.
    public var minimumReplicas = 1
    /// Most replicas that may be set.
    public var maximumReplicas = 10
    /// Most memory that a container may be given.
    public var maximumMemory = ByteQuantity(bytes: 8 << 30)
    /// Ineffective attempts in a row on one incident before its breaker opens.
    public var breakerThreshold = 3
    /// How long the breaker stays open the first time; it doubles each time after.
    public var breakerBackoff: Duration = .minutes(15)
    /// The longest that a breaker stays open.
    public var breakerLongest: Duration = .hours(6)
    /// Attempts in any hour, across all rules.
    public var attemptsAnHour = 30
    /// Subjects with an attempt in flight at once, across all rules.
    public var attemptsAtOnce = 5
    /// A finding older than this is unknown.
    public var staleAfter: Duration = .minutes(3)
    /// Plan and guard everything, change nothing.
    public var dryRun = false

    /// The defaults.
    public init() {}

    /// The delay of a priority.
    public func delay(_ priority: Priority) -> Duration {
        let index = Int(priority.rawValue)
        return index < delays.count ? delays[index] : .zero
    }
}
