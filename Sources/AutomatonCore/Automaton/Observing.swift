extension Automaton {
    /// Takes a finding, and looks at its subject if anything can follow from it.
    mutating func observe(_ finding: Finding, by check: CheckID) {
        guard let state = checks[check] else { return }
        observe(finding, state)
    }

    private mutating func observe(_ finding: Finding, _ check: CheckState) {
        let cameStale = now - finding.observedAt > policy.staleAfter
        if check.foresees, !cameStale { follow(finding, check) }
        if !check.direct.isEmpty { observeDirectly(finding, cameStale, check) }
        for rule in check.mapped { observe(finding, cameStale, rule, check) }
    }

    /// For the rules that mend what the check reports on.
    private mutating func observeDirectly(_ finding: Finding, _ cameStale: Bool, _ check: CheckState) {
        let known = subjects.index(forKey: finding.subject)
        if let known {
            if !cameStale, subjects.values[known].takeRepeated(finding, rules, check, now, policy) { return }
        } else {
            // The common case costs no more than the verdicts: a subject that is well and has no history.
            guard !cameStale, check.direct.contains(where: { isUnhealthy(finding, $0) }) else { return }
            subjects[finding.subject] = SubjectState()
        }
        guard let index = known ?? subjects.index(forKey: finding.subject) else { return }
        with(index) { automaton, state in
            var follows = false
            for rule in check.direct where automaton.judge(finding, cameStale: cameStale, rule, check, finding.subject, &state) {
                follows = true
            }
            if follows { automaton.evaluate(finding.subject, &state) }
        }
    }

    func isUnhealthy(_ finding: Finding, _ rule: Int) -> Bool {
        if rules[rule].predict == nil { return Rule.highest(rules[rule].tiers, finding.observation) != nil }
        if case .unhealthy = judgement(finding, cameStale: false, rule).verdict { return true }
        return false
    }

    /// Takes a complete observation: incidents of the check on subjects that are not in it are over.
    mutating func observeAll(_ findings: [Finding], by check: CheckID) {
        guard let before = checks[check] else { return }
        see(check, before)
        checks[check]?.round += 1
        guard let state = checks[check] else { return }
        for finding in findings { observe(finding, state) }
        if state.foresees { forgetTrends(of: check, except: findings) }
        loseUnnamed(by: check, state.round)
        // Subjects whose findings came before the first complete observation were held back until now.
        if before.currentAt == nil || before.blind != nil { evaluateOpen(check) }
    }

    /// Holds what is known against rules that are new, or against what earlier runs remembered. Nobody looked again: a check that is blind,
    /// or silent for too long, opens and closes nothing.
    mutating func observeAgain(_ findings: [Finding], by check: CheckID) {
        guard let state = checks[check], state.blind == nil, let seen = state.currentAt, now - seen <= policy.staleAfter else { return }
        for var finding in findings {
            finding.observedAt = max(finding.observedAt, seen)
            if !state.direct.isEmpty { observeDirectly(finding, false, state) }
            for rule in state.mapped { observe(finding, false, rule, state) }
        }
        // What earlier runs remembered, and was over before this one took it up.
        loseUnnamed(by: check, state.round)
    }

    /// What the check did not name in its round is not there any more.
    private mutating func loseUnnamed(by check: CheckID, _ round: UInt64) {
        if !restorable.isEmpty {
            let now = now
            withRestorations(of: check) { if $0.round != round { $0.doubt(at: now) } }
        }
        let missing = (openSubjects[check] ?? []).filter { subject in
            subjects[subject]?.incidents.contains { $0.round != round && $0.check == check && $0.sources.isEmpty } ?? false
        }
        for subject in missing.sorted() { close(subject, by: check) }
        loseSources(of: check) { $0.round != round }
    }

    /// The check no longer knows what it reported on: it is gone.
    mutating func lose(_ source: Subject, by check: CheckID) {
        if !trends.isEmpty { trends = trends.filter { $0.key.check != check || $0.key.source != source } }
        if !restorable.isEmpty {
            let now = now
            withRestorations(of: check) { if $0.plan.subject == source || $0.incident.finding.subject == source { $0.doubt(at: now) } }
        }
        close(source, by: check)
        loseSources(of: check) { $0.judgement.finding.subject == source }
    }

    private mutating func close(_ subject: Subject, by check: CheckID) {
        with(subject) { automaton, state in
            for incident in state.incidents where incident.check == check && incident.sources.isEmpty {
                if state.attempt?.rule == incident.rule { automaton.leaveAttempt(&state) }
                automaton.close(incident.rule, subject, &state, .gone, at: automaton.now)
            }
            automaton.evaluate(subject, &state)
        }
    }

    /// The check sees, and nothing changed since it saw everything.
    mutating func stayCurrent(_ check: CheckID) {
        guard let state = checks[check], let before = state.currentAt else { return }
        see(check, state)
        if state.blind != nil || now - before > policy.staleAfter { evaluateOpen(check) }
    }

    /// The check cannot see: what it reported is unknown.
    mutating func goBlind(_ check: CheckID, _ why: String) {
        guard checks[check] != nil else { return }
        checks[check]?.blind = why
        evaluateOpen(check)
    }

    /// The check sees from now on. After a gap longer than the staleness limit nobody knows that what is unhealthy was so all the time:
    /// its delay starts anew.
    private mutating func see(_ check: CheckID, _ before: CheckState) {
        checks[check]?.currentAt = now
        checks[check]?.blind = nil
        let isGap = before.currentAt.map { now - $0 > policy.staleAfter } ?? false
        if !restorable.isEmpty, isGap || before.blind != nil {
            let now = now
            withRestorations(of: check) { $0.healthySince = now }
        }
        guard isGap else { return }
        for subject in openSubjects[check] ?? [] {
            guard let state = subjects.index(forKey: subject) else { continue }
            for index in subjects.values[state].incidents.indices where subjects.values[state].incidents[index].check == check {
                guard now - subjects.values[state].incidents[index].observedAt > policy.staleAfter else { continue }
                subjects.values[state].incidents[index].restartDelay(at: now)
            }
        }
    }

    private mutating func evaluateOpen(_ check: CheckID) {
        for subject in (openSubjects[check] ?? []).sorted() {
            with(subject) { automaton, state in automaton.evaluate(subject, &state) }
        }
    }

    /// Gives the finding the rule's verdict and keeps the incident by it. Answers whether anything can follow: the same verdict on the
    /// same fault changes nothing, since all that time changes has its own deadline.
    mutating func judge(
        _ finding: Finding, cameStale: Bool, _ ruleIndex: Int, _ check: CheckState, _ subject: Subject, _ state: inout SubjectState
    ) -> Bool {
        let judgement = judgement(finding, cameStale: cameStale, ruleIndex)
        if !state.restorations.isEmpty { note(judgement, rules[ruleIndex].name, check, &state) }
        if rules[ruleIndex].subject != nil { return judge(source: judgement, ruleIndex, check, subject, &state) }
        return take(judgement, ruleIndex, check, subject, &state)
    }

    /// What the rule makes of a finding, by its tiers and, where it fires ahead, by the trend.
    func judgement(_ finding: Finding, cameStale: Bool, _ ruleIndex: Int) -> Judgement {
        let unwell = rules[ruleIndex].subject == nil ? finding.unwell : nil
        if cameStale {
            return Judgement(finding: finding, cameStale: true, verdict: .unknown("observed too long ago"), unwell: unwell)
        }
        let verdict = Rule.verdict(finding.observation, rules[ruleIndex].tiers, rules[ruleIndex].name)
        var judgement = Judgement(finding: finding, cameStale: false, verdict: verdict, unwell: unwell)
        if rules[ruleIndex].predict != nil, verdict == .healthy, let (priority, why) = foresee(finding, rules[ruleIndex]) {
            (judgement.verdict, judgement.forecast) = (.unhealthy(priority), why)
        }
        return judgement
    }

    /// Opens the rule's incident, or goes on with it.
    mutating func take(
        _ judgement: Judgement, _ ruleIndex: Int, _ check: CheckState, _ subject: Subject, _ state: inout SubjectState
    ) -> Bool {
        let (finding, cameStale, verdict) = (judgement.finding, judgement.cameStale, judgement.verdict)
        guard let index = state.incidents.firstIndex(where: { $0.rule == rules[ruleIndex].name }) else {
            guard !cameStale, case .unhealthy(let priority) = verdict else { return false }
            open(judgement, rules[ruleIndex], priority, check, subject, &state)
            return true
        }
        let incident = state.incidents[index]
        let lastSeen = max(incident.observedAt, check.currentAt ?? .epoch)
        let isGap = now - lastSeen > policy.staleAfter
        var follows = isGap || incident.followsAnyFinding || cameStale != incident.cameStale
        state.incidents[index].cameStale = cameStale
        state.incidents[index].round = check.round
        state.incidents[index].observedAt = min(now, finding.observedAt)
        state.incidents[index].verdict = verdict
        state.incidents[index].unwell = judgement.unwell
        switch verdict {
        case .unhealthy(let priority):
            // Nobody knows that it was unhealthy all through the gap.
            if isGap || incident.unknownSince.map({ now - $0 > policy.staleAfter }) ?? false {
                state.incidents[index].since.forget()
                state.incidents[index].hurry = nil
            }
            if !incident.finding.observation.isSameOccurrence(as: finding.observation) {
                if incident.isToldAgain(at: now) {
                    state.incidents[index].held = nil
                    state.incidents[index].toldAgainAt = now
                }
                follows = true
            }
            if incident.forecast != nil, judgement.forecast == nil, state.incidents[index].retry != nil {
                // What was refused ahead of the threshold is asked again when it is crossed.
                state.incidents[index].retry = nil
                follows = true
            }
            state.incidents[index].unknownSince = nil
            state.incidents[index].finding = finding
            state.incidents[index].forecast = judgement.forecast
            state.incidents[index].other = nil
            state.incidents[index].since.observe(priority, at: now)
            if incident.priority != priority {
                state.incidents[index].priority = priority
                tell(state.incidents[index], subject, .priority(from: incident.priority))
                follows = true
            }
        case .unknown:
            if incident.unknownSince == nil { state.incidents[index].unknownSince = now }
            state.incidents[index].other = finding.observation
        case .healthy:
            state.incidents[index].unknownSince = nil
            state.incidents[index].other = finding.observation
        }
        return follows || incident.verdict != verdict
    }

    private mutating func open(
        _ judgement: Judgement, _ rule: Rule, _ priority: Priority, _ check: CheckState, _ subject: Subject, _ state: inout SubjectState
    ) {
        var since = PrioritySince()
        since.observe(priority, at: now)
        var incident = IncidentState(
            rule: rule.name, check: rule.check, detectedAt: now, finding: judgement.finding,
            observedAt: min(now, judgement.finding.observedAt), round: check.round, verdict: judgement.verdict, priority: priority,
            since: since)
        incident.forecast = judgement.forecast
        incident.unwell = judgement.unwell
        if rule.subject != nil { incident.sources = [IncidentSource(judgement: judgement, round: check.round)] }
        state.incidents.append(incident)
        openSubjects[rule.check, default: []].insert(subject)
        tell(incident, subject, .opened)

        guard let memory = state.memories.firstIndex(where: { $0.rule == rule.name }),
            let closed = state.memories[memory].closed
        else { return }
        state.memories[memory].closed = nil
        if now - closed.at > state.memories[memory].breaker.forgottenAfter(policy) {
            let (cooldown, objection) = (state.memories[memory].cooldown, state.memories[memory].objection)
            state.memories[memory] = RuleMemory(rule: rule.name)
            (state.memories[memory].cooldown, state.memories[memory].objection) = (cooldown, objection)
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
            state.memories[memory].closed = RuleMemory.Closed(at: now, healed: ending == .healed)
            // A person's word was about this incident; a later one is asked about again.
            if state.memories[memory].approval?.by != nil { state.memories[memory].approval = nil }
        }
        tell(incident, subject, .closed(ending), at: at)
    }
}
