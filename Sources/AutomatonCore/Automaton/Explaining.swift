/// What the automaton does about an incident now, and why.
public struct Standing: Hashable, Sendable {
    /// The guard that says no; nil while an attempt is planned or nothing holds it.
    public var hold: Decision.Guard?
    /// Why, with figures as they are now.
    public var reason: String
    /// When that may change; nil where no time is known.
    public var until: Instant?
}

extension Automaton {
    /// What is done about an incident at `instant`, and why; nil when it is not open. Changes nothing.
    public func standing(_ key: IncidentKey, at instant: Instant) -> Standing? {
        var copy = self
        copy.now = max(now, instant)
        var standing: Standing?
        copy.with(key.subject) { automaton, state in
            guard let index = state.incidents.firstIndex(where: { $0.rule == key.rule }) else { return }
            if let attempt = state.attempt, attempt.authorisedAt == nil, attempt.rule == key.rule {
                standing = Standing(reason: "\(attempt.step.use) is being planned")
                return
            }
            let hold = automaton.hold(index, key.subject, &state)
            standing = Standing(hold: hold?.hold, reason: hold?.reason() ?? "it is due now", until: hold?.until)
        }
        return standing
    }

    /// What each rule on a check makes of a finding, by the rule's name; of rules that mend what the finding is about, or something else.
    public func verdicts(of finding: Finding, by check: CheckID) -> [(rule: String, subject: Subject?, verdict: Verdict)] {
        guard let state = checks[check] else { return [] }
        return state.rules.map { index in
            let cameStale = now - finding.observedAt > policy.staleAfter && now - (state.currentAt ?? .epoch) > policy.staleAfter
            let verdict = state.blind.map { Verdict.unknown($0) } ?? judgement(finding, cameStale: cameStale, index).verdict
            return (rules[index].name, rules[index].target(of: finding), verdict)
        }
    }
}
