import AutomatonCore

/// Watches events and effects from outside and knows the limits by itself: it shares no code with the core.
struct Monitor {
    /// What one automaton was told and did since it started.
    struct Seen {
        struct CheckSeen {
            var complete = false
            var blind = false
            var current: Instant?
        }
        struct Fault {
            var observation: Observation
            var heardAt: Instant
            var cameStale: Bool
        }
        struct Key: Hashable {
            var rule: String
            var subject: Subject
        }
        struct Write {
            var subject: Subject
            var rule: String
            var answered = false
            var at: Instant
            var isVerifying = false
            var revertUntil: Instant?
            var isRestoring = false
        }
        var checks: [CheckID: CheckSeen] = [:]
        var faults: [CheckID: [Subject: Fault]] = [:]
        var since: [Key: [Priority: Instant]] = [:]
        var open: Set<Key> = []
        var writes: [AttemptID: Write] = [:]
        var authorised: [AttemptID: Instant] = [:]
        var planning: Set<AttemptID> = []
        var standDown = false
        var holds: [Key: Int] = [:]
        var told: [Key: Int] = [:]
    }

    var variant = 0
    var broken: String?
    var seen: [Int: Seen] = [:]
    var landed: [Subject: [Stamp]] = [:]
    /// How often something was put back.
    var restorations = 0
    /// Every (rule, subject) that was written to.
    var written: Set<Seen.Key> = []
    private var rules = World.rules(0)
    private var policy = World.policy(0)

    mutating func fail(_ why: String) { if broken == nil { broken = why } }

    mutating func restarted(_ leader: Int) { seen[leader] = Seen() }

    /// It starts again and remembers: the budget goes on, and what is open and in flight is as it says.
    mutating func recalled(_ leader: Int) {
        var state = Seen()
        let known = Set(landed.values.joined().map(\.attempt))
        state.authorised = seen[leader]?.authorised.filter { known.contains($0.key) } ?? [:]
        // What is remembered of an incident is since when it is one.
        state.since = seen[leader]?.since ?? [:]
        seen[leader] = state
    }

    mutating func took(_ automaton: Automaton, _ leader: Int) {
        seen[leader]?.open = Set(automaton.incidents.map { Seen.Key(rule: $0.key.rule, subject: $0.key.subject) })
    }

    /// A write reached its object: across automatons and crashes the quiet time holds.
    mutating func landed(_ stamp: Stamp, on subject: Subject) {
        for earlier in landed[subject] ?? [] where earlier.attempt != stamp.attempt {
            let isSame = earlier.rule == stamp.rule || earlier.remediation == stamp.remediation
            if isSame, (stamp.at - earlier.at).microseconds < 300_000_000 {
                fail("two writes on \(subject) within the cooldown: \(earlier) and \(stamp)")
            }
        }
        landed[subject, default: []].append(stamp)
        written.insert(Seen.Key(rule: stamp.rule, subject: subject))
    }

    // MARK: Events

    mutating func hears(_ event: Event, _ leader: Int, at now: Instant) {
        guard var state = seen[leader] else { return }
        defer { seen[leader] = state }
        switch event {
        case .complete(let check, let findings):
            gap(check, &state, now)
            state.checks[check] = Seen.CheckSeen(complete: true, blind: false, current: now)
            for finding in findings { hear(check, finding, &state, now) }
        case .changed(let check, let finding): hear(check, finding, &state, now)
        case .current(let check):
            guard state.checks[check]?.complete == true else { return }
            gap(check, &state, now)
            state.checks[check] = Seen.CheckSeen(complete: true, blind: false, current: now)
        case .repeated(let check, let findings): for finding in findings { hear(check, finding, &state, now) }
        case .blind(let check, _): state.checks[check, default: Seen.CheckSeen()].blind = true
        case .gone(let check, let subject): state.faults[check]?[subject] = nil
        case .configured(let rules, let policy):
            (self.rules, self.policy) = (rules, policy)
            for key in state.since.keys where !rules.contains(where: { $0.name == key.rule }) { state.since[key] = nil }
            for (check, faults) in state.faults { for (subject, fault) in faults { judge(check, subject, fault, &state, now) } }
        case .standDown(_, let why): state.standDown = why != nil
        case .unavailable(let id, _, _) where state.writes[id]?.revertUntil != nil: state.writes[id] = nil
        case .outcomeUnknown(let id, _) where state.writes[id]?.revertUntil != nil: state.writes[id] = nil
        case .applied(let id, _), .refused(let id, _), .unavailable(let id, _, _), .conflicted(let id, _), .outcomeUnknown(let id, _):
            state.writes[id]?.answered = true
        case .reverted(let id), .revertFailed(let id, _): state.writes[id] = nil
        case .planned, .tick, .preceded, .settled, .recalled, .census, .suspended, .lifted, .approved, .hurried, .takeBack, .reinstated,
            .fixesFound, .fixImported, .fixForgotten:
            break
        }
    }

