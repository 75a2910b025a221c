import AutomatonCore

/// Nothing is begun under a rule while another one explains its fault on the same subject.
final class InhibitionKept: Invariant {
    static let name = "inhibition kept"

    /// What came in right before may not have been heard yet.
    private static let moment: Duration = .seconds(5)

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact, let hearing = scene.hearings[run] else { return nil }
        let at = scene.truth(stamp.at, of: run)
        var inhibitor: String?
        for (rules, _) in scene.limits(of: run, at: at) {
            let found = rules.first { rule in
                rule.inhibits.contains(stamp.rule) && hearing.since(.low, rule, on: plan.subject).map { at - $0 > Self.moment } ?? false
            }
            guard let found else { return nil }
            inhibitor = found.name
        }
        return inhibitor.map { "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun, and rule \($0) explains its fault" }
    }
}
