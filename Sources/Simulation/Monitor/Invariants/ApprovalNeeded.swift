import AutomatonCore
import Engine

/// Each attempt of a rule in mode `approve` was confirmed by a person, for this very incident; one word is good for one attempt,
/// and one that is tried again is asked about again.
final class ApprovalNeeded: Invariant {
    static let name = "nothing done unasked"

    /// Words that were not used yet.
    private var words: [Scene.Hearer: Int] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .confirmed(let run, let incident): words[scene.hearer(run, incident), default: 0] += 1
        case .told(let run, .incident(let change)):
            if case .closed = change.kind { words[scene.hearer(run, change.incident.key)] = nil }
        case .applying(let run, let plan, let stamp):
            guard scene.isForbidden(stamp, by: run, { rule, _ in rule.mode == .approve }) else { return nil }
            let hearer = scene.hearer(run, IncidentKey(rule: stamp.rule, subject: plan.subject))
            guard let left = words[hearer], left > 0 else {
                return "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun, and nobody confirmed it"
            }
            words[hearer] = left - 1
        default: break
        }
        return nil
    }
}
