internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Taking back what an attempt changed.
extension HealingAPI {
    func revert(_ request: Request, _ caller: Caller) async throws(APIProblem) -> Response {
        let fields = try await body(request, caller, ["incident", "attempt", "by"])
        let incident = IncidentID(try fields.required("incident", "the name of an incident, as GET /incidents has it", most: 100))
        let attempt = try fields.line("attempt", most: 100).map { AttemptID($0) }
        let by = try fields.required("by", "who asks: \"anna\"")
        let reversal = try await takeBack(attempt, in: incident, by: by, caller)
        return Response(
            .accepted,
            RevertedReport(
                incident: incident.text, attempt: reversal.attempt.id.text, remediation: reversal.attempt.remediation,
                rule: reversal.record.key.rule, subject: reversal.record.key.subject.description, by: by,
                changes: reversal.changes.map { HistoryReport.Attempt.Change($0) }))
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
