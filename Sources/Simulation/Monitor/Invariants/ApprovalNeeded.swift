import AutomatonCore
import Engine

/// Each attempt of a rule in mode `approve` was confirmed by a person, for this very incident; one word is good for one attempt,
/// and one that is tried again is asked about again.
final class ApprovalNeeded: Invariant {
    static let name = "nothing done unasked"

    /// Who heard the word: a run, or with a journal all of them.
    private struct Hearer: Hashable {
        var run: RunName?
        var incident: IncidentKey
    }

    /// Words that were not used yet.
    private var words: [Hearer: Int] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .confirmed(let run, let incident): words[hearer(run, incident, scene), default: 0] += 1
        case .told(let run, .incident(let change)):
            if case .closed = change.kind { words[hearer(run, change.incident.key, scene)] = nil }
        case .applying(let run, let plan, let stamp):
            guard scene.isForbidden(stamp, by: run, { rule, _ in rule.mode == .approve }) else { return nil }
            let hearer = hearer(run, IncidentKey(rule: stamp.rule, subject: plan.subject), scene)
            guard let left = words[hearer], left > 0 else {
                return "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun, and nobody confirmed it"
            }
            words[hearer] = left - 1
        default: break
        }
        return nil
    }

    private func hearer(_ run: RunName, _ incident: IncidentKey, _ scene: Scene) -> Hearer {
        Hearer(run: scene.features.journal ? nil : run, incident: incident)
    }
}
