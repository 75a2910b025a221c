public import AutomatonCore

/// A pause or a silence in the API's JSON.
public struct SuspensionReport: Hashable, Codable, Sendable {
    /// Its name, by which it is lifted.
    public var id: String
    /// `pause` or `silence`.
    public var kind: String
    /// Of one rule; nil for all.
    public var rule: String?
    /// Of some subjects: `deployment/email-service`; nil for all.
    public var subject: String?
    /// When it was asked for.
    public var at: Timestamp
    /// When it ends; nil when it has to be lifted.
    public var until: Timestamp?
    /// Who asked for it.
    public var by: String
    /// Why.
    public var why: String

    /// As the automaton has it.
    public init(_ suspension: Suspension) {
        id = suspension.id
        kind = suspension.kind.rawValue
        rule = suspension.rule
        subject = suspension.subject?.description
        at = Timestamp(suspension.at)
        until = suspension.until.map { Timestamp($0) }
        by = suspension.by
        why = suspension.why
    }
}

/// What `GET /api/autoheal/suspensions` answers.
public struct SuspensionsReport: Hashable, Codable, Sendable {
    /// The oldest first.
    public var suspensions: [SuspensionReport]
}

/// What `POST /api/autoheal/suspensions` answers.
public struct SuspendedReport: Hashable, Codable, Sendable {
    /// What holds now.
    public var suspension: SuspensionReport
    /// Open incidents that it is about.
    public var incidents: Int
    /// What the asker should know: that nothing of that name is known, or that it may be forgotten.
    public var warnings: [String]
}

/// What `DELETE /api/autoheal/suspensions/ID` answers.
public struct LiftedReport: Hashable, Codable, Sendable {
    /// What no longer holds.
    public var lifted: SuspensionReport
}

/// What `POST /api/autoheal/approve` answers.
public struct ApprovedReport: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: String
    /// The subject.
    public var subject: String
    /// Who confirmed it.
    public var by: String
    /// What was confirmed: the changes, before and after.
    public var asked: String
}

/// What `POST /api/autoheal/heal` answers.
public struct HealReport: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: String
    /// The subject.
    public var subject: String
    /// Who asked.
    public var by: String
    /// What is done about it now, or which guard says no.
    public var now: IncidentReport.Standing
}

/// What `POST /api/autoheal/revert` answers: it is being written.
public struct RevertedReport: Hashable, Codable, Sendable {
    /// The incident's name.
    public var incident: String
    /// The attempt's name.
    public var attempt: String
    /// What the attempt used: `raise-memory`.
    public var remediation: String
    /// The rule.
    public var rule: String
    /// The subject.
    public var subject: String
    /// Who asked.
    public var by: String
    /// What is written, if the fields are still as the attempt left them.
    public var changes: [HistoryReport.Attempt.Change]
}

/// What `POST /api/autoheal/rules/NAME/resume` answers.
public struct ResumedReport: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: String
    /// Whether it had stepped down, and acts again now.
    public var isReinstated: Bool
}
