extension Automaton {
    /// Takes new rules and limits. Cooldowns, breakers and attempts in flight go on; incidents of rules that are gone are closed.
    mutating func configure(_ rules: [Rule], _ policy: SafetyPolicy) {
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
            }
            watched[rule.check]?.rules.append(index)
        }
        checks = watched
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in
                for index in state.memories.indices where restarted.contains(state.memories[index].rule) {
                    state.memories[index].step = 0
                    state.memories[index].attemptsAtStep = 0
                    state.memories[index].breaker.closeIfExhausted()
                }
                if let rule = state.attempt?.rule, restarted.contains(rule) { automaton.outdate(&state) }
                automaton.rejudge(subject, &state)
            }
        }
    }

    /// Holds what is known of the subject against the rules as they are now, also against rules that are new. A subject that was well under
    /// the rules before is not known: the check's next report tells.
    private mutating func rejudge(_ subject: Subject, _ state: inout SubjectState) {
        var latest: [(check: CheckID, finding: Finding, cameStale: Bool)] = []
        for incident in state.incidents {
            if !latest.contains(where: { $0.check == incident.check }) {
                let observation = incident.other ?? incident.finding.observation
                latest.append((incident.check, Finding(subject, observedAt: incident.observedAt, observation), incident.cameStale))
            }
            if let index = ruleIndex[incident.rule], rules[index].check == incident.check { continue }
            if state.attempt?.rule == incident.rule { leaveAttempt(&state) }
            close(incident.rule, subject, &state, .ruleRemoved, at: now)
        }
        for (check, finding, cameStale) in latest {
            guard let known = checks[check] else { continue }
            for index in known.rules { _ = judge(finding, cameStale: cameStale, index, known, subject, &state) }
        }
    }
}
