internal import Analysis
public import AutomatonCore

/// An incident of the history in the API's JSON. Every field is always there; what is not known is null.
public struct HistoryReport: Hashable, Codable, Sendable {
    /// Something that was tried.
    public struct Attempt: Hashable, Codable, Sendable {
        /// A field with its value before and after.
        public struct Change: Hashable, Codable, Sendable {
            /// Which field.
            public var field: String
            /// Its value before; null when it was unset.
            public var before: String?
            /// Its value after; null when it was unset.
            public var after: String?
        }

        /// Names it.
        public var id: String
        /// What was used: `raise-memory`.
        public var remediation: String
        /// When it was authorised.
        public var at: Timestamp
        /// What was planned, in a line.
        public var summary: String
        /// What it changed, the first of it.
        public var changes: [Change]
        /// So many more changes there were.
        public var changesLeftOut: Int
        /// When it was written; null when it was not, or nobody knows.
        public var writtenAt: Timestamp?
        /// `helped`, `noChange` or `worse`; null while that is not known.
        public var outcome: String?
        /// When it was taken back or put back; null when it was not.
        public var undoneAt: Timestamp?
    }

    /// Something that the cluster itself noted.
    public struct Event: Hashable, Codable, Sendable {
        /// When it was seen last.
        public var at: Timestamp
        /// `Normal` or `Warning`.
        public var type: String
        /// `BackOff`.
        public var reason: String
        /// What it says.
        public var note: String
        /// How often it was seen.
        public var count: Int
        /// What it is about: `pod/email-7c9-x2`.
        public var about: String
    }

    /// Names it.
    public var id: String
    /// The pod on which the worst was seen; null where a check names none.
    public var podName: String?
    /// The subject's namespace; empty for what has none.
    public var namespace: String
    /// The container, where there is one.
    public var containerName: String?
    /// Restarts of that container when it was seen last.
    public var restartCount: Int?
    /// The worst reason in the world's own word: `OOMKilled`; null where only a figure was measured.
    public var reason: String?
    /// What the world said, or why it is an incident, in a line.
    public var message: String
    /// How the process ended, where one did.
    public var exitCode: Int?
    /// When it was first seen.
    public var detectedAt: Timestamp
    /// Since when it is well; null while it is not.
    public var healedAt: Timestamp?
    /// What happened, in words; null where nobody wrote it.
    public var aiSummary: String?
    /// Whether an e-mail about it was sent.
    public var emailSent: Bool
    /// `detected`, `healing`, `healed` or `failed`.
    public var status: String
    /// `critical`, `high`, `medium` or `warning`: how bad it looks to people.
    public var severity: String
    /// How urgent the rule holds it to be.
    public var priority: String
    /// The rule.
    public var rule: String
    /// Its subject: `production/deployment/email-service`.
    public var subject: String
    /// Why it is an incident, in a line.
    public var cause: String
    /// What was tried, oldest first.
    public var attempts: [Attempt]
    /// Why a person was told; null when nobody was.
    public var personTold: String?
    /// When it was over; null while it is open.
    public var closedAt: Timestamp?
    /// How long it lasted, in seconds, to the microsecond; null while it is open.
    public var durationSeconds: Double?
    /// `healed`, `recovered`, `gone` or `ruleRemoved`; null while it is open.
    public var ending: String?
    /// The last lines of the container that ended, oldest first, without secrets; null in a list, which leaves them out.
    public var log: [String]?
    /// Whose lines they are, and of which run; null where there are none.
    public var logOf: String?
    /// Why there are no lines; null where there are, or while nobody looked.
    public var logMissing: String?
    /// Recent events of the subject and its pod, oldest first, without secrets; null in a list, which leaves them out.
    public var events: [Event]?
    /// Why there are none, or which could not be read; null where all were read, or while nobody looked.
    public var eventsMissing: String?
    /// The node that the pod was on; null where nobody knows.
    public var node: String?
    /// The incident that explains this one; null where none does.
    public var explainedBy: String?
    /// The incidents that this one explains, of those that are open or were over lately.
    public var explains: [String]
    /// When it was last changed.
    public var updatedAt: Timestamp

    /// As the history has it.
    /// - Parameters:
    ///   - summary: what happened, in words.
    ///   - explains: the incidents that it explains.
    ///   - isWhole: with log and events.
    public init(_ record: IncidentRecord, summary: String?, explains: [IncidentID] = [], isWhole: Bool = true) {
        id = record.id.text
        podName = record.podName
        namespace = record.key.subject.namespace
        containerName = record.reason?.container
        restartCount = record.reason?.restartCount.map(Int.init)
        reason = record.reason?.code
        message = record.reason.map { $0.message.isEmpty ? $0.summary : $0.message } ?? record.cause
        exitCode = record.reason?.exitCode.map(Int.init)
        detectedAt = Timestamp(record.detectedAt)
        healedAt = record.status == .healed ? record.closedAt.map { Timestamp($0) } : nil
        aiSummary = summary
        emailSent = record.emailedAt != nil
        status = record.status.rawValue
        severity = record.severity.rawValue
        priority = record.priority.description
        rule = record.key.rule
        subject = record.key.subject.description
        cause = record.cause
        attempts = record.attempts.map { Attempt($0) }
        personTold = record.personTold
        closedAt = record.closedAt.map { Timestamp($0) }
        durationSeconds = record.length?.inSeconds
        ending = record.ending?.rawValue
        log = isWhole ? record.context?.log ?? [] : nil
        logOf = record.context?.logOf
        logMissing = record.context?.logMissing
        events = isWhole ? (record.context?.events ?? []).map { Event($0) } : nil
        eventsMissing = record.context?.eventsMissing
        node = record.context?.node
        explainedBy = record.explainedBy?.text
        self.explains = explains.map(\.text)
        updatedAt = Timestamp(record.updatedAt)
    }

