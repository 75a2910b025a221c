import AutomatonCore

/// One set of rules in a replay.
struct ReplayRun: Sendable {
    let ruleset: ReplayRuleset
    private(set) var tallies: [String: RuleTally] = [:]
    private(set) var incidents = ReplayedIncidents()
    private(set) var storms = 0
    /// By rule: unhealthy findings of which no workload was recorded.
    private(set) var unlocated: [String: Int] = [:]

    private var automaton: Automaton
    private var looked = Instant(microseconds: .min)
    /// Rules that find their workload by a label, by check.
    private let labelled: [CheckID: [Rule]]
    private let modes: [String: Rule.Mode]

    init(_ ruleset: ReplayRuleset) {
        self.ruleset = ruleset
        var policy = ruleset.policy
        policy.dryRun = true
        automaton = Automaton(rules: ruleset.rules, policy: policy, run: "replay")
        for rule in ruleset.rules { tallies[rule.name] = RuleTally() }
        modes = Dictionary(ruleset.rules.map { ($0.name, $0.mode) }) { first, _ in first }
        labelled = Dictionary(
            grouping: ruleset.rules.filter { if case .label? = $0.subject?.name { true } else { false } }, by: \.check)
    }

    /// Lets time pass up to an instant, as the engine does: it looks whenever something is due.
    mutating func advance(to instant: Instant) {
        while let next = automaton.nextDeadline, next < instant {
            // Never twice at the same time: what is due at once again is looked at a millisecond later, as the engine does.
            let at = max(next, looked + .milliseconds(1))
            guard at < instant else { return }
            looked = at
            step(.tick, at: at)
        }
    }

    mutating func step(_ event: Event, at now: Instant) {
        var effects = automaton.step(event, at: now)[...]
        while let effect = effects.popFirst() {
            if case .plan(let request) = effect {
                effects += automaton.step(.planned(request.attempt, Self.anyPlan(request)), at: now)
            } else {
                take(effect)
            }
        }
    }

    /// Notes what a record lacks for the rules.
    mutating func note(_ record: RecordedReport) {
        guard let rules = labelled[record.check] else { return }
        let findings: [Finding]
        switch record.report {
        case .complete(let all): findings = all
        case .changed(let finding): findings = [finding]
        case .gone, .current, .population, .blind, .waiting: return
        }
        for rule in rules {
            guard let template = rule.subject else { continue }
            for finding in findings where finding.located[template] == nil {
                if case .unhealthy = rule.verdict(finding.observation) { unlocated[rule.name, default: 0] += 1 }
            }
        }
    }

    mutating func finish() { for key in incidents.open { tallies[key.rule]?.stillOpen += 1 } }

    private mutating func take(_ effect: Effect) {
        switch effect {
        case .incident(let change):
            let key = change.incident.key
            switch change.kind {
            case .opened:
                tallies[key.rule, default: RuleTally()].opened(at: change.at)
                incidents.open(change.incident)
            case .priority: incidents.urge(key, change.incident.priority)
            case .closed: incidents.close(key, at: change.at)
            case .attempted, .verified, .reverted, .restored: break
            }
        case .decided(let decision):
            let key = decision.incident
            switch decision.choice {
            // Once an incident: whether a second attempt follows depends on what the first one does.
            case .wouldAct where incidents.isDecided(key): break
            case .wouldAct(let remediation, _):
                // The core runs as in dry run, whatever the rule's mode.
                let mode = modes[key.rule] ?? .auto
                tallies[key.rule, default: RuleTally()].decided(mode, remediation)
                incidents.decide(key, acts: mode == .auto)
            case .tellPerson: tallies[key.rule, default: RuleTally()].told += 1
            // After an attempt its own cooldown is no news: it would be in flight then.
            case .hold(.cooldown) where incidents.isDecided(key): break
            case .hold(let hold): tallies[key.rule, default: RuleTally()].holds[hold, default: 0] += 1
            case .act, .askApproval, .revert, .restore, .escalate: break
            }
        case .noticed(.stormBegan): storms += 1
        default: break
        }
    }

    /// Stands for what the remediation would plan. It changes nothing that a cap speaks of, and is the same each time.
    private static func anyPlan(_ request: PlanRequest) -> Plan {
        Plan(
            subject: request.subject, summary: request.remediation,
            changes: [Change(request.remediation, before: nil, after: "as planned then")],
            write: .workload(WorkloadWrite([], precondition: .values(uid: "", []))))
    }
}

/// What came of one rule.
struct RuleTally: Sendable {
    var incidents = 0
    var stillOpen = 0
    var first: Instant?
    var last: Instant?
    /// Incidents on which something would have been done, by remediation.
    var acts: [String: Int] = [:]
    /// Incidents on which a person would have been asked for a confirmation: the rule is in mode `approve`.
    var asks = 0
    /// Incidents of which a plan would have been shown and no more: the rule is in mode `observe`.
    var shows = 0
    /// How often a person would have been told that nothing more can be done.
    var told = 0
    /// Decisions to do nothing, by guard.
    var holds: [Decision.Guard: Int] = [:]

    mutating func decided(_ mode: Rule.Mode, _ remediation: String) {
        switch mode {
        case .auto: acts[remediation, default: 0] += 1
        case .approve: asks += 1
        case .observe: shows += 1
        }
    }

    mutating func opened(at instant: Instant) {
        incidents += 1
        if first == nil { first = instant }
        last = instant
    }
}
