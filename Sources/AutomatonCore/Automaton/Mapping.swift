/// What a rule makes of a finding.
struct Judgement: Sendable {
    var finding: Finding
    /// The finding was too old already when it came.
    var cameStale: Bool
    var verdict: Verdict
    /// Why it is unhealthy ahead of the threshold; nil when a tier holds.
    var forecast: String?
    /// How many pods of the rule's subject do not work; nil when that is not known, or the rule mends something else.
    var unwell: Int?
}

/// One of the things that a check reports on and whose workload an incident is about.
struct IncidentSource: Sendable {
    var judgement: Judgement
    /// The check's complete observation in which it was last seen, or after which.
    var round: UInt64
}

extension [IncidentSource] {
    /// The one that speaks for the incident: the most urgent, else an unknown one, since nobody knows that it is well.
    fileprivate var worst: Judgement? {
        func rank(_ verdict: Verdict) -> Int {
            switch verdict {
            case .unhealthy(let priority): 2 + Int(priority.rawValue)
            case .unknown: 1
            case .healthy: 0
            }
        }
        // The first of equals, so that it does not change from one to the other and back.
        return self.reduce(nil as IncidentSource?) { worst, next in
            guard let worst else { return next }
            return rank(next.judgement.verdict) > rank(worst.judgement.verdict) ? next : worst
        }?.judgement
    }
}

/// Rules that mend something else than their check reports on: several consumer groups may belong to one workload, and are one incident
/// of it, as the limits are those of the workload.
extension Automaton {
    /// Takes a finding for a rule with a template of its subject.
    mutating func observe(_ finding: Finding, _ cameStale: Bool, _ rule: Int, _ check: CheckState) {
        guard let subject = rules[rule].target(of: finding) else { return }
        if subjects.index(forKey: subject) == nil {
            guard !cameStale, isUnhealthy(finding, rule) else { return }
            subjects[subject] = SubjectState()
        }
        with(subject) { automaton, state in
            if automaton.judge(finding, cameStale: cameStale, rule, check, subject, &state) { automaton.evaluate(subject, &state) }
        }
    }

    /// Of all that the incident is about, the worst speaks. What was never unhealthy in it says nothing.
    mutating func judge(
        source judgement: Judgement, _ ruleIndex: Int, _ check: CheckState, _ subject: Subject, _ state: inout SubjectState
    ) -> Bool {
        guard let index = state.incidents.firstIndex(where: { $0.rule == rules[ruleIndex].name }) else {
            return take(judgement, ruleIndex, check, subject, &state)
        }
        let source = IncidentSource(judgement: judgement, round: check.round)
        if let known = state.incidents[index].sources.firstIndex(where: { $0.judgement.finding.subject == judgement.finding.subject }) {
            state.incidents[index].sources[known] = source
        } else if case .unhealthy = judgement.verdict {
            state.incidents[index].sources.append(source)
        } else {
            return false
        }
        return take(state.incidents[index].sources.worst ?? judgement, ruleIndex, check, subject, &state)
    }

    /// Drops what incidents were about and is gone; an incident that is about nothing any more is over.
    mutating func loseSources(of check: CheckID, where isLost: (IncidentSource) -> Bool) {
        guard let known = checks[check], !known.mapped.isEmpty else { return }
        for subject in (openSubjects[check] ?? []).sorted() {
            with(subject) { automaton, state in
                for incident in state.incidents where incident.check == check && incident.sources.contains(where: isLost) {
                    automaton.loseSources(of: incident.rule, known, subject, &state, where: isLost)
                }
                automaton.evaluate(subject, &state)
            }
        }
    }

    private mutating func loseSources(
        of rule: String, _ check: CheckState, _ subject: Subject, _ state: inout SubjectState, where isLost: (IncidentSource) -> Bool
    ) {
        guard let index = state.incidents.firstIndex(where: { $0.rule == rule }), let ruleIndex = ruleIndex[rule] else { return }
        state.incidents[index].sources.removeAll(where: isLost)
        if let worst = state.incidents[index].sources.worst {
            _ = take(worst, ruleIndex, check, subject, &state)
        } else {
            if state.attempt?.rule == rule { leaveAttempt(&state) }
            close(rule, subject, &state, .gone, at: now)
        }
    }
}
