extension Automaton {
    /// Takes new rules and limits. Cooldowns, breakers and attempts in flight go on; incidents of rules that are gone are closed.
    mutating func configure(_ rules: [Rule], _ policy: SafetyPolicy) {
        self.policy = policy
        let escalations = Dictionary(self.rules.map { ($0.name, $0.remediations) }) { first, _ in first }
        // A rule whose list of remediations changed begins it anew.
        let restarted = Set(rules.filter { rule in escalations[rule.name].map { $0 != rule.remediations } ?? false }.map(\.name))
        self.rules = rules
        ruleIndex = [:]
        rulesOfCheck = [:]
        inhibitors = [:]
        for (index, rule) in rules.enumerated() {
            ruleIndex[rule.name] = index
            rulesOfCheck[rule.check, default: []].append(index)
            for inhibited in rule.inhibits { inhibitors[inhibited, default: []].append(rule.name) }
        }
        checks = checks.filter { rulesOfCheck[$0.key] != nil }
        for check in rulesOfCheck.keys where checks[check] == nil { checks[check] = CheckState() }
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in
                for index in state.memories.indices where restarted.contains(state.memories[index].rule) {
                    state.memories[index].step = 0
                    state.memories[index].attemptsAtStep = 0
                }
                automaton.rejudge(subject, &state)
            }
        }
    }

    /// Holds open incidents against the rules as they are now.
    private mutating func rejudge(_ subject: Subject, _ state: inout SubjectState) {
        for incident in state.incidents {
            if let index = ruleIndex[incident.rule], rules[index].check == incident.check {
                let finding = incident.finding
                judge(finding, rules[index], subject, &state)
            } else {
                if state.attempt?.rule == incident.rule { endAttempt(&state) }
                close(incident.rule, subject, &state, .ruleRemoved, at: now)
            }
        }
    }
}
