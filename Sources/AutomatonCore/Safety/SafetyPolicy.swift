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
    /// Of the attempts in any hour, those that only critical incidents may use.
    public var criticalReserve = 5
    /// Of one namespace's workloads, the most that may be changed in any hour. A share is at least ``leastShare``.
    public var namespaceShare = Quota.percent(25)
    /// Of one namespace's workloads (and of all), the most that may be unhealthy at once: above, it is a storm. A share is at least
    /// ``leastShare``.
    public var stormShare = Quota.percent(40)
    /// How long they must be fewer again before attempts are made.
    public var stormCooldown: Duration = .minutes(10)
    /// Pods of a workload that must stay ready while it is restarted.
    public var minimumHealthy = Quota.percent(50)
    /// Namespaces in which nothing is ever changed.
    public var protectedNamespaces: [NamePattern] = ["kube-system", "kube-public", "kube-node-lease"].map { NamePattern($0) }
    /// Workloads that are never changed: the automaton's own.
    public var protectedWorkloads: Set<Subject> = []
    /// Whether only objects that ask for it by an annotation are changed.
    public var requiresOptIn = false
    /// Ineffective attempts of a rule in a row, on whatever subjects, before it only tells.
    public var ruleThreshold = 10
    /// How long a plan waits for a person where the rule asks for one and says no time itself.
    public var approvalTime: Duration = .minutes(30)
    /// How long a rule asks before it acts where a person took back what it did.
    public var objectionTime: Duration = .hours(24)
    /// Begin nothing; observe and tell as ever.
    public var isPaused = false
    /// A finding older than this is unknown.
    public var staleAfter: Duration = .minutes(3)
    /// Plan and guard everything, change nothing.
    public var dryRun = false

    /// The defaults.
    public init() {}

    /// Of so few, a share means nothing: as many may be unhealthy, or changed, whatever the share.
    public static let leastShare = 5

    /// The delay of a priority.
    public func delay(_ priority: Priority) -> Duration {
        let index = Int(priority.rawValue)
        return index < delays.count ? delays[index] : .zero
    }
}
