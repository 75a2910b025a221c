internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Taking back what an attempt changed.
extension HealingAPI {
    func revert(_ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: ["incident", "rule", "subject", "attempt", "by"])
        let by = try fields.required("by", "who asks: \"anna\"")
        let attempt = try fields.line("attempt", most: 100).map { AttemptID($0) }
        let incident = try await incident(fields)
        let reversal = try await takeBack(attempt, in: incident, by: by, caller)
        return Response(
            .accepted,
            RevertedReport(
                incident: incident.text, attempt: reversal.attempt.id.text, remediation: reversal.attempt.remediation,
                rule: reversal.record.key.rule, subject: reversal.record.key.subject.description, by: by,
                changes: reversal.changes.map { HistoryReport.Attempt.Change($0) }))
    }

    /// Incidents that are looked through for the last one of a rule on a subject.
    private static let mostLookedThrough = 5000

    /// The incident that is named, or the last one of a rule on a subject in which something was changed that still stands.
    private func incident(_ fields: RequestFields) async throws(APIProblem) -> IncidentID {
        let rule = try fields.line("rule", most: 200)
        let subject = try fields.subject("subject")
        if let name = try fields.line("incident", most: 100) {
            guard rule == nil, subject == nil else {
                throw .field("incident", "names one already", expected: "either incident, or rule and subject")
            }
            return IncidentID(name)
        }
        guard let rule, let subject else {
            throw .field(
                "incident", "is missing", expected: "the name of an incident, as GET /incidents has it; or rule and subject: its last one")
        }
        try await checkRule(rule)
        var query = IncidentQuery(rule: rule, subject: subject, limit: 500)
        for _ in 0..<(Self.mostLookedThrough / query.limit) {
            let asked = query
            let page = try await read { () async throws(JournalError) in try await engine.incidents(asked) }
            let found = page.records.first { record in
                record.attempts.contains { $0.writtenAt != nil && $0.undoneAt == nil }
            }
            if let found { return found.id }
            guard page.records.count == query.limit, let last = page.records.last else { break }
            query.after = IncidentQuery.Cursor(detectedAt: last.detectedAt, id: last.id)
        }
        throw APIProblem(.notFound, "rule \(rule) changed nothing on \(subject) that still stands")
    }

    /// Has it taken back; whether it could be written is told in the incident's story.
    func takeBack(
        _ attempt: AttemptID?, in incident: IncidentID, by: String, _ caller: Caller
    ) async throws(APIProblem) -> Reversal {
        var found: Reversal?
        try await ask { found = try await engine.takeBack(attempt, in: incident, by: by) }
        let reversal = try Self.reversal(found, of: attempt)
        if let refusal = reversal.refusal {
            throw APIProblem(.conflict, "\(reversal.attempt.remediation) is not taken back: \(refusal.reason)")
        }
        log(
            "To be taken back", caller,
            [
                "rule": "\(reversal.record.key.rule)", "subject": "\(reversal.record.key.subject)", "attempt": "\(reversal.attempt.id)",
                "by": "\(by)",
            ])
        return reversal
    }

    static func reversal(_ found: Reversal?, of attempt: AttemptID?) throws(APIProblem) -> Reversal {
        if let found { return found }
        throw APIProblem(
            .notFound,
            attempt == nil
                ? "there is no incident of that name with an attempt that was written and still stands"
                : "there is no incident of that name with such an attempt")
    }
}