    private mutating func gap(_ check: CheckID, _ state: inout Seen, _ now: Instant) {
        guard let last = state.checks[check]?.current, (now - last).microseconds > 180_000_000 else { return }
        for (subject, fault) in state.faults[check] ?? [:] where (now - fault.heardAt).microseconds > 180_000_000 {
            for rule in rules where rule.check == check {
                let key = Seen.Key(rule: rule.name, subject: subject)
                state.since[key] = state.since[key]?.mapValues { _ in now }
            }
        }
    }

    private mutating func hear(_ check: CheckID, _ finding: Finding, _ state: inout Seen, _ now: Instant) {
        let cameStale = (now - finding.observedAt).microseconds > 180_000_000
        let fault = Seen.Fault(observation: finding.observation, heardAt: now, cameStale: cameStale)
        state.faults[check, default: [:]][finding.subject] = fault
        judge(check, finding.subject, fault, &state, now)
    }

    private func judge(_ check: CheckID, _ subject: Subject, _ fault: Seen.Fault, _ state: inout Seen, _ now: Instant) {
        for rule in rules where rule.check == check {
            let key = Seen.Key(rule: rule.name, subject: subject)
            guard !fault.cameStale, let priority = priority(rule, fault.observation) else { continue }
            for each in Priority.allCases {
                if each > priority {
                    state.since[key]?[each] = nil
                } else if state.since[key]?[each] == nil {
                    state.since[key, default: [:]][each] = now
                }
            }
        }
    }

    private func priority(_ rule: Rule, _ observation: Observation) -> Priority? {
        guard case .seen(let evidence) = observation else { return nil }
        return rule.tiers.filter { tier in
            tier.conditions.allSatisfy {
                switch $0 {
                case .above(_, let bound): (evidence.figures.first?.value ?? 0) > bound
                case .below(_, let bound): (evidence.figures.first?.value ?? 0) < bound
                case .reasons(let codes): evidence.reasons.contains { codes.contains($0.code) }
                }
            }
        }.map(\.priority).max()
    }

    // MARK: Effects

    mutating func sees(_ effect: Effect, _ leader: Int, at now: Instant) {
        guard var state = seen[leader] else { return }
        defer { seen[leader] = state }
        switch effect {
        case .plan(let request): state.planning.insert(request.attempt)
        case .apply(let intent, let stamp, _): authorises(intent.plan, stamp, &state, now)
        case .revert(_, let id, _):
            if state.standDown { fail("took back \(id) in stand-down") }
            if policy.dryRun { fail("took back \(id) in dry run") }
            state.writes[id]?.revertUntil = now + .seconds(120)
            state.writes[id]?.isVerifying = false
        case .incident(let change): changes(change, &state)
        case .decided(let decision):
            let key = Seen.Key(rule: decision.incident.rule, subject: decision.incident.subject)
            if case .hold = decision.choice { state.holds[key, default: 0] += 1 }
            state.told[key, default: 0] += 1
            if case .restore(let id, let remediation) = decision.choice {
                restores(id, remediation, key, isAsked: decision.reason.hasPrefix("anna asks for it: "), &state, now)
            }
            if !state.open.contains(key), !decision.isAboutRestoring { fail("a decision on an incident that is not open: \(decision)") }
            if decision.at != now { fail("a decision of another time") }
            if decision.reason.isEmpty { fail("a decision without a reason") }
            if let until = decision.until, until <= now { fail("held until a time that is over: \(decision)") }
        case .escalated, .outcome, .remember, .rememberAutomaton, .settle, .noticed, .fix: break
        }
    }

    private mutating func changes(_ change: IncidentChange, _ state: inout Seen) {
        let key = Seen.Key(rule: change.incident.key.rule, subject: change.incident.key.subject)
        switch change.kind {
        case .opened: if !state.open.insert(key).inserted { fail("\(key) was opened twice") }
        case .closed:
            if state.open.remove(key) == nil { fail("\(key) was closed and was not open") }
            state.since[key] = nil
            for (id, write) in state.writes where write.rule == key.rule && write.subject == key.subject {
                state.writes[id]?.isVerifying = false
            }
        case .attempted(let id, _, _):
            state.writes[id]?.isVerifying = true
            state.writes[id]?.answered = true
        case .verified(let id, _, _): state.writes[id]?.isVerifying = false
        case .restored(let id, _, _): state.writes[id] = nil
        case .priority, .reverted: break
        }
        switch change.kind {
        case .closed, .restored: return
        default: break
        }
        if !state.open.contains(key) { fail("\(change.kind) of an incident that is not open") }
    }

