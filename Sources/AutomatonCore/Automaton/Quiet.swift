/// What people asked for, and rules that step down.
extension Automaton {
    /// A person asked for quiet; one of the same name is replaced.
    mutating func suspend(_ suspension: Suspension) {
        memory.suspensions.removeAll { $0.id == suspension.id }
        memory.suspensions.append(suspension)
        effects.append(.noticed(.suspended(suspension)))
        memoryChanged()
        reconsider()
    }

    /// A person lifted it.
    mutating func lift(_ id: String) {
        guard let index = memory.suspensions.firstIndex(where: { $0.id == id }) else { return }
        effects.append(.noticed(.resumed(memory.suspensions.remove(at: index))))
        memoryChanged()
        reconsider()
    }

    /// What people asked for that holds now.
    public var suspensions: [Suspension] { memory.suspensions }

    /// How each rule did.
    public var efficacies: [String: Efficacy] { memory.efficacies }

    /// Storms, by namespace; `*` for all.
    public var storms: [String: Storm] { memory.storms }

    /// Ends what is over, and storms that are.
    mutating func lookAround() {
        let now = now
        let over = memory.suspensions.filter { $0.until.map { $0 <= now } ?? false }
        memory.suspensions.removeAll { over.contains($0) }
        for suspension in over { effects.append(.noticed(.resumed(suspension))) }
        let calm = endStorms()
        memoryChanged()
        if !over.isEmpty || calm { reconsider() }
    }

    mutating func memoryChanged() {
        isMemoryChanged = true
        arrangeNextLook()
    }

    mutating func arrangeNextLook() {
        let ends = memory.suspensions.compactMap(\.until)
        let calm = memory.storms.values.compactMap { $0.calmSince.map { $0 + policy.stormCooldown } }
        nextLook = (ends + calm).min()
    }

    /// Whether a person silenced the incident.
    func silence(_ rule: String, _ subject: Subject) -> Suspension? {
        if memory.suspensions.isEmpty { return nil }
        return memory.suspensions.first { $0.kind == .silence && $0.covers(rule: rule, subject: subject) }
    }

    /// Why people asked for quiet about an incident; nil when they did not.
    func suspensionHold(_ rule: String, _ subject: Subject) -> Hold? {
        if policy.isPaused { return Hold(hold: .paused, basis: .text("PAUSE")) { "paused: PAUSE is true in the ConfigMap" } }
        if memory.suspensions.isEmpty { return nil }
        guard
            let suspension = memory.suspensions.first(where: { $0.kind == .pause && $0.covers(rule: rule, subject: subject) })
                ?? silence(rule, subject)
        else { return nil }
        let what = suspension.kind == .pause ? "paused" : "silenced"
        let end = suspension.until.map { " until \($0.rfc3339)" } ?? " until it is lifted"
        let why = suspension.why.isEmpty ? "" : ": \(suspension.why)"
        return Hold(
            hold: suspension.kind == .pause ? .paused : .silenced, basis: .text(suspension.id + end), until: suspension.until
        ) { "\(what) by \(suspension.by) since \(suspension.at.timeOfDay)\(end) (\(suspension.id))\(why)" }
    }

    /// Tells a person of an incident; of a silenced one when the silence is over.
    mutating func tellPerson(_ why: String, _ index: Int, _ subject: Subject, _ state: inout SubjectState) {
        if silence(state.incidents[index].rule, subject) != nil {
            state.incidents[index].untold = why
        } else {
            state.incidents[index].untold = nil
            effects.append(.escalated(describe(state.incidents[index], subject), why))
        }
    }

    /// Counts what became of an attempt of a rule; a rule that does not help so often in a row only tells from then on.
    mutating func count(_ outcome: IncidentChange.Outcome, of rule: Rule) {
        var efficacy = memory.efficacies[rule.name] ?? Efficacy()
        efficacy.attempts += 1
        if outcome == .helped {
            efficacy.healed += 1
            efficacy.ineffectiveInARow = 0
        } else {
            efficacy.ineffectiveInARow += 1
            if efficacy.ineffectiveInARow >= policy.ruleThreshold, efficacy.steppedDownAt == nil {
                efficacy.steppedDownAt = now
                effects.append(
                    .noticed(
                        .steppedDown(
                            rule: rule.name,
                            why: "its last \(efficacy.ineffectiveInARow) attempts did not help (RULE_THRESHOLD \(policy.ruleThreshold)); "
                                + "of \(efficacy.attempts) in all, \(efficacy.healed) did")))
            }
        }
        memory.efficacies[rule.name] = efficacy
        memoryChanged()
    }

    /// A rule acts again.
    mutating func reinstate(_ rule: String) {
        guard memory.efficacies[rule]?.steppedDownAt != nil else { return }
        memory.efficacies[rule]?.steppedDownAt = nil
        memory.efficacies[rule]?.ineffectiveInARow = 0
        effects.append(.noticed(.reinstated(rule: rule)))
        memoryChanged()
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in
                guard let index = state.memories.firstIndex(where: { $0.rule == rule }) else { return }
                state.memories[index].breaker.closeIfExhausted()
                automaton.evaluate(subject, &state)
            }
        }
    }

    /// Why the rule only tells on this subject; nil when it acts.
    func tellsOnly(_ rule: Rule, _ subject: Subject) -> (hold: Decision.Guard, why: String)? {
        if let why = policy.protection(of: subject) { return (.protected, why) }
        if let since = memory.efficacies[rule.name]?.steppedDownAt {
            return (
                .steppedDown,
                "stepped down: rule \(rule.name) only tells since \(since.rfc3339), as its attempts did not help; "
                    + "'automaton resume --rule \(rule.name)' lets it act again"
            )
        }
        return nil
    }
}
