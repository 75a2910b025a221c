import AutomatonCore

/// No attempt before the priority's delay is over. One that is tried again is the same attempt.
final class DelayKept: Invariant {
    static let name = "delays kept"

    private var begun: Set<AttemptID> = []

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        // With a journal, what was waited before a crash is not waited again, and no run was told all of it.
        guard case .applying(let run, let plan, let stamp) = fact, let hearing = scene.hearings[run], !scene.features.journal,
            begun.insert(stamp.attempt).inserted
        else { return nil }
        let at = scene.truth(stamp.at, of: run)
        var why: String?
        for (rules, policy) in scene.limits(of: run, at: at) {
            guard let rule = rules.first(where: { $0.name == stamp.rule }), rule.predict == nil else { return nil }
            for priority in Priority.allCases {
                if let since = hearing.since(priority, rule, on: plan.subject), at - since >= policy.delay(priority) { return nil }
            }
            why = "\(stamp.attempt) of rule \(rule.name) on \(plan.subject) did not wait until a delay was over"
        }
        return why
    }
}
