import AutomatonCore
import Engine

/// A rule whose attempts did not help so often in a row begins nothing more until a person lets it, or its remediations change.
///
/// Only attempts of which the run certainly knows that they did not help are counted: fewer than it counts itself.
final class RulesStepDown: Invariant {
    static let name = "rules that do not help step down"

    private struct Row {
        var ineffective = 0
        /// When it should have stepped down.
        var isDownSince: Instant?
    }

    private var rows: [RunName: [String: Row]] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .told(let run, let event):
            switch event {
            case .incident(let change):
                if case .verified(_, _, let outcome) = change.kind { verified(change.incident.key, outcome, run, scene) }
            case .noticed(.reinstated(let rule)): rows[run]?[rule] = nil
            default: break
            }
        case .configured(let run, _, _):
            // A list that changed has its rule act again.
            rows[run] = nil
        case .tookOver(let run):
            // Another run may have been told to let it act again.
            rows[run] = nil
        case .applying(let run, let plan, let stamp):
            guard let since = rows[run]?[stamp.rule]?.isDownSince, scene.truth(stamp.at, of: run) > since + .seconds(1) else { return nil }
            return "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun after "
                + "\(rows[run]?[stamp.rule]?.ineffective ?? 0) attempts in a row that did not help"
        default: break
        }
        return nil
    }

    private func verified(_ incident: IncidentKey, _ outcome: IncidentChange.Outcome, _ run: RunName, _ scene: Scene) {
        guard outcome != .helped else {
            rows[run]?[incident.rule] = nil
            return
        }
        guard let hearing = scene.hearings[run] else { return }
        for (rules, policy) in scene.limits(of: run, at: scene.now) {
            guard let rule = rules.first(where: { $0.name == incident.rule }) else { return }
            // What is unknown, or another rule's fault, is not held against it.
            if hearing.objection(
                rule, on: incident.subject, at: scene.now, staleAfter: policy.staleAfter, skew: scene.skews[run] ?? .zero) != nil
            {
                return
            }
            if rules.contains(where: {
                $0.inhibits.contains(rule.name) && hearing.since(.low, $0, on: incident.subject) != nil
            }) {
                return
            }
        }
        var row = rows[run]?[incident.rule] ?? Row()
        row.ineffective += 1
        let threshold = scene.limits(of: run, at: scene.now).map(\.policy.ruleThreshold).max() ?? .max
        if row.ineffective >= threshold, row.isDownSince == nil { row.isDownSince = scene.now }
        rows[run, default: [:]][incident.rule] = row
    }
}
