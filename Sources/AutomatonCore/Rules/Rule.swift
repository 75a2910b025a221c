/// A rule: which check to judge, when its findings are unhealthy, and what to do about it.
///
/// Pure data; the plugins that the names stand for live beside it, in the engine's catalogue.
public struct Rule: Hashable, Sendable {
    /// What a rule may do.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Plan and run every guard, change nothing, say what would have been done.
        case observe
        /// Plan, ask a person, and act when the person confirms.
        case approve
        /// Act.
        case auto
    }

    /// Its name: unique, `[a-z0-9-]`, at most 63 characters. A label of metrics.
    public var name: String
    /// The run of a check that it judges.
    public var check: CheckID
    /// What is mended, where it is not what the check reports on.
    public var subject: SubjectTemplate?
    /// The highest tier that holds gives the priority; none: healthy.
    public var tiers: [Tier]
    /// In order: the first is tried first, the next when it did not help.
    public var remediations: [RemediationStep]
    /// What it may do.
    public var mode: Mode
    /// Rules whose incidents on the same subject this one explains: while it is unhealthy they do not act.
    public var inhibits: [String]
    /// A longer quiet time than the policy's, where the rule wants one; never a shorter one.
    public var cooldown: Duration?
    /// How long a plan waits for a person in mode `approve`; nil for the policy's time.
    public var approveWithin: Duration?
    /// When the rule begins nothing.
    public var maintenance: [MaintenanceWindow]
    /// Fires ahead of the threshold, when the trend of the figure crosses it soon.
    public var predict: Prediction?
    /// A line for people: what is wrong when this rule fires, and what it does about it.
    public var summary: String

    /// Makes a rule.
    public init(
        name: String, check: CheckID, subject: SubjectTemplate? = nil, tiers: [Tier], remediations: [RemediationStep], mode: Mode = .auto,
        inhibits: [String] = [], cooldown: Duration? = nil, approveWithin: Duration? = nil, maintenance: [MaintenanceWindow] = [],
        predict: Prediction? = nil, summary: String = ""
    ) {
        self.name = name
        self.check = check
        self.subject = subject
        self.tiers = tiers
        self.remediations = remediations
        self.mode = mode
        self.inhibits = inhibits
        self.cooldown = cooldown
        self.approveWithin = approveWithin
        self.maintenance = maintenance
        self.predict = predict
        self.summary = summary
    }

    /// What is mended for a finding; nil when that is to be found by a label and was not.
    func target(of finding: Finding) -> Subject? {
        guard let subject else { return finding.subject }
        return subject.subject(for: finding.subject) ?? finding.located[subject]
    }

    /// What the rule makes of an observation.
    ///
    /// A tier whose figure was not measured cannot be told. If no other tier holds then, the verdict is unknown; so it is when a part of
    /// the subject could not be read.
    public func verdict(_ observation: Observation) -> Verdict { Self.verdict(observation, tiers, name) }

    /// The same, of the tiers and the name alone: a rule is much to copy for each finding.
    static func verdict(_ observation: Observation, _ tiers: [Tier], _ name: String) -> Verdict {
        switch observation {
        case .unknown(let why): return .unknown(why)
        case .seen(let evidence):
            let (highest, missing) = highest(tiers, evidence)
            if let highest { return .unhealthy(highest) }
            if missing { return .unknown("the check did not measure the figure that rule \(name) needs") }
            guard let unread = evidence.unread else { return .healthy }
            if evidence.unreadFigures.isEmpty { return .unknown(unread) }
            let whole = Evidence(figures: evidence.unreadFigures, reasons: evidence.reasons)
            return self.highest(tiers, whole).priority == nil ? .healthy : .unknown(unread)
        }
    }

    /// The priority that tiers give an observation; nil when none holds.
    static func highest(_ tiers: [Tier], _ observation: Observation) -> Priority? {
        guard case .seen(let evidence) = observation else { return nil }
        return highest(tiers, evidence).priority
    }

    /// The highest tier that holds, and whether one could not be told.
    private static func highest(_ tiers: [Tier], _ evidence: Evidence) -> (priority: Priority?, missing: Bool) {
        var highest: Priority?
        var missing = false
        for tier in tiers {
            switch tier.holds(evidence) {
            case true?: if highest.map({ $0 < tier.priority }) ?? true { highest = tier.priority }
            case nil: missing = true
            case false?: break
            }
        }
        return (highest, missing)
    }
}

/// One remediation of a rule's list, and how its success is told.
public struct RemediationStep: Hashable, Codable, Sendable {
    /// When an attempt is taken back.
    public enum Revert: String, Hashable, Codable, Sendable, CaseIterable {
        /// When the incident got worse (default).
        case worse
        /// When it did not help, also when nothing got worse.
        case ineffective
        /// Never.
        case never
    }

    /// What is done about a field that somebody else owns.
    public enum Owned: String, Hashable, Codable, Sendable, CaseIterable {
        /// What an autoscaler, a GitOps tool or another controller owns is left alone; what a person set is not (default).
        case refuseControllers = "refuse-controllers"
        /// It is left alone, whoever owns it.
        case refuse
        /// It is changed all the same.
        case take
    }

    /// The remediation's name: `raise-memory`.
    public var use: String
    /// What the label `action` of `healing_actions_total` says.
    public var action: String
    /// The finding must be clear within this time after the attempt.
    public var verify: Duration
    /// The finding must stay clear this long before it counts as healed; at most `verify`.
    public var stable: Duration
    /// Attempts of this remediation before the next of the list; at least 1.
    public var attempts: Int
    /// When the attempt is taken back.
    public var revert: Revert
    /// What is done about a field that somebody else owns.
    public var owned: Owned
    /// What it changed is put back after the subject was healthy for this long; nil: it stays.
    public var restoreAfter: Duration?

    /// Makes a step.
    public init(
        use: String, action: String? = nil, verify: Duration = .minutes(10), stable: Duration = .seconds(30), attempts: Int = 1,
        revert: Revert = .worse, owned: Owned = .refuseControllers, restoreAfter: Duration? = nil
    ) {
        self.use = use
        self.action = action ?? use
        self.verify = verify
        self.stable = stable
        self.attempts = attempts
        self.revert = revert
        self.owned = owned
        self.restoreAfter = restoreAfter
    }
}
