extension Automaton {
    /// Takes new rules and limits. Cooldowns, breakers and attempts in flight go on; incidents of rules that are gone are closed.
    mutating func configure(_ rules: [Rule], _ policy: SafetyPolicy) {
        if self.policy.dryRun, !policy.dryRun { budget.forgetShown() }
        self.policy = policy
        let before = Dictionary(self.rules.map { ($0.name, $0.remediations) }) { first, _ in first }
        // A rule whose list of remediations changed begins it anew; other times to verify are no other list.
        let restarted = Set(
            rules.filter { rule in
                before[rule.name].map { old in
                    old.map(\.use) != rule.remediations.map(\.use) || old.map(\.attempts) != rule.remediations.map(\.attempts)
                } ?? false
            }.map(\.name))
        self.rules = rules
        longestCooldown = rules.reduce(policy.cooldown) { max($0, $1.cooldown ?? .zero) }
        ruleIndex = [:]
        inhibitors = [:]
        var watched: [CheckID: CheckState] = [:]
        for (index, rule) in rules.enumerated() {
            ruleIndex[rule.name] = index
            for inhibited in rule.inhibits where inhibited != rule.name { inhibitors[inhibited, default: []].append(rule.name) }
            if watched[rule.check] == nil {
                watched[rule.check] = checks[rule.check] ?? CheckState(id: rule.check)
                watched[rule.check]?.rules = []
                watched[rule.check]?.direct = []
                watched[rule.check]?.mapped = []
                watched[rule.check]?.foresees = false
            }
            watched[rule.check]?.rules.append(index)
            if rule.predict != nil { watched[rule.check]?.foresees = true }
            if rule.subject == nil { watched[rule.check]?.direct.append(index) } else { watched[rule.check]?.mapped.append(index) }
        }
        checks = watched
        census = census.filter { watched[$0.key] != nil }
        // Another list of remediations may help where the old one did not.
        for rule in restarted where memory.efficacies[rule]?.steppedDownAt != nil { reinstate(rule) }
        arrangeNextLook()
        watchStorms()
        trends = trends.filter { key, _ in ruleIndex[key.rule].map { rules[$0].check == key.check && rules[$0].predict != nil } ?? false }
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in
                for index in state.memories.indices where restarted.contains(state.memories[index].rule) {
                    state.memories[index].step = 0
                    state.memories[index].attemptsAtStep = 0
                    state.memories[index].breaker.closeIfExhausted()
                }
                automaton.dropRestorations(&state)
                if let rule = state.attempt?.rule, restarted.contains(rule) { automaton.outdate(&state) }
                automaton.rejudge(subject, &state)
            }
        }
    }

    /// Holds what is known of the subject against the rules as they are now, also against rules that are new. A subject that was well under
    /// the rules before is not known: the check's next report tells.
    private mutating func rejudge(_ subject: Subject, _ state: inout SubjectState) {
        var latest: [(check: CheckID, finding: Finding, cameStale: Bool)] = []
        let rounds = Dictionary(state.incidents.map { ($0.check, $0.round) }, uniquingKeysWith: min)
        for incident in state.incidents {
            var findings = incident.sources.map { ($0.judgement.finding, $0.judgement.cameStale) }
            if findings.isEmpty {
                var finding = incident.finding
                (finding.observedAt, finding.observation) = (incident.observedAt, incident.other ?? incident.finding.observation)
                findings = [(finding, incident.cameStale)]
            }
            for (finding, cameStale) in findings
            where !latest.contains(where: { $0.check == incident.check && $0.finding.subject == finding.subject }) {
                latest.append((incident.check, finding, cameStale))
            }
            if let index = ruleIndex[incident.rule], rules[index].check == incident.check,
                rules[index].target(of: incident.finding) == subject
            {
                continue
            }
            if state.attempt?.rule == incident.rule { leaveAttempt(&state) }
            close(incident.rule, subject, &state, .ruleRemoved, at: now)
        }
        for (check, finding, cameStale) in latest {
            guard var known = checks[check] else { continue }
            // Nobody looked again: what an earlier run remembered is not seen by this one yet.
            if let round = rounds[check] { known.round = min(round, known.round) }
            for index in known.rules where rules[index].target(of: finding) == subject {
                _ = judge(finding, cameStale: cameStale, index, known, subject, &state)
            }
        }
    }
}
