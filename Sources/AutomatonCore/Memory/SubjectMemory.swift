/// What the automaton remembers of a subject beyond a run: cooldowns, breakers, how far each rule's list went, the attempt in flight, and
/// what is to be put back. Only the core looks into it.
public struct SubjectMemory: Hashable, Codable, Sendable {
    var incidents: [IncidentMemory] = []
    var rules: [RuleMemory] = []
    var remediations: [RemediationMemory] = []
    var restorations: [Restoration] = []
    var attempt: AttemptState?

    /// Remembers nothing.
    init() {}

    var isEmpty: Bool { self == SubjectMemory() }
}

/// An open incident, so that after a short absence its time is not waited for again.
struct IncidentMemory: Hashable, Codable, Sendable {
    var rule: String
    var check: CheckID
    var detectedAt: Instant
    var priority: Priority
    var since: PrioritySince
    var attempts: Int
    var isPersonTold: Bool
    /// As it was when the incident began, or its priority changed.
    var finding: Finding

    /// Whether two of them are of one incident at one stage; what was seen in between does not matter.
    func isSameStage(as incident: IncidentState) -> Bool {
        rule == incident.rule && detectedAt == incident.detectedAt && priority == incident.priority && attempts == incident.attempts
            && isPersonTold == incident.isPersonTold && since == incident.since
    }
}

/// When a remediation was tried last on a subject, whatever the rule.
struct RemediationMemory: Hashable, Codable, Sendable {
    var name: String
    var cooldown: Cooldown
}

/// What the automaton remembers beyond single subjects and beyond a run. Only the core changes it.
public struct AutomatonMemory: Hashable, Codable, Sendable {
    /// By rule.
    public internal(set) var efficacies: [String: Efficacy] = [:]
    /// What people asked for.
    public internal(set) var suspensions: [Suspension] = []
    /// By namespace; `*` for all.
    public internal(set) var storms: [String: Storm] = [:]

    /// Remembers nothing.
    init() {}
}
