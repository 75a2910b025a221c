/// What the automaton remembers of a subject beyond a run: cooldowns, breakers, how far each rule's list went, the attempt in flight, and
/// what is to be put back. Only the core looks into it.
public struct SubjectMemory: Hashable, Codable, Sendable {
    var rules: [RuleMemory] = []
    var remediations: [RemediationMemory] = []
    var restorations: [Restoration] = []
    var attempt: AttemptState?
    var incidents: [IncidentMemory] = []

    /// Remembers nothing.
    init() {}
}

/// When a remediation was tried last on a subject, whatever the rule.
struct RemediationMemory: Hashable, Codable, Sendable {
    var name: String
    var cooldown: Cooldown
}

/// An open incident, so that the time that it waited is not waited again after a short absence.
struct IncidentMemory: Hashable, Codable, Sendable {
    var rule: String
    var detectedAt: Instant
    var since: PrioritySince
    var attempts: Int
    var isPersonTold: Bool
}

/// What the automaton remembers beyond single subjects and beyond a run. Only the core looks into it.
public struct AutomatonMemory: Hashable, Codable, Sendable {
    /// By rule.
    var efficacies: [String: Efficacy] = [:]
    /// What people asked for.
    var suspensions: [Suspension] = []
    /// By namespace.
    var storms: [String: Storm] = [:]

    /// Remembers nothing.
    init() {}
}
