/// What follows a plan: it is shown, confirmed by a person, or authorised.
extension Automaton {
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
        state.attempt?.mayBeWritten = false
        merge(plan.stamps, &state)
        let memory = state.memory(rule.name)
        guard case .unhealthy = state.incidents[index].verdict, presentHold(state.incidents[index], subject, state) == nil else {
            if state.incidents[index].verdict == .healthy { recoveredMeanwhile(index, subject, &state) }
            return endAttempt(&state)
        }
        // It may have been protected, or its rule may have stepped down, since it was begun.
        if tellsOnly(rule, subject) != nil { return endAttempt(&state) }
        restore(plan.stamps, rule, memory, subject, &state)
        if cooldownHold(rule, memory, state, own: attempt.id) != nil || elsewhereHold(state.memories[memory]) != nil {
            return endAttempt(&state)
        }
        // What other runs tried moved the escalation on: the attempt begins again where it stands now.
        if state.memories[memory].step != attempt.stepIndex || state.memories[memory].breaker.openUntil != nil {
            return endAttempt(&state)
        }
        if let hurry = state.incidents[index].hurry, let shown = hurry.plan, shown != plan.changes.digest {
            return calm(hurry, plan, index, &state)
        }
        let wish = plan.circumstances?.wish ?? ObjectWish()
        if let (hold, reason, until) = policy.refusal(wish, at: now) {
            return leaveAlone(hold, reason, until, index, subject, &state)
        }
        if let reason = policy.refusal(plan) { return refuse(.cap, reason, &state) }
        if let circumstances = plan.circumstances {
            if let reason = attempt.step.refusal(circumstances.owners) { return refuse(.owned, reason, &state) }
            if let reason = policy.refusal(circumstances) { return refuse(.minimumHealthy, reason, &state) }
        }
        let isCounted = attempt.authorisedAt.map { now < $0 + .hours(1) } ?? false
        let isShown = isDry(rule) || wish.mode == .observe
        // One that counts already needs no other place, nor one outside the reserve; but the limit may have been lowered since.
        let priority = isCounted ? .critical : state.incidents[index].priority
        if budget.refusal(policy, priority, isCounted: isCounted, at: now) != nil { return endAttempt(&state) }
        // Others of the namespace may have been authorised since this one was begun.
        if budget.refusal(policy, subject, of: known(in: subject.namespace), isShown: isShown, at: now) != nil { return endAttempt(&state) }
        if isShown { return show(plan, rule, index, memory, &state) }
        if asksFirst(rule, state.memories[memory]), !isApproved(plan, memory, state) { return ask(plan, rule, index, memory, &state) }
        authorise(plan, index, memory, &state)
    }

    /// In dry run: says what would be done; the same plan for the same fault once.
    private mutating func show(_ plan: Plan, _ rule: Rule, _ index: Int, _ memory: Int, _ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        let before = state.memories[memory].shown
        if let before, before.changes == plan.changes, state.incidents[index].held?.basis == .shown(before.cooldown.attempt) {
            state.memories[memory].shown?.cooldown.since = now
            state.memories[memory].shown?.isWished = !isDry(rule)
        } else {
            state.memories[memory].shown = RuleMemory.Shown(
                cooldown: Cooldown(since: now, attempt: attempt.id), changes: plan.changes, isWished: !isDry(rule))
            // As if it were done: the budget shows what it would allow. Beside others that act, what is shown takes nothing from them.
            if policy.dryRun { budget.authorise(plan.subject, isShown: true, at: now) }
            let why =
                policy.dryRun
                ? "dry run"
                : isDry(rule)
                    ? "rule \(rule.name) is in mode observe" : "annotation self-healing-automaton/mode of \(plan.subject) is observe"
            decide(
                .wouldAct(remediation: attempt.step.use, plan), "\(why): \(explain(index, state)); would \(plan.summary)", index,
                plan.subject, state)
        }
        endAttempt(&state)
    }

    private mutating func authorise(_ plan: Plan, _ index: Int, _ memory: Int, _ state: inout SubjectState) {
        guard var attempt = state.attempt else { return }
        if let earlier = attempt.authorisedAt {
            budget.authoriseAgain(earlier, plan.subject, at: now)
        } else {
            state.memories[memory].attemptsAtStep += 1
            state.incidents[index].attempts += 1
            budget.authorise(plan.subject, at: now)
        }
        // A write that is tried again may happen now: the quiet time counts from now.
        let cooldown = Cooldown(since: now, attempt: attempt.id)
        state.memories[memory].cooldown = cooldown
        state.remember(cooldown, remediation: attempt.step.use, over: nil)
        let again = attempt.authorisedAt == nil ? "" : "again: "
        attempt.authorisedAt = now
        if let before = attempt.plan, before.write.workload?.edits != plan.write.workload?.edits { attempt.isReplanned = true }
        attempt.plan = plan
        attempt.phase = .applying(until: now + Self.writeTime)
        state.attempt = attempt
        state.incidents[index].held = IncidentState.Held(hold: .inFlight, basis: .attempt(attempt.id))
        let made = state.memories[memory].attemptsAtStep
        // Those that helped for a while do not end its turn: then there are more than the rule tries in a row.
        let count = "attempt \(made)\(made > attempt.step.attempts ? "" : " of \(attempt.step.attempts)") of \(attempt.step.use)"
        let word =
            (state.memories[memory].approval?.by.map { ", confirmed by \($0)" } ?? "")
            + (state.incidents[index].hurry.map { ", at once for \($0.by)" } ?? "")
        decide(
            .act(attempt.id, remediation: attempt.step.use, plan),
            "\(again)\(explain(index, state)); \(count): \(plan.summary)\(word)", index, plan.subject, state)
        // Who confirms it no longer objects.
        if state.memories[memory].approval?.by != nil { state.memories[memory].objection = nil }
        state.memories[memory].approval = nil
        let stamp = Stamp(attempt: attempt.id, rule: attempt.rule, remediation: attempt.step.use, at: now)
        let intent = AttemptIntent(
            attempt: attempt.id, incident: IncidentKey(rule: attempt.rule, subject: plan.subject), step: attempt.stepIndex,
            remediation: attempt.step.use, plan: plan, at: now)
        effects.append(.apply(intent, stamp, quiet: ruleIndex[attempt.rule].map { cooldownLength(rules[$0]) } ?? policy.cooldown))
    }

    /// What the subject says of earlier attempts counts as if this process had made them.
    private mutating func merge(_ stamps: [Stamp], _ state: inout SubjectState) {
        let own = state.attempt?.id
        var ahead: [Cooldown] = []
        for stamp in stamps {
            if stamp.attempt == state.disowned {
                // Its write landed after all.
                state.disowned = nil
                note(stamp.attempt, .applied(AttemptReport("\(stamp.remediation), found on the object later")))
            }
            var cooldown = Cooldown(since: stamp.at, attempt: stamp.attempt)
            if stamp.at > now || state.ahead.contains(where: { $0.attempt == stamp.attempt }) {
                // A stamp from a clock that runs ahead counts from when it was first seen: never shorter than the cooldown, nor for ever.
                cooldown.since = state.ahead.first { $0.attempt == stamp.attempt }?.since ?? now
                ahead.append(cooldown)
            }
            guard now < cooldown.end(longestCooldown) else { continue }
            state.remember(cooldown, rule: stamp.rule, remediation: stamp.remediation, over: own, at: now)
        }
        state.ahead = ahead
    }
}
