import AutomatonCore

/// Nothing is written in dry run, nor for a rule that only observes.
final class DryRunWritesNothing: Invariant {
    static let name = "dry run writes nothing"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact else { return nil }
        let limits = scene.limits(of: run, at: scene.truth(stamp.at, of: run))
        let mayAct = limits.contains { limits in
            !limits.policy.dryRun && limits.rules.contains { $0.name == stamp.rule && $0.mode != .observe }
        }
        return mayAct ? nil : "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was written although nothing may be"
    }
}
