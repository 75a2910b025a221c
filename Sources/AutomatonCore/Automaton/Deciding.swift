extension Automaton {
    /// Looks at a subject as it stands, and does what follows. Called after anything that concerns it; level-triggered: what it does
    /// depends on the state alone, so calling it once too often does no harm.
    mutating func evaluate(_ subject: Subject, _ state: inout SubjectState) {
        drive(subject, &state)
        closeRecovered(subject, &state)
        var order = Array(state.incidents.indices)
        if order.count > 1 {
            order.sort {
                let (left, right) = (state.incidents[$0], state.incidents[$1])
                if left.priority != right.priority { return left.priority > right.priority }
                return (left.detectedAt, left.rule) < (right.detectedAt, right.rule)
            }
        }
        for index in order {
            state.incidents[index].lookAgain = nil
            if let hold = holdReason(index, subject, &state) {
                record(hold, index, subject, &state)
            } else {
                begin(index, subject, &state)
            }
        }
        forget(subject, &state)
    }

    /// A guard's no.
    struct Hold {
        var hold: Decision.Guard
        /// What it rests on; the decision is told again when this changes.
        var basis: String
        var until: Instant?
        /// Made only when it is told.
        var reason: () -> String
    }

    /// What an incident's last finding is worth now.
    func verdict(_ incident: IncidentState) -> (verdict: Verdict, isStale: Bool) {
        guard let check = checks[incident.check] else { return (.unknown("the check no longer runs"), false) }
        if let why = check.blind { return (.unknown(why), false) }
        let seen = max(incident.observedAt, check.currentAt ?? .epoch)
        if now - seen > policy.staleAfter {
            return (.unknown("last seen \((now - seen).readable) ago, more than STALE_AFTER (\(policy.staleAfter.readable))"), true)
        }
        return (incident.verdict, false)
    }

    /// Asks every guard that can be asked before there is a plan; nil when none says no.
    private mutating func holdReason(_ index: Int, _ subject: Subject, _ state: inout SubjectState) -> Hold? {
        let incident = state.incidents[index]
        guard let rule = ruleIndex[incident.rule].map({ rules[$0] }) else { return nil }
        if let attempt = state.attempt, attempt.rule == incident.rule { return ownAttempt(attempt, incident, rule) }
        if let why = standDown { return Hold(hold: .standDown, basis: why, until: nil) { "stand down: \(why)" } }
        if checks[incident.check]?.currentAt == nil {
            return Hold(hold: .notObserved, basis: "", until: nil) {
                "nothing acts before the first complete observation of \(incident.check)"
            }
        }
        let (verdict, isStale) = verdict(incident)
        if case .unknown(let why) = verdict {
            return Hold(hold: isStale ? .stale : .unknown, basis: isStale ? "" : why, until: nil) {
                (isStale ? "stale: " : "unknown: ") + why
            }
        }
        if let inhibitor = inhibitor(of: incident, in: state) {
            return Hold(hold: .inhibited, basis: inhibitor.rule, until: nil) {
                "inhibited: rule \(inhibitor.rule) explains this, unhealthy (\(inhibitor.priority)) since \(inhibitor.detectedAt.timeOfDay)"
            }
        }
        if let due = incident.since.due(policy), due.at > now {
            let (policy, now) = (policy, now)
            return Hold(hold: .delay, basis: String(due.at.microseconds), until: due.at) {
                "delay: priority \(due.priority) waits \(policy.delay(due.priority).readable); \((due.at - now).readable) left, "
                    + "due at \(due.at.timeOfDay)"
            }
        }
        return historyHold(index, rule, subject, &state) ?? placeHold(incident, subject, state)
    }

    /// The incident that has the attempt: nothing new, but a new occurrence of the fault is answered.
    private func ownAttempt(_ attempt: AttemptState, _ incident: IncidentState, _ rule: Rule) -> Hold? {
        let now = now
        let cooldown = cooldownLength(rule)
        return Hold(hold: .inFlight, basis: attempt.id.text, until: nil) {
            guard let authorised = attempt.authorisedAt else {
                return "in flight: a plan of \(attempt.step.use) was asked for (attempt \(attempt.id))"
            }
            var text = "in flight: attempt \(attempt.id) (\(attempt.step.use)) of \(authorised.timeOfDay)"
            if case .verifying(let until) = attempt.phase { text += " is being verified until \(until.timeOfDay)" }
            let end = authorised + cooldown
            return end > now ? text + "; cooldown: \((end - now).readable) left" : text
        }
    }

    private func inhibitor(of incident: IncidentState, in state: SubjectState) -> IncidentState? {
        guard let names = inhibitors[incident.rule] else { return nil }
        return state.incidents.first { $0.verdict != .healthy && names.contains($0.rule) }
    }

    /// The guards that remember: dry run shown, cooldown, breaker, backoff.
    private mutating func historyHold(_ index: Int, _ rule: Rule, _ subject: Subject, _ state: inout SubjectState) -> Hold? {
        let now = now
        let memory = state.memory(rule.name)
        if state.memories[memory].breaker.closeIfOver(at: now) {
            state.memories[memory].step = 0
            state.memories[memory].attemptsAtStep = 0
        }
        if let hold = cooldownHold(rule, memory, state, own: nil) { return hold }
        if rule.remediations.isEmpty, state.memories[memory].breaker.openUntil == nil {
            giveUp("rule \(rule.name) has no remediation: this is for a person", exhausted: true, index, subject, &state)
        }
        let breaker = state.memories[memory].breaker
        if let until = breaker.openUntil {
            return Hold(hold: breaker.isExhausted ? .exhausted : .breaker, basis: String(until.microseconds), until: until) {
                "\(breaker.isExhausted ? "exhausted" : "breaker"): \(breaker.why); a person was told; tried again at \(until.timeOfDay), "
                    + "in \((until - now).readable)"
            }
        }
        if let retry = state.incidents[index].retry, retry.at > now {
            return Hold(hold: .backoff, basis: String(retry.at.microseconds), until: retry.at) {
                "backoff: \(retry.why); tried again in \((retry.at - now).readable)"
            }
        }
        return nil
    }

    /// The cooldowns of the incident and of the remediation that is next.
    func cooldownHold(_ rule: Rule, _ memory: Int, _ state: SubjectState, own: AttemptID?) -> Hold? {
        let length = cooldownLength(rule)
        let memory = state.memories[memory]
        var asked: [(Cooldown, String)] = []
        if let cooldown = memory.cooldown { asked.append((cooldown, "")) }
        if memory.step < rule.remediations.count {
            let use = rule.remediations[memory.step].use
            if let other = state.remediations.first(where: { $0.name == use }) { asked.append((other.cooldown, " (\(use))")) }
        }
        for (cooldown, which) in asked {
            guard let reason = cooldown.refusal(length, at: now, unless: own) else { continue }
            return Hold(hold: .cooldown, basis: cooldown.attempt.text, until: cooldown.end(length)) { reason + which }
        }
        if let shown = memory.shown, isDry(rule), let reason = shown.refusal(length, at: now, unless: own) {
            return Hold(hold: .cooldown, basis: "shown " + shown.attempt.text, until: shown.end(length)) { reason + " (dry run)" }
        }
        return nil
    }

    func cooldownLength(_ rule: Rule) -> Duration { max(policy.cooldown, rule.cooldown ?? .zero) }

    func isDry(_ rule: Rule) -> Bool { policy.dryRun || rule.mode == .observe }

    /// The guards on how much happens at once.
    private mutating func placeHold(_ incident: IncidentState, _ subject: Subject, _ state: SubjectState) -> Hold? {
        if let attempt = state.attempt {
            return Hold(hold: .inFlight, basis: attempt.id.text, until: nil) {
                "in flight: attempt \(attempt.id) of rule \(attempt.rule) (\(attempt.step.use)) on the same subject"
            }
        }
        if let (reason, until) = budget.refusal(policy, at: now) {
            return Hold(hold: .budget, basis: String(until.microseconds), until: until) { reason }
        }
        if let reason = budget.refusalAtOnce(policy) {
            if !waitingForPlace.contains(subject) { waitingForPlace.append(subject) }
            return Hold(hold: .budget, basis: "at once", until: nil) { reason }
        }
        return nil
    }

    /// Tells a hold once, and again when what it rests on or the fault itself changed.
    private mutating func record(_ hold: Hold, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        state.incidents[index].lookAgain = hold.until
        let held = IncidentState.Held(hold: hold.hold, basis: hold.basis, occurrence: state.incidents[index].occurrence)
        guard state.incidents[index].held != held else { return }
        state.incidents[index].held = held
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
        for incident in state.incidents where incident.verdict == .healthy && state.attempt?.rule != incident.rule {
            close(incident.rule, subject, &state, .recovered, at: now)
        }
    }

    /// Drops memories that limit nothing any more.
    private func forget(_ subject: Subject, _ state: inout SubjectState) {
        if !state.remediations.isEmpty {
            state.remediations.removeAll { now >= $0.cooldown.end(longestCooldown) }
        }
        guard !state.memories.isEmpty else { return }
        state.memories.removeAll { memory in
            guard let closed = memory.closed else { return false }
            let quiet = now - closed.at > memory.breaker.forgottenAfter(policy)
            return quiet && memory.cooldown.map { now >= $0.end(longestCooldown) } ?? true
        }
    }

    /// The longest quiet time that any rule asks for.
    var longestCooldown: Duration { rules.reduce(policy.cooldown) { max($0, $1.cooldown ?? .zero) } }

    /// Puts the time at which the subject is to be looked at next among the deadlines.
    mutating func schedule(_ subject: Subject, _ state: inout SubjectState) {
        var next: Instant?
        func consider(_ instant: Instant?) {
            if let instant, next.map({ instant < $0 }) ?? true { next = instant }
        }
        if let attempt = state.attempt { consider(attempt.nextLook) }
        for incident in state.incidents { consider(incident.lookAgain) }
        if state.incidents.isEmpty, state.attempt == nil {
            for memory in state.memories {
                guard let closed = memory.closed else { continue }
                let forgotten = closed.at + memory.breaker.forgottenAfter(policy) + .milliseconds(1)
                consider(max(forgotten, memory.cooldown?.end(longestCooldown) ?? forgotten))
            }
            for remediation in state.remediations { consider(remediation.cooldown.end(longestCooldown)) }
        }
        // Never at once again: an evaluation that changed nothing must not run in a circle.
        if let wanted = next { next = max(wanted, now + .milliseconds(1)) }
        guard next != state.wake else { return }
        state.wake = next
        if let next { deadlines.insert(subject, at: next) }
    }
}
