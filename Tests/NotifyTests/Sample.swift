import AutomatonCore
import Notify

/// Incidents as the history records them, made by the changes that the core tells.
struct Sample {
    static let start = Instant(seconds: 1_793_340_000)
    var history = IncidentHistory()
    let subject: Subject
    let rule: String
    let priority: Priority
    let reason: Reason
    private(set) var attempts = 0

    init(
        _ name: String = "my-app", namespace: String = "production", rule: String = "oom-killed", code: String = "OOMKilled",
        pod: String? = nil, priority: Priority = .critical
    ) {
        subject = Subject(.deployment, namespace: namespace, name: name)
        self.rule = rule
        self.priority = priority
        reason = Reason(code, part: pod ?? "\(name)-xyz", container: "app", exitCode: 137, restartCount: 3)
    }

    private var incident: Incident {
        Incident(
            key: IncidentKey(rule: rule, subject: subject), detectedAt: Self.start, priority: priority,
            finding: Finding(subject, observedAt: Self.start, .seen(Evidence(reasons: [reason]))))
    }

    private mutating func take(_ kind: IncidentChange.Kind, at now: Instant) -> IncidentRecord {
        history.take(IncidentChange(incident, kind, at: now), at: now)!
    }

    mutating func opened(at now: Instant = Self.start) -> IncidentRecord { take(.opened, at: now) }

    mutating func attempted(_ remediation: String = "rollout-restart", at now: Instant) -> IncidentRecord {
        attempts += 1
        return take(.attempted(AttemptID("run-\(attempts)"), remediation: remediation, AttemptReport("did it")), at: now)
    }

    mutating func helped(_ remediation: String = "rollout-restart", at now: Instant) -> IncidentRecord {
        take(.verified(AttemptID("run-\(attempts)"), remediation: remediation, .helped), at: now)
    }

    mutating func closed(_ ending: IncidentChange.Ending = .healed, at now: Instant) -> IncidentRecord { take(.closed(ending), at: now) }

    mutating func needsPerson(_ why: String = "everything was tried", at now: Instant) -> IncidentRecord {
        history.take(Decision(at: now, incident: incident.key, priority: priority, choice: .tellPerson, reason: why))!
    }

    mutating func noted(_ receiver: String, at now: Instant) -> IncidentRecord? {
        history.amend(IncidentID(incident.key, detectedAt: Self.start), at: now) { $0.notified = [receiver: now] }
    }
}
