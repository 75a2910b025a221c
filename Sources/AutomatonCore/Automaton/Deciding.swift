extension Automaton {
    /// Looks at a subject as it stands, and does what follows. Called after anything that concerns it; level-triggered: what it does
    /// depends on the state alone, so calling it once too often does no harm.
    mutating func evaluate(_ subject: Subject, _ state: inout SubjectState) {
        recount(subject, &state)
        drive(subject, &state)
        closeRecovered(subject, &state)
        recount(subject, &state)
        putBack(subject, &state)
        var urgency: Priority?
        if state.incidents.count == 1 {
            decideOn(0, subject, &state, &urgency)
        } else if state.incidents.count > 1 {
            let order = state.incidents.indices.sorted {
                if state.incidents[$0].priority != state.incidents[$1].priority {
                    return state.incidents[$0].priority > state.incidents[$1].priority
                }
                return (state.incidents[$0].detectedAt, state.incidents[$0].rule) < (
                    state.incidents[$1].detectedAt, state.incidents[$1].rule
                )
            }
            for index in order { decideOn(index, subject, &state, &urgency) }
        }
        queue(subject, &state, urgency)
        forget(&state)
        schedule(subject, &state)
    }

    /// Holds or begins one incident; `urgency` becomes the highest priority that only the budget holds.
    private mutating func decideOn(_ index: Int, _ subject: Subject, _ state: inout SubjectState, _ urgency: inout Priority?) {
        state.incidents[index].lookAgain = nil
        // An attempt that has no plan yet speaks for itself as soon as it has one.
        if let attempt = state.attempt, attempt.authorisedAt == nil, attempt.rule == state.incidents[index].rule { return }
        guard let hold = hold(index, subject, &state) else { return begin(index, subject, &state) }
        if hold.hold == .budget { urgency = max(urgency ?? .low, state.incidents[index].priority) }
        record(hold, index, subject, &state)
    }

    /// A guard's no.
    struct Hold {
        var hold: Decision.Guard
        /// What it rests on; the decision is told again when this changes.
        var basis = IncidentState.Basis.itself
        var until: Instant?
        /// Made only when it is told.
        var reason: () -> String
    }

    /// What an incident's last finding is worth now.
    func verdict(_ incident: IncidentState) -> (verdict: Verdict, isStale: Bool) {
        guard let check = checks[incident.check] else { return (.unknown("the check no longer runs"), false) }
        if let why = check.blind { return (.unknown(why), false) }
        let seen = incident.cameStale ? incident.observedAt : max(incident.observedAt, check.currentAt ?? .epoch)
        if incident.cameStale || now - seen > policy.staleAfter {
            return (.unknown("last seen \((now - seen).readable) ago, more than STALE_AFTER (\(policy.staleAfter.readable))"), true)
        }
        return (incident.verdict, false)
    }

    /// Asks every guard that can be asked before there is a plan; nil when none says no.
    mutating func hold(_ index: Int, _ subject: Subject, _ state: inout SubjectState) -> Hold? {
        guard let rule = ruleIndex[state.incidents[index].rule] else { return nil }
        if let attempt = state.attempt, attempt.rule == rules[rule].name { return ownAttempt(attempt, rules[rule]) }
        if let why = state.incidents[index].untold, silence(rules[rule].name, subject) == nil {
            tellPerson(why, index, subject, &state)
        }
        if let hold = presentHold(state.incidents[index], subject, state) { return hold }
        return historyHold(index, rules[rule], subject, &state) ?? placeHold(rules[rule], state.incidents[index].priority, subject, state)
    }

    /// The guards that look at the present alone; asked again when a plan came.
    func presentHold(_ incident: IncidentState, _ subject: Subject, _ state: SubjectState) -> Hold? {
        if let why = standDown { return Hold(hold: .standDown, basis: .text(why)) { "stand down: \(why)" } }
        if let hold = suspensionHold(incident.rule, subject) { return hold }
        if let why = storm(over: subject.namespace) { return Hold(hold: .storm) { why } }
        if checks[incident.check]?.currentAt == nil {
            let why = checks[incident.check]?.blind.map { ": \($0)" } ?? ""
            return Hold(hold: .notObserved) {
                "not observed: nothing acts before the first complete observation of \(incident.check)\(why)"
            }
        }
        let (verdict, isStale) = verdict(incident)
        if case .unknown(let why) = verdict {
            return Hold(hold: isStale ? .stale : .unknown) { (isStale ? "stale: " : "unknown: ") + why }
        }
        if let inhibitor = inhibitor(of: incident, in: state) {
            return Hold(hold: .inhibited, basis: .text(inhibitor.rule)) {
                "inhibited: rule \(inhibitor.rule) explains this, unhealthy (\(inhibitor.priority)) since \(inhibitor.detectedAt.timeOfDay)"
            }
        }
        if incident.hurry == nil, let due = incident.since.due(policy), due.at > now {
            let (policy, now) = (policy, now)
            return Hold(hold: .delay, basis: .until(due.at), until: due.at) {
                "delay: priority \(due.priority) waits \(policy.delay(due.priority).readable); \((due.at - now).readable) left, "
                    + "due at \(due.at.timeOfDay)"
            }
        }
        return maintenanceHold(incident.rule)
    }

    /// The rule's maintenance windows.
    private func maintenanceHold(_ name: String) -> Hold? {
        guard let rule = ruleIndex[name], !rules[rule].maintenance.isEmpty else { return nil }
        let open = rules[rule].maintenance.compactMap { window in window.end(at: now).map { (window, $0) } }
        guard let (window, end) = open.max(by: { $0.1 < $1.1 }) else { return nil }
        return Hold(hold: .maintenance, basis: .until(end), until: end) {
            "maintenance: rule \(name) begins nothing until \(end.rfc3339) (window '\(window.begins)' for \(window.lasts.readable))"
        }
    }

    /// The incident that has the attempt: nothing new, but a new occurrence of the fault is answered.
    private func ownAttempt(_ attempt: AttemptState, _ rule: Rule) -> Hold {
        let authorised = attempt.authorisedAt ?? now
        let (cooldown, now) = (cooldownLength(rule), now)
        return Hold(hold: .inFlight, basis: .attempt(attempt.id)) {
            var text = "in flight: attempt \(attempt.id) (\(attempt.step.use)) of \(authorised.timeOfDay)"
            if case .verifying(let until) = attempt.phase { text += " is being verified until \(until.timeOfDay)" }
            let end = authorised + cooldown
            return end > now ? text + "; cooldown: \((end - now).readable) left" : text
        }
    }

    func inhibitor(of incident: IncidentState, in state: SubjectState) -> IncidentState? {
        guard state.incidents.count > 1, let names = inhibitors[incident.rule] else { return nil }
        return state.incidents.first { $0.verdict != .healthy && names.contains($0.rule) }
    }

    /// The guards that remember: dry run shown, cooldown, breaker, backoff.
    private mutating func historyHold(_ index: Int, _ rule: Rule, _ subject: Subject, _ state: inout SubjectState) -> Hold? {
        let now = now
        let memory = state.memory(rule.name)
        // After a pause the list goes on where it stood; after the whole list was tried, it begins anew.
        if state.memories[memory].breaker.closeIfOver(at: now), state.memories[memory].step >= rule.remediations.count {
            state.memories[memory].step = 0
            state.memories[memory].attemptsAtStep = 0
        }
        if let hold = cooldownHold(rule, memory, state, own: nil) ?? elsewhereHold(state.memories[memory]) { return hold }
        let only = tellsOnly(rule, subject)
        if state.memories[memory].breaker.openUntil == nil {
            if let only {
                giveUp(only.why, exhausted: true, index, subject, &state)
            } else if rule.remediations.isEmpty {
                giveUp("rule \(rule.name) has no remediation: this is for a person", exhausted: true, index, subject, &state)
            } else if state.memories[memory].step >= rule.remediations.count {
                giveUp("every remediation of rule \(rule.name) was tried", exhausted: true, index, subject, &state)
            }
        }
        if let only {
            return Hold(hold: only.hold, until: state.memories[memory].breaker.openUntil) { only.why + "; this is for a person" }
        }
        let approval = approvalHold(index, rule, subject, &state)
        let breaker = state.memories[memory].breaker
        if let until = breaker.openUntil {
            if let opened = breaker.openedAt, state.incidents[index].detectedAt > opened, !state.incidents[index].isPersonTold {
                // What the person was told of is over: this is another one.
                state.incidents[index].isPersonTold = true
                let why = "it is back; nothing is tried until \(until.timeOfDay), since \(breaker.why)"
                decide(.tellPerson, why, index, subject, state, until: until)
                tellPerson(why, index, subject, &state)
            }
            return Hold(hold: breaker.isExhausted ? .exhausted : .breaker, basis: .until(until), until: until) {
                "\(breaker.isExhausted ? "exhausted" : "breaker"): \(breaker.why); this is for a person; tried again at \(until.timeOfDay), "
                    + "in \((until - now).readable)"
            }
        }
        if let retry = state.incidents[index].retry, retry.at > now {
            return Hold(hold: retry.hold, basis: retry.hold == .backoff ? .until(retry.at) : .text(retry.why), until: retry.at) {
                retry.hold == .backoff ? "backoff: \(retry.why); tried again in \((retry.at - now).readable)" : retry.why
            }
        }
        return approval
    }

    /// The cooldowns of the incident and of the remediation that is next.
    func cooldownHold(_ rule: Rule, _ memory: Int, _ state: SubjectState, own: AttemptID?) -> Hold? {
        let length = cooldownLength(rule)
        let now = now
        func hold(_ cooldown: Cooldown, _ which: String) -> Hold? {
            guard cooldown.refuses(length, at: now, unless: own) else { return nil }
            return Hold(hold: .cooldown, basis: .attempt(cooldown.attempt), until: cooldown.end(length)) {
                cooldown.reason(length, at: now) + which
            }
        }
        let memory = state.memories[memory]
        if let cooldown = memory.cooldown, let hold = hold(cooldown, "") { return hold }
        if memory.step < rule.remediations.count {
            let use = rule.remediations[memory.step].use
            if let other = state.remediations.first(where: { $0.name == use }), let hold = hold(other.cooldown, " (\(use))") { return hold }
        }
        if let showing = memory.shown, isDry(rule) || showing.isWished == true,
            case let shown = showing.cooldown, shown.refuses(length, at: now, unless: own)
        {
            return Hold(hold: .cooldown, basis: .shown(shown.attempt), until: shown.end(length)) {
                "dry run: the plan was shown at \(shown.since.timeOfDay); \((shown.end(length) - now).readable) left until it is made anew"
            }
        }
        return nil
    }

    func cooldownLength(_ rule: Rule) -> Duration { max(policy.cooldown, rule.cooldown ?? .zero) }

    func isDry(_ rule: Rule) -> Bool { policy.dryRun || rule.mode == .observe }

    /// The guards on how much happens at once.
    private mutating func placeHold(_ rule: Rule, _ priority: Priority, _ subject: Subject, _ state: SubjectState) -> Hold? {
        if let attempt = state.attempt {
            return Hold(hold: .inFlight, basis: .attempt(attempt.id)) {
                "in flight: attempt \(attempt.id) of rule \(attempt.rule) (\(attempt.step.use)) on the same subject"
            }
        }
        if let restoring = state.restoring {
            return Hold(hold: .inFlight, basis: .attempt(restoring.id)) {
                "in flight: \(restoring.restoration.remediation) of rule \(restoring.restoration.rule) is being put back on the same subject"
            }
        }
        if let refusal = budget.refusal(policy, subject, of: known(in: subject.namespace), isShown: isDry(rule), at: now) {
            return Hold(hold: .namespaceShare, basis: .until(refusal.until ?? now), until: refusal.until) { refusal.reason }
        }
        if let refusal = budget.refusal(policy, priority, at: now) { return Hold(hold: .budget, until: refusal.until) { refusal.reason } }
        if let reason = budget.refusalAtOnce(policy) { return Hold(hold: .budget) { reason } }
        // Its turn comes at the end of this step.
        if state.place != nil { return Hold(hold: .budget) { "budget: more urgent subjects are served before this one" } }
        return nil
    }

    /// Keeps the subject's place among those that only the budget holds.
    private mutating func queue(_ subject: Subject, _ state: inout SubjectState, _ urgency: Priority?) {
        guard state.place?.priority != urgency else { return }
        if state.place != nil { waiting.unwant() }
        state.place = urgency.map { ($0, waiting.insert(subject, at: Urgency(priority: $0))) }
    }

    /// Tells a hold once, and again when what it rests on or the fault itself changed.
    private mutating func record(_ hold: Hold, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        // The budget wakes those that wait for it by itself.
        state.incidents[index].lookAgain = hold.hold == .budget ? nil : hold.until
        let held = IncidentState.Held(hold: hold.hold, basis: hold.basis)
        guard state.incidents[index].held != held else { return }
        state.incidents[index].held = held
        state.incidents[index].toldAt = now
        decide(.hold(hold.hold), hold.reason(), index, subject, state, until: hold.until)
    }

    mutating func decide(
        _ choice: Decision.Choice, _ reason: String, _ index: Int, _ subject: Subject, _ state: SubjectState, until: Instant? = nil
    ) {
        let incident = state.incidents[index]
        effects.append(
            .decided(
                Decision(
                    at: now, incident: IncidentKey(rule: incident.rule, subject: subject), priority: incident.priority, choice: choice,
                    reason: reason, until: until)))
    }

    /// Incidents whose finding cleared without an attempt in flight are over.
    private mutating func closeRecovered(_ subject: Subject, _ state: inout SubjectState) {
        guard state.incidents.contains(where: { $0.verdict == .healthy }) else { return }
        for incident in state.incidents where incident.verdict == .healthy && state.attempt?.rule != incident.rule {
            close(incident.rule, subject, &state, .recovered, at: now)
        }
    }

    /// Drops memories that limit nothing any more.
    private func forget(_ state: inout SubjectState) {
        if !state.remediations.isEmpty {
            state.remediations.removeAll { now >= $0.cooldown.end(longestCooldown) }
        }
        guard !state.memories.isEmpty else { return }
        state.memories.removeAll { memory in
            guard let closed = memory.closed else { return false }
            let quiet = now - closed.at > memory.breaker.forgottenAfter(policy)
            if let objection = memory.objection, now < objection.until { return false }
            return quiet && memory.cooldown.map { now >= $0.end(longestCooldown) } ?? true
        }
    }

    /// Puts the time at which the subject is to be looked at next among the deadlines.
    private mutating func schedule(_ subject: Subject, _ state: inout SubjectState) {
        var next = Instant(microseconds: .max)
        if let attempt = state.attempt { next = min(next, attempt.nextLook) }
        if let look = nextPuttingBack(state) { next = min(next, look) }
        for index in state.incidents.indices {
            if let look = state.incidents[index].lookAgain { next = min(next, look) }
        }
        if state.incidents.isEmpty, state.attempt == nil {
            for memory in state.memories {
                guard let closed = memory.closed else { continue }
                let forgotten = closed.at + memory.breaker.forgottenAfter(policy) + .milliseconds(1)
                next = min(next, max(forgotten, memory.cooldown?.end(longestCooldown) ?? forgotten, memory.objection?.until ?? forgotten))
            }
            for remediation in state.remediations { next = min(next, remediation.cooldown.end(longestCooldown)) }
        }
        // Never at once again: an evaluation that changed nothing must not run in a circle.
        let wanted = next.microseconds == .max ? nil : max(next, now + .milliseconds(1))
        guard wanted != state.wake?.at else { return }
        if state.wake != nil { deadlines.unwant() }
        state.wake = wanted.map { ($0, deadlines.insert(subject, at: $0)) }
    }
}
