import AutomatonCore

/// Noon of a Sunday: the start of every test.
let noon = Instant(microseconds: 1_772_366_400_000_000)
let pods = CheckID("pod-health")
let email = Subject(.deployment, namespace: "production", name: "email-service")

extension Rule {
    /// A critical rule on OOM kills, unless told otherwise.
    static func oom(
        _ name: String = "oom", reason: String = "OOMKilled", priority: Priority = .critical, check: CheckID = pods,
        _ remediations: [RemediationStep] = [.raise()], mode: Mode = .auto, inhibits: [String] = [], cooldown: Duration? = nil
    ) -> Rule {
        Rule(
            name: name, check: check, tiers: [Tier([.reasons([reason])], priority: priority)], remediations: remediations, mode: mode,
            inhibits: inhibits, cooldown: cooldown)
    }

    static func oom(_ remediations: [RemediationStep], mode: Mode = .auto, cooldown: Duration? = nil) -> Rule {
        oom("oom", remediations, mode: mode, cooldown: cooldown)
    }

    /// A rule on the main figure with a tier a priority.
    static func lag(_ tiers: [(Double, Priority)], _ remediations: [RemediationStep] = [.raise()]) -> Rule {
        Rule(
            name: "lag", check: pods, tiers: tiers.map { Tier([.above(figure: nil, $0.0)], priority: $0.1) }, remediations: remediations)
    }
}

extension RemediationStep {
    static func raise(
        _ use: String = "raise-memory", verify: Duration = .minutes(10), stable: Duration = .seconds(30), attempts: Int = 1,
        revert: Revert = .worse
    ) -> RemediationStep {
        RemediationStep(use: use, verify: verify, stable: stable, attempts: attempts, revert: revert)
    }
}

extension Observation {
    static let well = Observation.seen(Evidence())
    static func oom(_ restarts: Int32 = 1) -> Observation { .fault("OOMKilled", restarts) }
    static func fault(_ codes: String..., restarts: Int32 = 1) -> Observation {
        .seen(Evidence(reasons: codes.map { Reason($0, part: "pod-1", container: "app", restartCount: restarts) }))
    }
    static func fault(_ code: String, _ restarts: Int32) -> Observation { fault(code, restarts: restarts) }
    static func figure(_ value: Double) -> Observation { .seen(Evidence(figures: [Figure("lag", value)])) }
}

/// What `raise-memory` would answer.
func memoryPlan(
    _ subject: Subject = email, to size: ByteQuantity = ByteQuantity(bytes: 2 << 30), invertible: Bool = true, stamps: [Stamp] = []
) -> Plan {
    let version = WorkloadWrite.Precondition.version(uid: "u", resourceVersion: "1")
    let limit = WorkloadWrite.Edit.memory(container: "app", limit: size, request: nil)
    return Plan(
        subject: subject, summary: "raise memory of container app from 1Gi to \(size)",
        changes: [Change("containers[app].resources.limits.memory", before: "1Gi", after: "\(size)", measure: .memory(size))],
        write: .workload(WorkloadWrite([limit], precondition: version)),
        inverse: invertible ? WorkloadWrite([limit], precondition: .values(uid: "u", [limit])) : nil, stamps: stamps)
}

/// An automaton, the time, and what came out at the last step.
struct Stage {
    var automaton: Automaton
    var now = noon
    var last: [Effect] = []
    /// Everything since the start.
    var all: [Effect] = []

    /// Starts with `rules` and a first complete observation in which nothing is wrong.
    init(_ rules: [Rule], _ policy: SafetyPolicy = SafetyPolicy(), observed: Bool = true) {
        automaton = Automaton(rules: rules, policy: policy, run: "run")
        if observed { for check in Set(rules.map(\.check)).sorted() { send(.complete(check, [])) } }
    }

    @discardableResult
    mutating func send(_ event: Event, after time: Duration = .zero) -> [Effect] {
        now = now + time
        last = automaton.step(event, at: now)
        all += last
        return last
    }

    @discardableResult
    mutating func see(
        _ observation: Observation, of subject: Subject = email, unwell: Int? = nil, by check: CheckID = pods, after time: Duration = .zero
    ) -> [Effect] {
        var finding = Finding(subject, observedAt: now + time, observation)
        finding.unwell = unwell
        return send(.changed(check, finding), after: time)
    }

    /// Lets time pass as the engine would: wakes at every deadline, and hears every minute that the checks still see.
    mutating func pass(_ time: Duration, checks: [CheckID] = [pods]) {
        let end = now + time
        let from = all.count
        var beat = now + .minutes(1)
        while true {
            let next = min(automaton.nextDeadline ?? end, beat, end)
            now = max(now, next)
            all += automaton.step(.tick, at: now)
            if now >= beat {
                for check in checks { all += automaton.step(.current(check), at: now) }
                beat = now + .minutes(1)
            }
            if now >= end { break }
        }
        last = Array(all[from...])
    }

    /// The attempt of the last plan that was asked for.
    var asked: PlanRequest? { all.compactMap { if case .plan(let request) = $0 { request } else { nil } }.last }
    var attempt: AttemptID { asked?.attempt ?? AttemptID("none") }

    /// Answers the last request for a plan.
    @discardableResult
    mutating func answer(_ plan: Plan = memoryPlan(), after time: Duration = .zero) -> [Effect] {
        send(.planned(attempt, plan), after: time)
    }

    /// A fault, its plan, its write: the attempt is being verified.
    mutating func attemptWritten(_ observation: Observation = .oom(), _ plan: Plan = memoryPlan()) {
        see(observation)
        answer(plan)
        send(.applied(attempt, AttemptReport("done")))
    }
}

extension [Effect] {
    var decisions: [Decision] { compactMap { if case .decided(let decision) = $0 { decision } else { nil } } }
    var holds: [Decision.Guard] { decisions.compactMap { if case .hold(let hold) = $0.choice { hold } else { nil } } }
    var reasons: [String] { decisions.map(\.reason) }
    var changes: [IncidentChange.Kind] { compactMap { if case .incident(let change) = $0 { change.kind } else { nil } } }
    var applied: [Stamp] { compactMap { if case .apply(_, let stamp, _) = $0 { stamp } else { nil } } }
    var reverts: [AttemptID] { compactMap { if case .revert(_, let id, _) = $0 { id } else { nil } } }
    var requests: [PlanRequest] { compactMap { if case .plan(let request) = $0 { request } else { nil } } }
    var escalations: [String] { compactMap { if case .escalated(_, let why) = $0 { why } else { nil } } }
    var wouldActs: Int { decisions.filter { if case .wouldAct = $0.choice { true } else { false } }.count }
}
