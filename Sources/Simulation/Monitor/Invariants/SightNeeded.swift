import AutomatonCore

/// No attempt on what is unknown, stale, gone or healthy, nor before the check saw everything.
final class SightNeeded: Invariant {
    static let name = "no action on unknown or stale"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact, let hearing = scene.hearings[run] else { return nil }
        let at = scene.truth(stamp.at, of: run)
        var why: String?
        for (rules, policy) in scene.limits(of: run, at: at) {
            guard let rule = rules.first(where: { $0.name == stamp.rule }) else {
                why = "rule \(stamp.rule) is not in force"
                continue
            }
            // A forecast acts before anything is unhealthy.
            if rule.predict != nil { return nil }
            guard
                let objection = hearing.objection(
                    rule, on: plan.subject, at: at, staleAfter: policy.staleAfter, skew: scene.skews[run] ?? .zero)
            else { return nil }
            why = objection
        }
        return why.map { "\(stamp.attempt) (\(stamp.remediation), rule \(stamp.rule)) on \(plan.subject): \($0)" }
    }
}
