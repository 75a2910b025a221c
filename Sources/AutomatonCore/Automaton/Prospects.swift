/// What would be done about an incident if a person asked that it does not wait. Nothing is done, noted or counted for it.
public struct Prospect: Hashable, Sendable {
    /// What it comes to.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// The plan would be written.
        case act
        /// The plan waits for a person to confirm it, or would.
        case ask
        /// The plan would be shown, and nothing changed: dry run, or mode `observe` of the rule or the object.
        case show
        /// A guard says no, or it is at it already.
        case hold
    }

    /// The incident.
    public var incident: Incident
    /// What it comes to.
    public var outcome: Outcome
    /// Why, with figures; and the guard that says no.
    public var standing: Standing
    /// What would be used; nil where nothing is planned.
    public var remediation: String?
    /// The plan in a line; nil where there is none.
    public var summary: String?
    /// Each field that would change; empty where nothing is planned.
    public var changes: [Change] = []
}

/// A remediation that is asked for a plan: the same question of the same incident.
public struct PlanQuestion: Hashable, Sendable {
    /// The incident.
    public let incident: IncidentKey
    /// Index in the rule's remediations.
    public let step: Int
    /// The remediation that stands there.
    public let remediation: String

    /// The question that a request asks.
    public init(_ request: PlanRequest) {
        incident = IncidentKey(rule: request.rule, subject: request.subject)
        step = request.step
        remediation = request.remediation
    }
}

extension Automaton {
    /// What would be done about these incidents if a person asked for them at `instant`, in this order; of those that are open.
    ///
    /// It is tried on a copy, with every guard, and the copy is thrown away: what the first one would take of the budget the next one lacks.
    /// - Parameters:
    ///   - keys: whose.
    ///   - instant: when they would be asked for.
    ///   - answers: what remediations answered so far: ``Event/planned(_:_:)``, ``Event/refused(_:_:)`` or ``Event/unavailable(_:_:retryAfter:)``.
    /// - Returns: also the questions that are still to be asked.
    public func prospects(
        of keys: [IncidentKey], answers: [PlanQuestion: Event], at instant: Instant
    ) -> (prospects: [Prospect], wanted: [PlanRequest]) {
        var copy = self
        var prospects: [Prospect] = []
        var wanted: [PlanRequest] = []
        for key in keys {
            guard let incident = copy.incident(key) else { continue }
            var effects = copy.step(.hurried(key, by: ""), at: instant)
            var (told, open) = ([Decision](), nil as PlanRequest?)
            // Each remediation answers once; what it refuses the next of the list is asked for.
            for _ in 0...(ruleIndex[key.rule].map { rules[$0].remediations.count } ?? 0) {
                guard let request = effects.request(for: key) else { break }
                guard let answer = answers[PlanQuestion(request)]?.answering(request.attempt) else {
                    open = request
                    break
                }
                effects = copy.step(answer, at: instant)
                told += effects.decisions(on: key)
            }
            if let open { wanted.append(open) }
            prospects.append(copy.prospect(of: incident, told, isOpen: open != nil, at: instant))
        }
        return (prospects, wanted)
    }

    private func prospect(of incident: Incident, _ told: [Decision], isOpen: Bool, at instant: Instant) -> Prospect {
        for decision in told.reversed() {
            let standing = Standing(reason: decision.reason, until: decision.until)
            func planned(_ outcome: Prospect.Outcome, _ remediation: String, _ plan: Plan) -> Prospect {
                Prospect(
                    incident: incident, outcome: outcome, standing: standing, remediation: remediation, summary: plan.summary,
                    changes: plan.changes)
            }
            switch decision.choice {
            case .act(_, let remediation, let plan): return planned(.act, remediation, plan)
            case .askApproval(let remediation, let plan): return planned(.ask, remediation, plan)
            case .wouldAct(let remediation, let plan): return planned(.show, remediation, plan)
            case .hold, .revert, .restore, .escalate, .tellPerson: continue
            }
        }
        if isOpen { return Prospect(incident: incident, outcome: .hold, standing: Standing(reason: "there is no plan yet")) }
        let standing = standing(incident.key, at: instant) ?? Standing(reason: "it is over")
        if standing.hold == .approval, let question = question(of: incident.key, at: instant) {
            return Prospect(incident: incident, outcome: .ask, standing: standing, changes: question)
        }
        // What a remediation, the world or a cap says says more than the quiet that follows it.
        let refusal = told.last { decision in
            guard case .hold(let hold) = decision.choice else { return false }
            return [.refused, .cap, .owned, .minimumHealthy, .backoff].contains(hold)
        }
        if let refusal, case .hold(let hold) = refusal.choice {
            return Prospect(
                incident: incident, outcome: .hold, standing: Standing(hold: hold, reason: refusal.reason, until: standing.until))
        }
        return Prospect(incident: incident, outcome: .hold, standing: standing)
    }
}

extension [Effect] {
    fileprivate func request(for key: IncidentKey) -> PlanRequest? {
        for case .plan(let request) in self where request.rule == key.rule && request.subject == key.subject { return request }
        return nil
    }

    fileprivate func decisions(on key: IncidentKey) -> [Decision] {
        compactMap { if case .decided(let decision) = $0, decision.incident == key { decision } else { nil } }
    }
}

extension Event {
    /// The same answer to a question that was asked for another attempt; nil when it is none.
    fileprivate func answering(_ attempt: AttemptID) -> Event? {
        switch self {
        case .planned(_, let plan): .planned(attempt, plan)
        case .refused(_, let why): .refused(attempt, why)
        case .unavailable(_, let why, let wait): .unavailable(attempt, why, retryAfter: wait)
        default: nil
        }
    }
}
