extension Automaton {
    /// Holds the finding against the attempt: clear and stable is helped; not clear in time is not.
    mutating func verify(_ until: Instant, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        let (verdict, isStale) = verdict(state.incidents[index])
        let harm = harm(attempt, state.incidents[index], verdict, isStale: isStale)
        if verdict == .healthy, harm == nil {
            let since = attempt.clearSince ?? now
            state.attempt?.clearSince = since
            guard now - since >= attempt.step.stable else { return }
            verified(.helped, attempt, index, subject, &state)
            let incident = describe(state.incidents[index], subject)
            let round = checks[state.incidents[index].check]?.round ?? 0
            keepFixes(of: attempt, incident)
            endAttempt(&state)
            close(attempt.rule, subject, &state, .healed, at: since)
            if let restoration = Restoration(of: attempt, incident, clearSince: since, round: round) {
                state.keep(restoration)
            }
            return
        }
        state.attempt?.clearSince = nil
        if case .unhealthy = verdict, let inhibitor = inhibitor(of: state.incidents[index], in: state), case .unhealthy = inhibitor.verdict
        {
            // Another rule knows better what is wrong: its remediation need not wait until this one's time is over.
            verified(.noChange, attempt, index, subject, &state, isCounted: false)
            decide(
                .hold(.inhibited), "inhibited: \(attempt.step.use) is not watched any longer, rule \(inhibitor.rule) explains this", index,
                subject, state)
            // It was not judged, and has had its turn: what would be begun again and again for another rule's fault has an end.
            if let rule = ruleIndex[attempt.rule].map({ rules[$0] }) { _ = endTurn(rule, state.memory(rule.name), &state) }
            return endAttempt(&state)
        }
        guard now >= until else { return }
        var isSeen = true
        var span = attempt.step.verify
        if case .unknown = verdict {
            // Unknown is no evidence against it: it is given as long again to be seen.
            state.attempt?.isOvertime = true
            guard now >= until + attempt.step.verify else { return }
            (isSeen, span) = (harm != nil, attempt.step.verify + attempt.step.verify)
        }
        let outcome: IncidentChange.Outcome = harm == nil ? .noChange : .worse
        verified(outcome, attempt, index, subject, &state, isCounted: isSeen)
        let why =
            harm.map { "made it worse: \($0)" } ?? "\(isSeen ? "did not help" : "was not seen to help") within \(span.readable)"
        takeBackOrEnd(attempt, outcome, why, isSeen: isSeen, index, subject, &state)
        guard let rule = ruleIndex[attempt.rule].map({ rules[$0] }) else { return }
        countIneffective(rule, subject, &state, because: "\(attempt.step.use) \(why)")
    }

    /// In what it is worse than when the attempt began: more urgent; or without that fault, and with more parts that do not work. Nil when
    /// it is not, or nobody can tell. A fault that goes on spreads by itself: more parts that have it are no fault of the attempt.
    private func harm(_ attempt: AttemptState, _ incident: IncidentState, _ verdict: Verdict, isStale: Bool) -> String? {
        if case .unhealthy(let priority) = verdict {
            return priority > attempt.priorityAtStart ? "it is \(priority) now and was \(attempt.priorityAtStart)" : nil
        }
        guard !isStale, checks[incident.check]?.blind == nil, let before = attempt.unwellAtStart, let now = incident.unwell, now > before
        else { return nil }
        return "\(now) of its pods do not work now, \(before) did not before"
    }

    /// Says and notes whether the attempt helped.
    private mutating func verified(
        _ outcome: IncidentChange.Outcome, _ attempt: AttemptState, _ index: Int, _ subject: Subject, _ state: inout SubjectState,
        isCounted: Bool = true
    ) {
        state.attempt?.isVerified = true
        tell(state.incidents[index], subject, .verified(attempt.id, remediation: attempt.step.use, outcome))
        note(attempt.id, .verified(outcome))
        if isCounted, let rule = ruleIndex[attempt.rule].map({ rules[$0] }) { count(outcome, of: rule) }
    }

    private mutating func takeBackOrEnd(
        _ attempt: AttemptState, _ outcome: IncidentChange.Outcome, _ why: String, isSeen: Bool, _ index: Int, _ subject: Subject,
        _ state: inout SubjectState
    ) {
        let isWanted = attempt.step.revert == .ineffective || (attempt.step.revert == .worse && outcome == .worse)
        guard isWanted, let plan = attempt.plan, plan.inverse != nil else { return endAttempt(&state) }
        if let (hold, why) = revertHold(attempt, subject, isSeen: isSeen) {
            decide(.hold(hold), "\(attempt.step.use) is not taken back: \(why)", index, subject, state)
            return endAttempt(&state)
        }
        state.attempt?.phase = .reverting(until: now + Self.writeTime)
        decide(
            .revert(attempt.id, remediation: attempt.step.use), "\(attempt.step.use) \(why): taken back, if it is still as it was left",
            index, subject, state)
        effects.append(.revert(attempt.takingBack(plan, on: subject, at: now), of: attempt.id, quiet: .zero))
    }

