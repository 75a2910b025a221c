import AutomatonCore

/// Incidents to speak about.
enum Incidents {
    static let noon = Instant(seconds: 1_767_268_800)
    static let email = Subject(.deployment, namespace: "production", name: "email-service")

    static let oom = Reason(
        "OOMKilled", part: "email-service-7c9f8b6d5-x2k4j", container: "email", exitCode: 137, restartCount: 3,
        message: "memory limit reached")

    /// The n-th of its kind, open.
    static func open(_ number: Int = 0, _ reason: Reason = oom) -> IncidentRecord {
        let at = noon + .seconds(number)
        let finding = Finding(email, observedAt: at, .seen(Evidence(reasons: [reason])))
        return IncidentRecord(
            Incident(key: IncidentKey(rule: "oom-killed", subject: email), detectedAt: at, priority: .critical, finding: finding), at: at)
    }

    /// One that a person was told of.
    static func told(_ number: Int = 0) -> IncidentRecord {
        var record = open(number)
        record.personTold = "all was tried"
        record.status = .failed
        return record
    }

    /// One that is over.
    static func over(_ number: Int = 0, _ ending: IncidentChange.Ending = .recovered, severity: Severity = .critical) -> IncidentRecord {
        var record = open(number)
        record.severity = severity
        record.ending = ending
        record.closedAt = record.detectedAt + .seconds(40)
        record.status = .healed
        return record
    }

    /// One whose container and cluster wrote this.
    static func with(log: [String], events: [String] = []) -> IncidentRecord {
        var record = told()
        record.context = IncidentContext(
            readAt: noon, log: log,
            events: events.map { .init(at: noon, type: "Warning", reason: "BackOff", note: $0, count: 2, about: "pod/email-service-x2k4j") }
        )
        return record
    }
}
