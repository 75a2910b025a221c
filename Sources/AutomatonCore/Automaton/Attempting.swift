extension Automaton {
    /// How long a remediation may take to answer with a plan.
    static let planTime: Duration = .seconds(60)
    /// How long a write may take to be answered.
    static let writeTime: Duration = .seconds(120)
    /// How often one attempt is tried when reading or writing fails.
    static let tries = 6
    /// How often one attempt is planned anew because the object changed under it.
    static let conflictsAllowed = 3

    /// Takes the subject's one place for an attempt and asks for a plan.
    mutating func begin(_ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        guard let rule = ruleIndex[state.incidents[index].rule].map({ rules[$0] }) else { return }
        let stepIndex = state.memories[state.memory(rule.name)].step
        guard stepIndex < rule.remediations.count else { return }
        let id = nextAttemptID()
        state.attempt = AttemptState(
            id: id, rule: rule.name, stepIndex: stepIndex, step: rule.remediations[stepIndex],
            phase: .planning(until: now + Self.planTime), priorityAtStart: state.incidents[index].priority)
        attemptSubjects[id] = subject
        budget.begin()
        state.incidents[index].retry = nil
        state.incidents[index].held = IncidentState.Held(
            hold: .inFlight, basis: id.text, occurrence: state.incidents[index].occurrence)
        askForPlan(index, state)
    }

    private mutating func askForPlan(_ index: Int, _ state: SubjectState) {
        guard let attempt = state.attempt else { return }
        effects.append(
            .plan(
                PlanRequest(
                    attempt: attempt.id, rule: attempt.rule, step: attempt.stepIndex, remediation: attempt.step.use,
                    finding: state.incidents[index].finding)))
    }

    /// The attempt is over: its place is free.
    mutating func endAttempt(_ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        attemptSubjects[attempt.id] = nil
        state.attempt = nil
        budget.end()
        placeFreed = !waitingForPlace.isEmpty
    }

    /// A plan came: every guard is asked again, now with what the subject itself says about earlier attempts.
    mutating func planned(_ plan: Plan, _ state: inout SubjectState) {
        guard let attempt = state.attempt, case .planning = attempt.phase,
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }),
            let rule = ruleIndex[attempt.rule].map({ rules[$0] })
        else { return }
        let subject = plan.subject
        guard attemptSubjects[attempt.id] == subject else {
            return refused("the plan changes \(subject), not the subject of the incident", &state)
        }
        if plan.stamps.contains(where: { $0.attempt == attempt.id }) {
            // A write whose answer was lost did happen: the object carries this attempt's stamp.
            return written(&state)
        }
        merge(plan.stamps, &state)
        let memory = state.memory(rule.name)
        guard standDown == nil, case .unhealthy = verdict(state.incidents[index]).verdict else {
            if state.incidents[index].verdict == .healthy { recoveredMeanwhile(index, subject, &state) }
            return endAttempt(&state)
        }
        if cooldownHold(rule, memory, state, own: attempt.id) != nil { return endAttempt(&state) }
        if let reason = policy.refusal(plan) { return refuse(.cap, reason, &state) }
        if isDry(rule) {
            state.memories[memory].shown = Cooldown(since: now, attempt: attempt.id)
            let why = policy.dryRun ? "dry run" : "rule \(rule.name) is in mode observe"
            decide(
                .wouldAct(remediation: attempt.step.use, plan), "\(why): \(explain(index, state)); would \(plan.summary)", index, subject,
                state)
            return endAttempt(&state)
        }
        if attempt.authorisedAt == nil, budget.refusal(policy, at: now) != nil { return endAttempt(&state) }
        authorise(plan, index, memory, &state)
    }

    private mutating func authorise(_ plan: Plan, _ index: Int, _ memory: Int, _ state: inout SubjectState) {
        guard var attempt = state.attempt else { return }
        let again = attempt.authorisedAt != nil
        if !again {
            attempt.authorisedAt = now
            let cooldown = Cooldown(since: now, attempt: attempt.id)
            state.memories[memory].cooldown = cooldown
            state.memories[memory].attemptsAtStep += 1
            state.remember(cooldown, remediation: attempt.step.use)
            state.incidents[index].attempts += 1
            budget.authorise(at: now)
        }
        attempt.plan = plan
        attempt.phase = .applying(until: now + Self.writeTime)
        state.attempt = attempt
        let count = "attempt \(state.memories[memory].attemptsAtStep) of \(attempt.step.attempts) of \(attempt.step.use)"
        decide(
            .act(attempt.id, remediation: attempt.step.use, plan),
            "\(again ? "again: " : "")\(explain(index, state)); \(count): \(plan.summary)", index, plan.subject, state)
        let stamp = Stamp(
            attempt: attempt.id, rule: attempt.rule, remediation: attempt.step.use, at: attempt.authorisedAt ?? now)
        effects.append(.apply(plan, stamp, step: attempt.stepIndex))
    }

    /// What the subject says of earlier attempts counts as if this process had made them.
    private func merge(_ stamps: [Stamp], _ state: inout SubjectState) {
        for stamp in stamps {
            // A stamp from a clock that runs ahead counts from now: never shorter than the cooldown.
            let cooldown = Cooldown(since: min(stamp.at, now), attempt: stamp.attempt)
            guard now < cooldown.end(longestCooldown) else { continue }
            state.remember(cooldown, remediation: stamp.remediation)
            let memory = state.memory(stamp.rule)
            if state.memories[memory].cooldown.map({ $0.since < cooldown.since }) ?? true { state.memories[memory].cooldown = cooldown }
            if state.memories[memory].closed == nil, !state.incidents.contains(where: { $0.rule == stamp.rule }) {
                state.memories[memory].closed = (now, false)
            }
        }
    }

    private mutating func recoveredMeanwhile(_ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        decide(.hold(.recovered), "recovered: the finding cleared before anything was changed", index, subject, state)
    }

    /// The remediation does not apply, or the world refused.
    mutating func refused(_ why: String, _ state: inout SubjectState) { refuse(.refused, "refused: \(why)", &state) }

    private mutating func refuse(_ hold: Decision.Guard, _ reason: String, _ state: inout SubjectState) {
        guard let attempt = state.attempt, attempt.isOpen, let subject = attemptSubjects[attempt.id],
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule })
        else { return }
        decide(.hold(hold), "\(attempt.step.use) \(reason)", index, subject, state)
        endAttempt(&state)
        let memory = state.memory(attempt.rule)
        state.memories[memory].step = attempt.stepIndex + 1
        state.memories[memory].attemptsAtStep = 0
        goOn(memory, "\(attempt.step.use) \(reason)", index, subject, &state)
    }

    /// Reading or writing failed for a passing reason: the same attempt is tried again later.
    mutating func unavailable(_ why: String, retryAfter: Duration?, _ state: inout SubjectState) {
        guard var attempt = state.attempt, attempt.isOpen, let subject = attemptSubjects[attempt.id],
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule })
        else { return }
        let until = attempt.backoff.failed(at: now, retryAfter: retryAfter)
        guard attempt.backoff.failures < Self.tries else {
            if attempt.mayBeWritten { return written(&state) }
            let later = now + .minutes(5)
            endAttempt(&state)
            state.incidents[index].retry = (later, "\(why), \(Self.tries) times")
            return
        }
        attempt.phase = .waiting(until: until)
        state.attempt = attempt
        decide(.hold(.backoff), "backoff: \(why); tried again in \((until - now).readable)", index, subject, state, until: until)
    }

    /// The object changed between plan and write.
    mutating func conflicted(_ why: String, _ state: inout SubjectState) {
        guard var attempt = state.attempt, case .applying = attempt.phase, let subject = attemptSubjects[attempt.id],
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule })
        else { return }
        attempt.conflicts += 1
        guard attempt.conflicts <= Self.conflictsAllowed else { return unavailable(why, retryAfter: nil, &state) }
        attempt.phase = .planning(until: now + Self.planTime)
        state.attempt = attempt
        decide(.hold(.backoff), "conflict: \(why); planned again", index, subject, state)
        askForPlan(index, state)
    }

    /// No answer to the write: it may have happened. The subject is read again; its stamp tells.
    mutating func outcomeUnknown(_ why: String, _ state: inout SubjectState) {
        guard case .applying? = state.attempt?.phase else { return }
        state.attempt?.mayBeWritten = true
        unavailable(why, retryAfter: nil, &state)
    }

    /// The write happened.
    mutating func applied(_ state: inout SubjectState) {
        guard case .applying? = state.attempt?.phase else { return }
        written(&state)
    }

    private mutating func written(_ state: inout SubjectState) {
        guard var attempt = state.attempt, let subject = attemptSubjects[attempt.id],
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule })
        else { return }
        attempt.phase = .verifying(until: now + attempt.step.verify)
        attempt.clearSince = nil
        state.attempt = attempt
        tell(
            state.incidents[index], subject,
            .attempted(attempt.id, remediation: attempt.step.use, summary: attempt.plan?.summary ?? attempt.step.use))
    }

    /// Gives the attempt what time brings: time-outs, another try, verification.
    mutating func drive(_ subject: Subject, _ state: inout SubjectState) {
        guard let attempt = state.attempt, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else { return }
        switch attempt.phase {
        case .planning(let until):
            if state.incidents[index].verdict == .healthy, !attempt.mayBeWritten {
                recoveredMeanwhile(index, subject, &state)
                endAttempt(&state)
            } else if now >= until {
                unavailable("no plan within \(Self.planTime.readable)", retryAfter: nil, &state)
            }
        case .applying(let until):
            if now >= until { outcomeUnknown("no answer to the write within \(Self.writeTime.readable)", &state) }
        case .waiting(let until):
            if state.incidents[index].verdict == .healthy, !attempt.mayBeWritten {
                recoveredMeanwhile(index, subject, &state)
                endAttempt(&state)
            } else if now >= until {
                state.attempt?.phase = .planning(until: now + Self.planTime)
                askForPlan(index, state)
            }
        case .verifying(let until): verify(until, index, subject, &state)
        case .reverting(let until):
            if now >= until { reverted("no answer within \(Self.writeTime.readable)", &state) }
        }
    }

    /// What an incident is about, in a line: its worst reason, or its main figure.
    func explain(_ index: Int, _ state: SubjectState) -> String {
        let incident = state.incidents[index]
        let since = "\(incident.priority) since \((incident.since[incident.priority] ?? incident.detectedAt).timeOfDay)"
        return "\(incident.finding.summary), \(since)"
    }
}

extension AttemptState {
    /// Whether a plan or a write is still to come.
    var isOpen: Bool {
        switch phase {
        case .planning, .applying, .waiting: true
        case .verifying, .reverting: false
        }
    }

    /// When time alone changes something.
    var nextLook: Instant {
        switch phase {
        case .planning(let until), .applying(let until), .waiting(let until), .reverting(let until): until
        case .verifying(let until): clearSince.map { $0 + step.stable } ?? until
        }
    }
}
