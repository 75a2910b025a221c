public import AutomatonCore

/// What `POST /api/autoheal/plan` answers.
public struct ProspectsReport: Hashable, Codable, Sendable {
    /// When it was asked.
    public var at: Timestamp
    /// The open incidents that were asked for, the most urgent first; each with what would be done after those before it.
    public var plans: [ProspectReport]
    /// So many more are open of what was asked for.
    public var leftOut: Int
}

/// What would be done about an open incident if a person asked that it does not wait.
public struct ProspectReport: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: String
    /// What is mended: `production/deployment/email-service`.
    public var subject: String
    /// How urgent it is.
    public var priority: String
    /// When it was first seen unhealthy.
    public var detectedAt: Timestamp
    /// Why it is one, with figures.
    public var cause: String
    /// `act`, `ask` (a person has to confirm it), `show` (nothing would be changed) or `hold` (a guard says no).
    public var outcome: String
    /// Why, and which guard says no.
    public var now: IncidentReport.Standing
    /// What would be used; nil where nothing is planned.
    public var remediation: String?
    /// The plan in a line; nil where nothing is planned.
    public var summary: String?
    /// Each field that would change.
    public var changes: [HistoryReport.Attempt.Change]
    /// Names this plan for `POST /api/autoheal/heal` and `/approve`, so that no other one is carried out; nil where nothing is planned.
    public var digest: String?
    /// The pauses and silences that hold it, by name: it goes on when all of them are lifted. Left out where none does.
    public var liftedBy: [String]?

    /// - Parameter suspensions: that hold now.
    init(_ prospect: Prospect, _ suspensions: [Suspension]) {
        let incident = prospect.incident
        rule = incident.key.rule
        subject = incident.key.subject.description
        priority = incident.priority.description
        detectedAt = Timestamp(incident.detectedAt)
        cause = incident.cause
        outcome = prospect.outcome.rawValue
        now = IncidentReport.Standing(prospect.standing)
        remediation = prospect.remediation
        summary = prospect.summary
        changes = prospect.changes.map { HistoryReport.Attempt.Change($0) }
        digest = prospect.changes.isEmpty ? nil : prospect.changes.digest
        guard prospect.standing.hold == .paused || prospect.standing.hold == .silenced else { return }
        let holding = suspensions.filter { $0.covers(rule: incident.key.rule, subject: incident.key.subject) }
        // PAUSE of the ConfigMap is lifted there.
        if holding.contains(where: { prospect.standing.reason.contains($0.id) }) { liftedBy = holding.map(\.id) }
    }
}