    /// As the history has it, with what was written of it, or the summary that is always there.
    public init(_ record: IncidentRecord, explains: [IncidentID] = [], isWhole: Bool) {
        self.init(record, summary: record.summary?.text ?? BuiltInSummary(record).text, explains: explains, isWhole: isWhole)
    }

    /// Nothing is left out: who reads a list by field finds each of them in every line.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(podName, forKey: .podName)
        try container.encode(namespace, forKey: .namespace)
        try container.encode(containerName, forKey: .containerName)
        try container.encode(restartCount, forKey: .restartCount)
        try container.encode(reason, forKey: .reason)
        try container.encode(message, forKey: .message)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(detectedAt, forKey: .detectedAt)
        try container.encode(healedAt, forKey: .healedAt)
        try container.encode(aiSummary, forKey: .aiSummary)
        try container.encode(emailSent, forKey: .emailSent)
        try container.encode(status, forKey: .status)
        try container.encode(severity, forKey: .severity)
        try container.encode(priority, forKey: .priority)
        try container.encode(rule, forKey: .rule)
        try container.encode(subject, forKey: .subject)
        try container.encode(cause, forKey: .cause)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(personTold, forKey: .personTold)
        try container.encode(closedAt, forKey: .closedAt)
        try container.encode(durationSeconds, forKey: .durationSeconds)
        try container.encode(ending, forKey: .ending)
        try container.encode(log, forKey: .log)
        try container.encode(logOf, forKey: .logOf)
        try container.encode(logMissing, forKey: .logMissing)
        try container.encode(events, forKey: .events)
        try container.encode(eventsMissing, forKey: .eventsMissing)
        try container.encode(node, forKey: .node)
        try container.encode(explainedBy, forKey: .explainedBy)
        try container.encode(explains, forKey: .explains)
        try container.encode(updatedAt, forKey: .updatedAt)
    }
}

extension HistoryReport.Attempt {
    init(_ attempt: IncidentRecord.Attempt) {
        id = attempt.id.text
        remediation = attempt.remediation
        at = Timestamp(attempt.at)
        summary = attempt.summary
        changes = attempt.changes.map { Change($0) }
        changesLeftOut = attempt.changesLeftOut
        writtenAt = attempt.writtenAt.map { Timestamp($0) }
        outcome = attempt.outcome?.rawValue
        undoneAt = attempt.undoneAt.map { Timestamp($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(remediation, forKey: .remediation)
        try container.encode(at, forKey: .at)
        try container.encode(summary, forKey: .summary)
        try container.encode(changes, forKey: .changes)
        try container.encode(changesLeftOut, forKey: .changesLeftOut)
        try container.encode(writtenAt, forKey: .writtenAt)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(undoneAt, forKey: .undoneAt)
    }
}

extension HistoryReport.Event {
    init(_ event: IncidentContext.ObjectEvent) {
        at = Timestamp(event.at)
        type = event.type
        reason = event.reason
        note = event.note
        count = event.count
        about = event.about
    }
}

extension HistoryReport.Attempt.Change {
    init(_ change: Change) { self.init(field: change.field, before: change.before, after: change.after) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(field, forKey: .field)
        try container.encode(before, forKey: .before)
        try container.encode(after, forKey: .after)
    }
}

/// What `GET /api/autoheal/incidents` answers.
public struct IncidentsReport: Hashable, Codable, Sendable {
    /// Always true.
    public var success = true
    /// The latest first.
    public var incidents: [HistoryReport]
    /// How many there are on all pages.
    public var total: Int
    /// Names the next page (`?cursor=`); left out on the last one.
    public var nextCursor: String?

    init(_ page: IncidentPage, limit: Int, _ report: (IncidentRecord) -> HistoryReport) {
        incidents = page.records.map(report)
        total = page.total
        nextCursor =
            page.records.count < limit ? nil : page.records.last.map { IncidentQuery.Cursor(detectedAt: $0.detectedAt, id: $0.id).text }
    }
}

extension IncidentsReport {
    /// A page of a journal.
    public init(_ page: IncidentPage, limit: Int) { self.init(page, limit: limit) { HistoryReport($0, isWhole: false) } }
}

/// What `GET /api/autoheal/incidents/ID` answers.
public struct IncidentAnswer: Hashable, Codable, Sendable {
    /// Always true.
    public var success = true
    /// The incident.
    public var incident: HistoryReport

    /// Makes the answer.
    public init(incident: HistoryReport) { self.incident = incident }
}

/// What `DELETE /api/autoheal/incidents/old` answers.
public struct ForgottenReport: Hashable, Codable, Sendable {
    /// Always true.
    public var success = true
    /// How many incidents were dropped.
    public var deleted: Int
}

extension IncidentQuery.Cursor {
    /// As the API writes it: `1763784753000000~20261122T041233Z-8f3a01b2`.
    var text: String { "\(detectedAt.microseconds)~\(id.text)" }

    /// Reads one; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "~", maxSplits: 1)
        guard parts.count == 2, let microseconds = Int64(parts[0]), parts[1].utf8.count <= 64 else { return nil }
        self.init(detectedAt: Instant(microseconds: microseconds), id: IncidentID(String(parts[1])))
    }
}