    /// Taking back is a write, too: why it may not be made now.
    private func revertHold(_ attempt: AttemptState, _ subject: Subject, isSeen: Bool) -> (Decision.Guard, String)? {
        if let why = standDown { return (.standDown, "stand down: \(why)") }
        if let why = storm(over: subject.namespace) { return (.storm, why) }
        if !isSeen { return (.unknown, "unknown whether it helped") }
        return revertLimit(attempt, subject)
    }

    /// Of that, what holds whenever it is asked.
    func revertLimit(_ attempt: AttemptState, _ subject: Subject) -> (Decision.Guard, String)? {
        if let hold = suspensionHold(attempt.rule, subject), hold.hold == .paused { return (hold.hold, hold.reason()) }
        if attempt.isOutdated { return (.refused, "the remediations of rule \(attempt.rule) changed since") }
        if let why = attempt.plan.flatMap({ policy.refusal($0.inverseChanges) }) { return (.cap, why) }
        if policy.dryRun { return (.refused, "dry run") }
        if let rule = ruleIndex[attempt.rule], isDry(rules[rule]) { return (.refused, "rule \(attempt.rule) is in mode observe") }
        return nil
    }

    /// The taking back ended; with the reason when it failed.
    /// - Parameter isKnown: whether it is known that it failed; else nobody answered.
    mutating func reverted(_ failure: String?, isKnown: Bool = true, _ state: inout SubjectState) {
        guard let attempt = state.attempt, case .reverting = attempt.phase, let subject = attemptSubjects[attempt.id] else { return }
        note(attempt.id, failure.map { .notTakenBack($0) } ?? .takenBack)
        if failure == nil { state.leftNothing(attempt.id) }
        // What may have been taken back is not applied again as a fix.
        if failure == nil || !isKnown { dropFixes(of: attempt.plan) }
        note(
            attempt.id.back,
            failure.map { isKnown ? .notApplied($0) : .unknown($0) } ?? .applied(AttemptReport("\(attempt.step.use) was taken back")))
        guard !attempt.isLeft, let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) else { return endAttempt(&state) }
        if let failure {
            let what = isKnown ? "\(attempt.step.use) was not taken back" : "whether \(attempt.step.use) was taken back is unknown"
            decide(.hold(.refused), "\(what): \(failure)", index, subject, state)
        } else {
            tell(state.incidents[index], subject, .reverted(attempt.id, remediation: attempt.step.use))
        }
        endAttempt(&state)
    }

    /// Counts an attempt that did not help, and goes on: the same again, the next remediation, or a person.
    mutating func countIneffective(_ rule: Rule, _ subject: Subject, _ state: inout SubjectState, because why: String) {
        guard let index = state.incidents.firstIndex(where: { $0.rule == rule.name }) else { return }
        let memory = state.memory(rule.name)
        let threshold = state.memories[memory].breaker.countIneffective(policy)
        let moved = endTurn(rule, memory, &state)
        if threshold, state.memories[memory].step < rule.remediations.count {
            let count = state.memories[memory].breaker.ineffective
            giveUp("\(count) attempts in a row did not help, lately: \(why)", exhausted: false, index, subject, &state)
        } else if moved {
            goOn(memory, why, index, subject, &state)
        }
    }

    /// Goes on to the next remediation of the list when this one has had all of its attempts. Answers whether it had.
    private func endTurn(_ rule: Rule, _ memory: Int, _ state: inout SubjectState) -> Bool {
        let step = state.memories[memory].step
        guard step < rule.remediations.count, state.memories[memory].attemptsAtStep >= rule.remediations[step].attempts else {
            return false
        }
        state.memories[memory].step += 1
        state.memories[memory].attemptsAtStep = 0
        return true
    }

    /// The next remediation of the list, or a person.
    mutating func goOn(_ memory: Int, _ why: String, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        guard let rule = ruleIndex[state.incidents[index].rule].map({ rules[$0] }) else { return }
        let step = state.memories[memory].step
        if step < rule.remediations.count {
            decide(.escalate(to: rule.remediations[step].use), "\(why); next: \(rule.remediations[step].use)", index, subject, state)
        } else {
            giveUp("every remediation of rule \(rule.name) was tried, lately: \(why)", exhausted: true, index, subject, &state)
        }
    }

    /// Opens the breaker and tells a person.
    mutating func giveUp(_ why: String, exhausted: Bool, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        let memory = state.memory(state.incidents[index].rule)
        state.memories[memory].breaker.open(why, exhausted: exhausted, policy: policy, at: now)
        let until = state.memories[memory].breaker.openUntil
        decide(.tellPerson, why, index, subject, state, until: until)
        tellPerson(why, index, subject, &state)
    }
}
