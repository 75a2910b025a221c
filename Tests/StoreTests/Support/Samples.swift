import Testing

@testable import AutomatonCore

/// Noon of a Sunday: the start of every test.
let noon = Instant(microseconds: 1_772_366_400_000_000)
let email = Subject(.deployment, namespace: "production", name: "email-service")
let orders = Subject(.deployment, namespace: "production", name: "orders")

extension Instant {
    /// Seconds after noon.
    static func at(_ seconds: Int) -> Instant { noon + .seconds(seconds) }
}

func memoryPlan(_ subject: Subject = email) -> Plan {
    let size = ByteQuantity(bytes: 2 << 30)
    let edit = WorkloadWrite.Edit.memory(container: "app", limit: size, request: nil)
    return Plan(
        subject: subject, summary: "raise memory of container app from 1Gi to 2Gi",
        changes: [Change("containers[app].resources.limits.memory", before: "1Gi", after: "2Gi", measure: .memory(size))],
        write: .workload(WorkloadWrite([edit], precondition: .version(uid: "u", resourceVersion: "1"))),
        inverse: WorkloadWrite([edit], precondition: .values(uid: "u", [edit])),
        stamps: [Stamp(attempt: AttemptID("other-1"), rule: "oom", remediation: "raise-memory", at: noon)])
}

func intent(
    _ id: String, _ kind: AttemptIntent.Kind = .apply, rule: String = "oom", remediation: String = "raise-memory",
    on subject: Subject = email, at instant: Instant = noon
) -> AttemptIntent {
    AttemptIntent(
        attempt: AttemptID(id), kind: kind, incident: IncidentKey(rule: rule, subject: subject), step: 1, remediation: remediation,
        plan: memoryPlan(subject), at: instant)
}

func entry(
    _ text: String, at instant: Instant = noon, rule: String = "oom", on subject: Subject = email, attempt: String? = nil
) -> TrailEntry {
    TrailEntry(
        at: instant, incident: IncidentKey(rule: rule, subject: subject), priority: .high, kind: "hold", word: "cooldown", text: text,
        attempt: attempt.map { AttemptID($0) }, until: instant + .minutes(5))
}

/// A memory with something in every field.
func subjectMemory(_ seed: Int = 1, on subject: Subject = email) -> SubjectMemory {
    let id = AttemptID("run-\(seed)")
    var memory = SubjectMemory()
    var rule = RuleMemory(rule: "oom")
    rule.cooldown = Cooldown(since: .at(seed), attempt: id)
    rule.step = 1
    rule.attemptsAtStep = seed
    rule.counted = AttemptID("other-7")
    memory.rules = [rule]
    memory.remediations = [RemediationMemory(name: "raise-memory", cooldown: Cooldown(since: .at(seed), attempt: id))]
    var since = PrioritySince()
    since.observe(.medium, at: .at(seed))
    memory.incidents = [
        IncidentMemory(
            rule: "oom", check: CheckID("pod-health"), detectedAt: noon, priority: .medium, since: since, attempts: seed,
            isPersonTold: seed.isMultiple(of: 2), finding: Finding(subject, observedAt: noon, .unknown("seed \(seed)")))
    ]
    return memory
}

func automatonMemory(_ seed: Int = 1) -> AutomatonMemory {
    var memory = AutomatonMemory()
    memory.efficacies = ["oom \(seed)": Efficacy(), "lag": Efficacy()]
    return memory
}
