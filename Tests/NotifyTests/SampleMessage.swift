import AutomatonCore
import Notify

/// A message about one incident, as the demo's.
func sampleMessage(_ kind: Message.Kind = .firing) -> Message {
    let subject = Subject(.deployment, namespace: "production", name: "my-app")
    let at = Instant(seconds: 1_793_340_000)
    let reason = Reason("OOMKilled", part: "my-app-7c9-xyz", container: "app", exitCode: 137, restartCount: 3)
    let record = IncidentRecord(
        Incident(
            key: IncidentKey(rule: "oom-killed", subject: subject), detectedAt: at, priority: .critical,
            finding: Finding(subject, observedAt: at, .seen(Evidence(reasons: [reason])))), at: at)
    return Message(
        key: record.id.text, kind: kind, severity: record.severity, title: "Auto-Heal: my-app-7c9-xyz Restarted (OOMKilled)", text: "",
        entries: [.init(record: record, summary: "It was killed for want of memory.\n\nLikely cause: a limit that is too low.")],
        link: "http://127.0.0.1:8000/incidents/\(record.id)", at: at)
}
