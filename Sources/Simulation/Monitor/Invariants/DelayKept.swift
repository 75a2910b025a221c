import AutomatonCore
import Engine

/// No attempt before the priority's delay is over. One that is tried again is the same attempt.
final class DelayKept: Invariant {
    static let name = "delays kept"

    private var begun: Set<AttemptID> = []
    /// Incidents that have been open since an attempt waited long enough. While an attempt is watched its incident stays open, also when
    /// the fault is away for a moment: what is tried next goes on with it.
    private var waited: [RunName: Set<IncidentKey>] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        if case .told(let run, let event) = fact, case .incident(let change) = event, case .closed = change.kind {
            waited[run]?.remove(change.incident.key)
        }
        // With a journal, what was waited before a crash is not waited again, and no run was told all of it.
        guard case .applying(let run, let plan, let stamp) = fact, let hearing = scene.hearings[run], !scene.features.journal,
            begun.insert(stamp.attempt).inserted
        else { return nil }
        let incident = IncidentKey(rule: stamp.rule, subject: plan.subject)
        if waited[run, default: []].contains(incident) { return nil }
        let at = scene.truth(stamp.at, of: run)
        var why: String?
        for (rules, policy) in scene.limits(of: run, at: at) {
            guard let rule = rules.first(where: { $0.name == stamp.rule }), rule.predict == nil else { return nil }
            for priority in Priority.allCases {
                if let since = hearing.since(priority, rule, on: plan.subject), at - since >= policy.delay(priority) {
                    waited[run, default: []].insert(incident)
                    return nil
                }
            }
            why = "\(stamp.attempt) of rule \(rule.name) on \(plan.subject) did not wait until a delay was over"
        }
        return why
    }
}