    private mutating func restores(
        _ id: AttemptID, _ remediation: String, _ key: Seen.Key, isAsked: Bool, _ state: inout Seen, _ now: Instant
    ) {
        if !isAsked, remediation != "scale" { fail("\(remediation) is put back and its rule does not say so") }
        if state.standDown { fail("put back in stand-down") }
        if policy.dryRun { fail("put back in dry run") }
        if !isAsked, state.open.contains(key) { fail("put back while \(key) is open") }
        if !isAsked, state.checks[World.lag]?.blind == true { fail("put back while the check is blind") }
        for (other, write) in state.writes where write.subject == key.subject {
            if !write.answered, (now - write.at).microseconds < 120_000_000 { fail("put back beside \(other), which is on its way") }
            if write.isVerifying { fail("put back beside \(other), which is being verified") }
        }
        state.writes[id] = Seen.Write(
            subject: key.subject, rule: "put back: \(remediation)", answered: true, at: now, revertUntil: now + .seconds(120),
            isRestoring: true)
        restorations += 1
    }

    private mutating func authorises(_ plan: Plan, _ stamp: Stamp, _ state: inout Seen, _ now: Instant) {
        let subject = plan.subject
        let key = Seen.Key(rule: stamp.rule, subject: subject)
        guard let rule = rules.first(where: { $0.name == stamp.rule }) else { return fail("a write for a rule that is gone") }
        if state.standDown { fail("a write in stand-down") }
        if policy.dryRun || rule.mode == .observe { fail("a write in dry run") }
        if !state.open.contains(key) { fail("a write without an open incident") }
        if stamp.at != now { fail("a stamp of another time") }
        // Sight.
        let check = state.checks[rule.check] ?? Seen.CheckSeen()
        if !check.complete { fail("a write before the first complete observation") }
        if check.blind { fail("a write while the check is blind") }
        if let fault = state.faults[rule.check]?[subject] {
            if fault.cameStale { fail("a write on a report that came stale") }
            let current = max(fault.heardAt, check.current ?? .epoch)
            if (now - current).microseconds > 180_000_000 { fail("a write on a stale finding") }
            if let priority = priority(rule, fault.observation) {
                let isDue = Priority.allCases.contains { each in
                    each <= priority && (state.since[key]?[each]).map { $0 + policy.delays[Int(each.rawValue)] <= now } ?? false
                }
                if !isDue { fail("a write before the delay of \(priority): \(state.since[key] ?? [:])") }
            } else {
                fail("a write although the finding is not unhealthy: \(fault)")
            }
        } else {
            fail("a write on a subject that was never reported")
        }
        for other in rules where other.inhibits.contains(rule.name) {
            if let fault = state.faults[other.check]?[subject], !fault.cameStale, priority(other, fault.observation) != nil {
                fail("a write of \(rule.name) although \(other.name) explains it")
            }
        }
        // Quiet time, within one run: also for writes that never landed.
        for (id, write) in state.writes where id != stamp.attempt && write.subject == subject {
            if !write.answered, (now - write.at).microseconds < 120_000_000 { fail("a write beside one that is on its way: \(id)") }
            if write.isVerifying { fail("a write beside \(id), which is being verified") }
            if let until = write.revertUntil, now < until { fail("a write beside the taking back of \(id)") }
            if write.isRestoring, write.rule == "put back: \(stamp.remediation)", (now - write.at).microseconds < 300_000_000 {
                fail("what was put back is undone within the cooldown")
            }
            if write.rule == rule.name, (now - write.at).microseconds < 300_000_000 { fail("two writes of one rule within the cooldown") }
        }
        for change in plan.changes {
            switch change.measure {
            case .replicas(let count): if count > policy.maximumReplicas || count < policy.minimumReplicas { fail("\(count) replicas") }
            case .memory(let size): if size > policy.maximumMemory { fail("\(size) of memory") }
            case .unmeasured: break
            }
        }
        state.writes[stamp.attempt] = Seen.Write(subject: subject, rule: rule.name, at: now)
        let isFirst = state.authorised[stamp.attempt] == nil
        let before = state.authorised.values.filter { (now - $0).microseconds < 3_600_000_000 }.count
        if isFirst, before >= policy.attemptsAnHour { fail("\(before + 1) attempts in an hour") }
        state.authorised[stamp.attempt] = now
    }

    /// What must hold between steps.
    mutating func checks(_ automaton: Automaton, _ leader: Int) {
        guard let state = seen[leader] else { return }
        let verifying = Dictionary(grouping: state.writes.values.filter(\.isVerifying), by: \.subject)
        if verifying.count > policy.attemptsAtOnce { fail("\(verifying.count) subjects at once") }
        if automaton.attemptsInFlight > policy.attemptsAtOnce { fail("\(automaton.attemptsInFlight) attempts at once") }
        if let next = automaton.nextDeadline, next <= automaton.now { fail("a deadline that is over") }
    }
}

extension Decision {
    /// Made after the incident is over.
    fileprivate var isAboutRestoring: Bool {
        switch choice {
        case .restore: true
        case .hold(.refused): reason.contains("put back")
        default: false
        }
    }
}
