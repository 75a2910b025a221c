extension Automaton {
    /// How long a remediation may take to answer with a plan.
    static let planTime: Duration = .seconds(60)
    /// How long a write may take to be answered.
    static let writeTime: Duration = .seconds(120)
    /// How often one attempt is tried when reading or writing fails.
    static let tries = 6
    /// How often one attempt is planned anew because the object changed under it.
    static let conflictsAllowed = 3
    /// The longest wait that an attempt keeps its place for; for a longer one it ends, and another begins later.
    static let longestWait: Duration = .minutes(1)

    /// Takes the subject's one place for an attempt and asks for a plan.
    mutating func begin(_ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        guard let rule = ruleIndex[state.incidents[index].rule].map({ rules[$0] }) else { return }
        let stepIndex = state.memories[state.memory(rule.name)].step
        guard stepIndex < rule.remediations.count else { return }
        let id = nextAttemptID()
        state.attempt = AttemptState(
            id: id, rule: rule.name, stepIndex: stepIndex, step: rule.remediations[stepIndex],
            phase: .planning(until: now + Self.planTime), priorityAtStart: state.incidents[index].priority,
            unwellAtStart: state.incidents[index].unwell)
        attemptSubjects[id] = subject
        budget.begin()
        state.incidents[index].retry = nil
        askForPlan(index, state)
    }

    private mutating func askForPlan(_ index: Int, _ state: SubjectState) {
        guard let attempt = state.attempt, let subject = attemptSubjects[attempt.id] else { return }
        effects.append(
            .plan(
                PlanRequest(
                    attempt: attempt.id, rule: attempt.rule, step: attempt.stepIndex, remediation: attempt.step.use,
                    finding: state.incidents[index].finding, subject: subject)))
    }

    /// The attempt is over: its place is free.
    mutating func endAttempt(_ state: inout SubjectState) {
        guard let attempt = freePlace(&state) else { return }
        tellOutcome(attempt)
        if !attempt.isWritten, !attempt.mayBeWritten { state.leftNothing(attempt.id) }
        guard attempt.authorisedAt != nil, !attempt.isWritten, !attempt.mayBeWritten, !attempt.isOutdated,
            let memory = state.memories.firstIndex(where: { $0.rule == attempt.rule }), state.memories[memory].step == attempt.stepIndex
        else { return }
        // It was never written: the remediation has not had its turn.
        state.memories[memory].attemptsAtStep = max(0, state.memories[memory].attemptsAtStep - 1)
        if let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) {
            state.incidents[index].attempts = max(0, state.incidents[index].attempts - 1)
        }
    }

    /// Gives back the subject's one place for an attempt, and answers with the attempt that had it.
    mutating func freePlace(_ state: inout SubjectState) -> AttemptState? {
        guard let attempt = state.attempt else { return nil }
        attemptSubjects[attempt.id] = nil
        state.attempt = nil
        budget.end()
        return attempt
    }

    /// Every attempt that was authorised has an outcome.
    private mutating func tellOutcome(_ attempt: AttemptState) {
        guard attempt.authorisedAt != nil, !attempt.isVerified else { return }
        if attempt.isWritten {
            note(attempt.id, .unverified(attempt.ending ?? "its incident ended before that was known"))
        } else if attempt.mayBeWritten {
            note(attempt.id, .unknown(attempt.ending ?? "no answer to the write"))
        } else {
            note(attempt.id, .notApplied(attempt.ending ?? "it was no longer wanted"))
        }
    }

    /// Has what became of an attempt noted.
    mutating func note(_ attempt: AttemptID, _ outcome: AttemptOutcome) {
        if remembers { effects.append(.outcome(attempt, outcome)) }
    }

    /// The attempt's incident is over. A write that is on its way keeps the subject's place until its answer.
    mutating func leaveAttempt(_ state: inout SubjectState) {
        switch state.attempt?.phase {
        case .applying, .reverting, .settling: state.attempt?.isLeft = true
        default: endAttempt(&state)
        }
    }

    /// The rule's list of remediations changed under the attempt: nothing of the old list is planned any more.
    mutating func outdate(_ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        state.attempt?.isOutdated = true
        switch attempt.phase {
        case .planning, .waiting: if attempt.mayBeWritten { written(&state, isKnown: false) } else { endAttempt(&state) }
        case .applying, .verifying, .reverting, .settling: return
        }
    }

    mutating func recoveredMeanwhile(_ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        decide(.hold(.recovered), "recovered: the finding cleared before anything was changed", index, subject, state)
    }

    /// The remediation does not apply, or the world refused.
    mutating func refused(_ why: String, _ state: inout SubjectState) {
        // After a write without an answer, "nothing to do" may be the work of that write: what it did is verified.
        if state.attempt?.mayBeWritten == true, state.attempt?.isOpen == true { return written(&state, isKnown: false) }
        refuse(.refused, "refused: \(why)", &state)
    }

    mutating func refuse(_ hold: Decision.Guard, _ reason: String, _ state: inout SubjectState) {
        guard let attempt = state.attempt, attempt.isOpen, let subject = attemptSubjects[attempt.id] else { return }
        state.attempt?.ending = reason
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else { return endAttempt(&state) }
        decide(.hold(hold), "\(attempt.step.use) \(reason)", index, subject, state)
        endAttempt(&state)
        guard !attempt.isOutdated else { return }
        if state.incidents[index].forecast != nil {
            // What does not apply before the fault may apply to the fault.
            state.incidents[index].retry = IncidentState.Retry(
                at: now + .minutes(5), why: "\(attempt.step.use) \(reason), ahead of the threshold")
            return
        }
        let memory = state.memory(attempt.rule)
        state.memories[memory].step = attempt.stepIndex + 1
        state.memories[memory].attemptsAtStep = 0
        goOn(memory, "\(attempt.step.use) \(reason)", index, subject, &state)
    }

    /// Reading or writing failed for a passing reason: the same attempt is tried again later.
    mutating func unavailable(_ why: String, retryAfter: Duration?, _ state: inout SubjectState) {
        if case .reverting? = state.attempt?.phase { return reverted(why, &state) }
        guard var attempt = state.attempt, attempt.isOpen, let subject = attemptSubjects[attempt.id] else { return }
        state.attempt?.ending = why
        attempt.ending = why
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else { return endAttempt(&state) }
        if attempt.isOutdated { return attempt.mayBeWritten ? written(&state, isKnown: false) : endAttempt(&state) }
        let until = attempt.backoff.failed(at: now, retryAfter: retryAfter)
        let isLast = attempt.backoff.failures >= Self.tries
        if isLast, attempt.mayBeWritten { return written(&state, isKnown: false) }
        if isLast || (until - now > Self.longestWait && !attempt.mayBeWritten) {
            endAttempt(&state)
            state.incidents[index].retry =
                isLast
                ? IncidentState.Retry(at: now + .minutes(5), why: "\(why), \(Self.tries) times") : IncidentState.Retry(at: until, why: why)
            return
        }
        attempt.phase = .waiting(until: until)
        state.attempt = attempt
        decide(.hold(.backoff), "backoff: \(why); tried again in \((until - now).readable)", index, subject, state, until: until)
    }

    /// The object changed between plan and write.
    mutating func conflicted(_ why: String, _ state: inout SubjectState) {
        guard var attempt = state.attempt, case .applying = attempt.phase, let subject = attemptSubjects[attempt.id] else { return }
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else { return endAttempt(&state) }
        attempt.conflicts += 1
        if attempt.isOutdated || attempt.conflicts > Self.conflictsAllowed { return unavailable(why, retryAfter: nil, &state) }
        attempt.phase = .planning(until: now + Self.planTime)
        state.attempt = attempt
        decide(.hold(.backoff), "conflict: \(why); planned again", index, subject, state)
        askForPlan(index, state)
    }

    /// No answer to the write: it may have happened. The subject is read again; its stamp tells. What bears no stamp (sessions, files) is
    /// not done twice: whether it helped shows.
    mutating func outcomeUnknown(_ why: String, _ state: inout SubjectState) {
        if case .reverting? = state.attempt?.phase { return reverted(why, isKnown: false, &state) }
        guard let attempt = state.attempt, case .applying = attempt.phase else { return }
        if let plan = attempt.plan, plan.write.workload == nil {
            return written(&state, AttemptReport("\(plan.summary); whether all of it was done is unknown: \(why)"), isKnown: false)
        }
        state.attempt?.mayBeWritten = true
        unavailable(why, retryAfter: nil, &state)
    }

    /// The write happened; the answer may come after it was given up.
    mutating func applied(_ report: AttemptReport, _ state: inout SubjectState) {
        guard let attempt = state.attempt, attempt.isOpen, attempt.authorisedAt != nil else { return }
        written(&state, report)
    }

    /// - Parameter isKnown: whether an answer or the stamp says so; else it only counts as written.
    mutating func written(_ state: inout SubjectState, _ report: AttemptReport? = nil, isKnown: Bool = true) {
        guard var attempt = state.attempt, let subject = attemptSubjects[attempt.id] else { return }
        attempt.isWritten = true
        let done = report ?? AttemptReport(attempt.plan?.summary ?? attempt.step.use)
        note(attempt.id, isKnown ? .applied(done) : .unknown(attempt.ending ?? done.summary))
        attempt.ending = nil
        if let plan = attempt.plan { for index in state.restorations.indices { state.restorations[index].rebase(on: plan) } }
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else {
            state.attempt = attempt
            return endAttempt(&state)
        }
        attempt.phase = .verifying(until: now + attempt.step.verify)
        attempt.clearSince = nil
        state.attempt = attempt
        tell(
            state.incidents[index], subject,
            .attempted(
                attempt.id, remediation: attempt.step.use, done))
    }

    /// Gives the attempt what time brings: time-outs, another try, verification.
    mutating func drive(_ subject: Subject, _ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else {
            if now >= attempt.nextLook { endAttempt(&state) }
            return
        }
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
            if now >= until { reverted("no answer within \(Self.writeTime.readable)", isKnown: false, &state) }
        case .settling(let until):
            if now >= until { settlingFailed("no answer within \(Self.planTime.readable)", retryAfter: nil, &state) }
        }
    }

    /// What an incident is about, and since when.
    func explain(_ index: Int, _ state: SubjectState) -> String {
        let incident = state.incidents[index]
        let since = "\(incident.priority) since \((incident.since[incident.priority] ?? incident.detectedAt).timeOfDay)"
        return "\(cause(incident)), \(since)"
    }

    /// Why it is an incident, in a line: the forecast, or the figure and its bound, and what was seen.
    func cause(_ incident: IncidentState) -> String {
        let forecast = incident.forecast.map { "forecast: \($0): " } ?? ""
        let figures = figures(incident)
        guard case .seen(let evidence) = incident.finding.observation, !figures.isEmpty else { return forecast + incident.finding.summary }
        return forecast + figures + (evidence.reasons.isEmpty ? "" : ": \(incident.finding.summary)")
    }

    /// The figures that made the rule fire, each with its bound: `restarts 7, above 5`.
    private func figures(_ incident: IncidentState) -> String {
        guard let rule = ruleIndex[incident.rule].map({ rules[$0] }), case .seen(let evidence) = incident.finding.observation
        else { return "" }
        let holding = rule.tiers.filter { tier in tier.conditions.allSatisfy { $0.holds(evidence) == true } }
        let texts = holding.max { $0.priority < $1.priority }?.conditions.compactMap { $0.summary(evidence) } ?? []
        return texts.joined(separator: ", ")
    }
}

extension AttemptState {
    /// Whether a plan or a write is still to come.
    var isOpen: Bool {
        switch phase {
        case .planning, .applying, .waiting: true
        case .verifying, .reverting, .settling: false
        }
    }

    /// When time alone changes something.
    var nextLook: Instant {
        switch phase {
        case .planning(let until), .applying(let until), .waiting(let until), .reverting(let until), .settling(let until):
            until
        case .verifying(let until): clearSince.map { $0 + step.stable } ?? (isOvertime ? until + step.verify : until)
        }
    }
}
