/// What the automaton does about an incident now, and why.
public struct Standing: Hashable, Sendable {
    /// The guard that says no; nil while an attempt is planned or nothing holds it.
    public var hold: Decision.Guard?
    /// Why, with figures as they are now.
    public var reason: String
    /// When that may change; nil where no time is known.
    public var until: Instant?

    /// Makes a standing.
    public init(hold: Decision.Guard? = nil, reason: String, until: Instant? = nil) {
        self.hold = hold
        self.reason = reason
        self.until = until
    }
}

extension Automaton {
    /// What is done about an incident at `instant`, and why; nil when it is not open. Changes nothing.
    public func standing(_ key: IncidentKey, at instant: Instant) -> Standing? { standings([key], at: instant)[key] }

    /// What is done about each of these incidents at `instant`, and why; of those that are open. Changes nothing.
    public func standings(_ keys: [IncidentKey], at instant: Instant) -> [IncidentKey: Standing] {
        // Guards may note what they see: they are asked on one copy for all, since a copy costs as much as there are subjects.
        var copy = self
        copy.now = max(now, instant)
        var standings: [IncidentKey: Standing] = [:]
        for key in keys {
            copy.with(key.subject) { automaton, state in
                guard let index = state.incidents.firstIndex(where: { $0.rule == key.rule }) else { return }
                if let attempt = state.attempt, attempt.authorisedAt == nil, attempt.rule == key.rule {
                    standings[key] = Standing(reason: "\(attempt.step.use) is being planned")
                    return
                }
                let hold = automaton.hold(index, key.subject, &state)
                standings[key] = Standing(hold: hold?.hold, reason: hold?.reason() ?? "it is due now", until: hold?.until)
            }
        }
        return standings
    }

    /// What a rule in mode `approve` asks a person to confirm; nil when it asks nobody.
    public func question(of key: IncidentKey, at instant: Instant) -> [Change]? {
        guard let approval = subjects[key.subject]?.memories.first(where: { $0.rule == key.rule })?.approval, approval.by == nil,
            max(now, instant) < approval.until
        else { return nil }
        return approval.changes
    }

    /// Until when an incident's attempt is held against the findings that follow; nil when none is.
    public func verification(of key: IncidentKey) -> Instant? {
        guard let attempt = subjects[key.subject]?.attempt, attempt.rule == key.rule, case .verifying(let until) = attempt.phase else {
            return nil
        }
        return until
    }

    /// Why a rule would not act at once on a subject that became unhealthy at `instant`, by what was tried lately; nil when it would.
    public func quiet(_ key: IncidentKey, at instant: Instant) -> Standing? {
        guard let rule = ruleIndex[key.rule].map({ rules[$0] }), let state = subjects[key.subject] else { return nil }
        // Guards look at the present of the automaton that they are asked of.
        var copy = self
        copy.now = max(now, instant)
        guard let memory = state.memories.firstIndex(where: { $0.rule == key.rule }) else { return nil }
        if let hold = copy.cooldownHold(rule, memory, state, own: nil) {
            return Standing(hold: hold.hold, reason: hold.reason(), until: hold.until)
        }
        let breaker = state.memories[memory].breaker
        guard let until = breaker.openUntil, until > copy.now else { return nil }
        return Standing(hold: breaker.isExhausted ? .exhausted : .breaker, reason: breaker.why, until: until)
    }

    /// The rules in force, sorted as they were given.
    public var rulesInForce: [Rule] { rules }

    /// When a check last saw everything, or that nothing changed; nil when it never did.
    public func currentAt(_ check: CheckID) -> Instant? { checks[check]?.currentAt }

    /// Checks that cannot see, and why.
    public var blindChecks: [(check: CheckID, why: String)] {
        checks.values.compactMap { check in check.blind.map { (check.id, $0) } }.sorted { $0.check < $1.check }
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
