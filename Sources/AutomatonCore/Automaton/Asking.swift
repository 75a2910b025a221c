/// Plans that a person, or the object itself, has a say in.
extension Automaton {
    /// The object asks to be left alone: the attempt ends, and it is asked again after a while, since annotations change.
    mutating func leaveAlone(
        _ hold: Decision.Guard, _ reason: String, _ until: Instant?, _ index: Int, _ subject: Subject, _ state: inout SubjectState
    ) {
        let again = now + .minutes(5)
        state.incidents[index].retry = IncidentState.Retry(at: min(again, until ?? again), hold: hold, why: reason)
        state.attempt?.ending = reason
        endAttempt(&state)
    }

    /// Whether a person's word is needed before the rule acts: it always asks, or a person lately took back what it did.
    func asksFirst(_ rule: Rule, _ memory: RuleMemory) -> Bool {
        rule.mode == .approve || memory.objection.map { now < $0.until } ?? false
    }

    /// Whether a person confirmed what the plan does: the same fields to the same measured values.
    func isApproved(_ plan: Plan, _ memory: Int, _ state: SubjectState) -> Bool {
        guard let approval = state.memories[memory].approval, approval.by != nil else { return false }
        return approval.changes.isSame(as: plan.changes)
    }

    /// Shows the plan to a person, and waits.
    mutating func ask(_ plan: Plan, _ rule: Rule, _ index: Int, _ memory: Int, _ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        let until = now + (rule.approveWithin ?? policy.approvalTime)
        let isChanged = state.memories[memory].approval?.by != nil
        state.memories[memory].approval = RuleMemory.Approval(changes: plan.changes, askedAt: now, until: until)
        let again = isChanged ? "the plan changed since it was confirmed: " : ""
        let objection = rule.mode == .approve ? nil : state.memories[memory].objection
        let since = objection.map { "; \($0.by) took \($0.remediation) back at \($0.at.timeOfDay), so it asks first" } ?? ""
        decide(
            .askApproval(remediation: attempt.step.use, plan),
            "\(again)\(explain(index, state)); would \(plan.summary)\(since); waits until \(until.timeOfDay) for a person to confirm",
            index,
            plan.subject, state, until: until)
        effects.append(
            .noticed(
                .approvalWanted(
                    describe(state.incidents[index], plan.subject), remediation: attempt.step.use, plan: plan.summary, until: until)))
        state.attempt?.ending = "it waits for a person to confirm it"
        endAttempt(&state)
    }

    /// Why a person's word is waited for; nil when none is. What nobody confirms in time is for a person altogether.
    mutating func approvalHold(_ index: Int, _ rule: Rule, _ subject: Subject, _ state: inout SubjectState) -> Hold? {
        let memory = state.memory(rule.name)
        guard asksFirst(rule, state.memories[memory]), let approval = state.memories[memory].approval, approval.by == nil else {
            return nil
        }
        if now >= approval.until {
            state.memories[memory].approval = nil
            giveUp(
                "nobody confirmed the plan within \((approval.until - approval.askedAt).readable)", exhausted: true, index, subject, &state)
            return nil
        }
        return Hold(hold: .approval, basis: .until(approval.until), until: approval.until) {
            "approval: asked at \(approval.askedAt.timeOfDay), waits until \(approval.until.timeOfDay) for a person to confirm: "
                + approval.changes.map(\.summary).joined(separator: ", ")
        }
    }

    /// A person confirmed the plan of an incident.
    mutating func approve(_ key: IncidentKey, _ by: String) {
        with(key.subject) { automaton, state in
            guard let memory = state.memories.firstIndex(where: { $0.rule == key.rule }),
                let approval = state.memories[memory].approval, automaton.now < approval.until
            else { return }
            state.memories[memory].approval?.by = by
            automaton.evaluate(key.subject, &state)
        }
    }

    /// A person does not want to wait.
    mutating func hurry(_ key: IncidentKey, _ hurry: Hurry) {
        with(key.subject) { automaton, state in
            guard let index = state.incidents.firstIndex(where: { $0.rule == key.rule }) else { return }
            state.incidents[index].hurry = hurry
            automaton.evaluate(key.subject, &state)
        }
    }

    /// The person who does not want to wait saw another plan: it is not done for them, and waits as long as the rule says.
    mutating func calm(_ hurry: Hurry, _ plan: Plan, _ index: Int, _ state: inout SubjectState) {
        state.incidents[index].hurry = nil
        decide(
            .hold(.approval),
            "approval: the plan changed since \(hurry.by) saw it: \(plan.changes.map(\.summary).joined(separator: ", ")) now; "
                + "it is not done for \(hurry.by)", index, plan.subject, state)
        state.attempt?.ending = "the plan changed since it was confirmed"
        endAttempt(&state)
    }

    /// The journal knows of another attempt that came before: it counts as if this run had made it.
    mutating func preceded(by other: AttemptID, at: Instant, _ state: inout SubjectState) {
        guard let attempt = state.attempt, case .applying = attempt.phase else { return }
        let cooldown = Cooldown(since: min(at, now), attempt: other)
        state.remember(cooldown, rule: attempt.rule, remediation: attempt.step.use, over: attempt.id, at: now)
        state.attempt?.ending = "attempt \(other) of \(at.timeOfDay) came before"
        endAttempt(&state)
    }
}

extension [Change] {
    /// Whether two plans do the same to the same fields. What is no measured value (the time of a restart, the number of files) may differ.
    func isSame(as other: [Change]) -> Bool {
        count == other.count
            && zip(self, other).allSatisfy { left, right in
                left.field == right.field && left.measure == right.measure
                    && (left.measure == .unmeasured || left.before == right.before)
            }
    }
}
