/// Names an incident: one rule on one subject.
public struct IncidentKey: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The rule's name.
    public let rule: String
    /// The subject.
    public let subject: Subject

    /// Names an incident.
    public init(rule: String, subject: Subject) {
        self.rule = rule
        self.subject = subject
    }

    public var description: String { "\(rule) on \(subject)" }

    public static func < (lhs: IncidentKey, rhs: IncidentKey) -> Bool { (lhs.subject, lhs.rule) < (rhs.subject, rhs.rule) }
}

/// The lifetime of one rule on one subject being unhealthy, as others see it.
public struct Incident: Hashable, Codable, Sendable {
    /// Which rule and subject.
    public var key: IncidentKey
    /// When it was first seen unhealthy.
    public var detectedAt: Instant
    /// How urgent it is now.
    public var priority: Priority
    /// The finding that speaks for it.
    public var finding: Finding
    /// Why it is one, in a line: the forecast, or the figure and its bound, and what was seen.
    public var cause: String
    /// Attempts made in this incident.
    public var attempts: Int

    /// Makes an incident.
    public init(key: IncidentKey, detectedAt: Instant, priority: Priority, finding: Finding, cause: String? = nil, attempts: Int = 0) {
        self.key = key
        self.detectedAt = detectedAt
        self.priority = priority
        self.finding = finding
        self.cause = cause ?? finding.summary
        self.attempts = attempts
    }
}

/// What happened to an incident.
public struct IncidentChange: Hashable, Codable, Sendable {
    /// Which change.
    public enum Kind: Hashable, Codable, Sendable {
        /// It was detected.
        case opened
        /// Its priority changed, from.
        case priority(from: Priority)
        /// An attempt was written.
        case attempted(AttemptID, remediation: String, AttemptReport)
        /// An attempt's outcome is known.
        case verified(AttemptID, remediation: String, Outcome)
        /// An attempt was taken back.
        case reverted(AttemptID, remediation: String)
        /// After it was over, what an attempt had changed for as long as it was needed was put back, by an attempt of its own.
        case restored(AttemptID, remediation: String, of: AttemptID)
        /// It is over, and how.
        case closed(Ending)
    }

    /// How an attempt ended.
    public enum Outcome: String, Hashable, Codable, Sendable, CaseIterable {
        /// The finding cleared.
        case helped
        /// It did not clear within the time.
        case noChange
        /// It got worse.
        case worse
    }

    /// How an incident ended.
    public enum Ending: String, Hashable, Codable, Sendable, CaseIterable {
        /// After an attempt, the finding cleared and stayed clear.
        case healed
        /// It cleared without an attempt.
        case recovered
        /// The subject is gone.
        case gone
        /// The rule is gone.
        case ruleRemoved
    }

    /// The incident after the change.
    public var incident: Incident
    /// What changed.
    public var kind: Kind
    /// When: for a closed incident the instant from which the finding stayed clear.
    public var at: Instant

    /// Makes a change.
    public init(_ incident: Incident, _ kind: Kind, at: Instant) {
        self.incident = incident
        self.kind = kind
        self.at = at
    }
}
