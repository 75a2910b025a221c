/// Names an incident of the history: when it was detected, and a digest of rule and subject. The same incident has the same name in every
/// process; names sort by time.
public struct IncidentID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// `20261122T041233Z-8f3a01b2`.
    public let text: String

    /// Takes a name as it was written.
    public init(_ text: String) { self.text = text }

    /// Names the incident of a rule on a subject that was detected at an instant.
    public init(_ key: IncidentKey, detectedAt: Instant) {
        var hash = StableHash()
        hash.add("\(key.rule)\u{0}\(key.subject)\u{0}\(UInt64(bitPattern: detectedAt.microseconds))".utf8)
        let digest = String(UInt32(truncatingIfNeeded: hash.value ^ (hash.value >> 32)), radix: 16)
        let time = detectedAt.rfc3339.filter { $0 != "-" && $0 != ":" }
        text = "\(time)-\(String(repeating: "0", count: 8 - digest.count))\(digest)"
    }

    public var description: String { text }

    public static func < (lhs: IncidentID, rhs: IncidentID) -> Bool { lhs.text < rhs.text }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// An incident as people read it, also when it is long over: what was wrong and where, what was tried, and how it ended.
public struct IncidentRecord: Hashable, Codable, Sendable {
    /// How far it is.
    public enum Status: String, Hashable, Codable, Sendable, CaseIterable {
        /// It was seen; nothing was changed yet.
        case detected
        /// An attempt was written.
        case healing
        /// It is over, and no person was needed: what was wrong is well, or not there any more (see the ending).
        case healed
        /// The automaton could not mend it, and told a person; or it was over only when what was wrong was gone.
        case failed
    }

    /// Something that the automaton tried.
    public struct Attempt: Hashable, Codable, Sendable {
        /// Names it.
        public var id: AttemptID
        /// What was used: `raise-memory`.
        public var remediation: String
        /// When it was authorised.
        public var at: Instant
        /// What was planned, in a line.
        public var summary: String
        /// Each field with its value before and after.
        public var changes: [Change]
        /// So many more there were.
        public var changesLeftOut = 0
        /// Whether it can be taken back; nil where that was not noted.
        public var isReversible: Bool?
        /// When it was written; nil when it was not, or nobody knows.
        public var writtenAt: Instant?
        /// What became of it; nil while that is not known.
        public var outcome: IncidentChange.Outcome?
        /// When it was taken back, or put back after it had helped; nil when it was not.
        public var undoneAt: Instant?
    }

    /// Names it.
    public let id: IncidentID
    /// Rule and subject.
    public let key: IncidentKey
    /// When it was first seen unhealthy.
    public let detectedAt: Instant
    /// How far it is.
    public var status = Status.detected
    /// The worst it was.
    public var severity: Severity
    /// How urgent the rule holds it to be, at last.
    public var priority: Priority
    /// Why it is one, in a line: when it was detected.
    public var cause: String
    /// The worst reason that was seen, with pod, container, exit code and restart count; nil where only a figure was measured.
    public var reason: Reason?
    /// What was tried, oldest first.
    public var attempts: [Attempt] = []
    /// When the finding had cleared, or it ended otherwise; nil while it is open.
    public var closedAt: Instant?
    /// How it ended; nil while it is open.
    public var ending: IncidentChange.Ending?
    /// Why a person was told; nil when nobody was.
    public var personTold: String?
    /// What was read around it; nil while nothing was.
    public var context: IncidentContext?
    /// What was written of it beyond the built-in summary; nil while nothing was.
    public var summary: WrittenSummary?
    /// The incident that explains this one; nil where none does.
    public var explainedBy: IncidentID?
    /// Who was told of it, by the notifier's name, and when last; nil while nobody was.
    public var notified: [String: Instant]?
    /// When an e-mail about it was last sent; nil while none was.
    public var emailedAt: Instant?
    /// When it was last changed.
    public var updatedAt: Instant

    /// Begins the record of an incident.
    public init(_ incident: Incident, at now: Instant) {
        id = IncidentID(incident.key, detectedAt: incident.detectedAt)
        key = incident.key
        detectedAt = incident.detectedAt
        severity = Severity(incident.finding.observation)
        priority = incident.priority
        cause = incident.cause
        reason = incident.finding.worstReason
        updatedAt = now
    }

    /// Whether it goes on.
    public var isOpen: Bool { closedAt == nil }

    /// How long it lasted, however it ended; nil while it goes on.
    public var length: Duration? { closedAt.map { max(.zero, $0 - detectedAt) } }

    /// How long it took from its detection until it was well; nil while it is not.
    public var timeToRecover: Duration? { ending == .healed || ending == .recovered ? length : nil }
}

extension IncidentRecord {
    /// The pod on which the worst was seen; nil where a check names none: what a reason names besides pods are volumes, and partitions of
    /// topics.
    public var podName: String? {
        if key.subject.kind == .pod { return key.subject.name }
        guard let reason, !reason.part.isEmpty, Self.podReasons.contains(reason.code) || reason.container != nil else { return nil }
        return reason.part.split(separator: ":").first.map(String.init)
    }

    private static let podReasons: Set<String> = ["DeadlineExceeded", "Error", "Evicted"]
}

extension Incident {
    /// As the history has it; what was seen is no longer known.
    public init(_ record: IncidentRecord) {
        self.init(
            key: record.key, detectedAt: record.detectedAt, priority: record.priority,
            finding: Finding(record.key.subject, observedAt: record.detectedAt, .unknown("it is of the history")), cause: record.cause,
            attempts: record.attempts.count)
    }
}

extension Finding {
    /// The reason that speaks most for it.
    public var worstReason: Reason? {
        guard case .seen(let evidence) = observation else { return nil }
        // The first of the worst: checks name the worst first.
        return evidence.reasons.max { Severity(reason: $0.code) < Severity(reason: $1.code) }.flatMap { worst in
            evidence.reasons.first { Severity(reason: $0.code) == Severity(reason: worst.code) }
        }
    }
}
