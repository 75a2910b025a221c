extension Automaton {
    /// Takes a finding, and looks at its subject if anything can follow from it.
    mutating func observe(_ finding: Finding, by check: CheckID) {
        guard let indexes = rulesOfCheck[check] else { return }
        let subject = finding.subject
        if subjects.index(forKey: subject) == nil {
            // The common case costs no more than the verdicts: a subject that is well and has no history.
            var matters = false
            for index in indexes {
                if case .unhealthy = rules[index].verdict(finding.observation) {
                    matters = true
                    break
                }
            }
            guard matters else { return }
            subjects[subject] = SubjectState()
        }
        with(subject) { automaton, state in
            for index in indexes { automaton.judge(finding, automaton.rules[index], subject, &state) }
            automaton.evaluate(subject, &state)
        }
    }

    /// Takes a complete observation: incidents of the check on subjects that are not in it are over.
    mutating func observeAll(_ findings: [Finding], by check: CheckID) {
        guard rulesOfCheck[check] != nil else { return }
        let wasUnable = checks[check]?.currentAt == nil || checks[check]?.blind != nil
        checks[check] = CheckState(currentAt: now, blind: nil)
        var missing = openSubjects[check] ?? []
        for finding in findings {
            missing.remove(finding.subject)
            observe(finding, by: check)
        }
        for subject in missing.sorted() { lose(subject, by: check) }
        // Subjects whose findings came before the first complete observation were held back until now.
        if wasUnable {
            for subject in (openSubjects[check] ?? []).sorted() {
                with(subject) { automaton, state in automaton.evaluate(subject, &state) }
            }
        }
    }

    /// The check no longer knows the subject: it is gone.
    mutating func lose(_ subject: Subject, by check: CheckID) {
        with(subject) { automaton, state in
            for incident in state.incidents where incident.check == check {
                if state.attempt?.rule == incident.rule { automaton.endAttempt(&state) }
                automaton.close(incident.rule, subject, &state, .gone, at: automaton.now)
            }
            automaton.evaluate(subject, &state)
        }
    }

    /// The check sees, and nothing changed since it saw everything.
    mutating func stayCurrent(_ check: CheckID) {
        guard let state = checks[check], state.currentAt != nil else { return }
        checks[check] = CheckState(currentAt: now, blind: nil)
        guard state.blind != nil else { return }
        for subject in (openSubjects[check] ?? []).sorted() {
            with(subject) { automaton, state in automaton.evaluate(subject, &state) }
        }
    }

    /// The check cannot see: what it reported is unknown.
    mutating func goBlind(_ check: CheckID, _ why: String) {
        guard checks[check] != nil else { return }
        checks[check]?.blind = why
        for subject in (openSubjects[check] ?? []).sorted() {
            with(subject) { automaton, state in automaton.evaluate(subject, &state) }
        }
    }

    /// Gives the finding the rule's verdict and keeps the incident by it.
    mutating func judge(_ finding: Finding, _ rule: Rule, _ subject: Subject, _ state: inout SubjectState) {
        let verdict = rule.verdict(finding.observation)
        guard let index = state.incidents.firstIndex(where: { $0.rule == rule.name }) else {
            if case .unhealthy(let priority) = verdict { open(finding, rule, priority, subject, &state) }
            return
        }
        state.incidents[index].verdict = verdict
        state.incidents[index].observedAt = min(now, finding.observedAt)
        switch verdict {
        case .unhealthy(let priority):
            // After a gap longer than the staleness limit nobody knows that it was unhealthy all the time: the delay starts anew.
            if let unknownSince = state.incidents[index].unknownSince, now - unknownSince > policy.staleAfter {
                state.incidents[index].since.forget()
            }
            state.incidents[index].unknownSince = nil
            state.incidents[index].finding = finding
            state.incidents[index].since.observe(priority, at: now)
            if state.incidents[index].priority != priority {
                let before = state.incidents[index].priority
                state.incidents[index].priority = priority
                tell(state.incidents[index], subject, .priority(from: before))
            }
        case .unknown:
            if state.incidents[index].unknownSince == nil { state.incidents[index].unknownSince = now }
        case .healthy:
            state.incidents[index].unknownSince = nil
        }
    }

    private mutating func open(
        _ finding: Finding, _ rule: Rule, _ priority: Priority, _ subject: Subject, _ state: inout SubjectState
    ) {
        var since = PrioritySince()
        since.observe(priority, at: now)
        let incident = IncidentState(
            rule: rule.name, check: rule.check, detectedAt: now, finding: finding, observedAt: min(now, finding.observedAt),
            verdict: .unhealthy(priority),
            priority: priority, since: since)
        state.incidents.append(incident)
        openSubjects[rule.check, default: []].insert(subject)
        tell(incident, subject, .opened)

        guard let memory = state.memories.firstIndex(where: { $0.rule == rule.name }),
            let closed = state.memories[memory].closed
        else { return }
        state.memories[memory].closed = nil
        if now - closed.at > state.memories[memory].breaker.forgottenAfter(policy) {
            let cooldown = state.memories[memory].cooldown
            state.memories[memory] = RuleMemory(rule: rule.name)
            state.memories[memory].cooldown = cooldown
        } else if closed.healed {
            // It came back: what healed it did not last, so that attempt counts as one that did not help.
            countIneffective(rule, subject, &state, because: "it came back \((now - closed.at).readable) after it was healed")
        }
    }

    /// Closes an incident, and keeps the memory of its attempts.
    mutating func close(
        _ rule: String, _ subject: Subject, _ state: inout SubjectState, _ ending: IncidentChange.Ending, at: Instant
    ) {
        guard let index = state.incidents.firstIndex(where: { $0.rule == rule }) else { return }
        let incident = state.incidents.remove(at: index)
        if !state.incidents.contains(where: { $0.check == incident.check }) {
            openSubjects[incident.check]?.remove(subject)
        }
        if let memory = state.memories.firstIndex(where: { $0.rule == rule }) {
            state.memories[memory].closed = (now, ending == .healed)
        }
        tell(incident, subject, .closed(ending), at: at)
    }
}
