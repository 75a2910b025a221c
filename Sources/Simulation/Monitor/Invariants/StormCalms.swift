import AutomatonCore

/// Nothing is begun in a namespace in which too many workloads have been unhealthy for a while, as the run itself was told.
final class StormCalms: Invariant {
    static let name = "nothing begun in a storm"

    /// What was told a moment ago may cross the write.
    private static let patience: Duration = .seconds(90)

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, _) = fact, let hearing = scene.hearings[run] else { return nil }
        let limits = scene.limits(of: run, at: scene.now)
        // Counts alone: of a share it would have to know how many workloads the run knew of.
        let most = limits.map { limit in if case .count(let count) = limit.policy.stormShare { count } else { Int.max } }.max() ?? .max
        let unhealthy = hearing.unhealthy(in: plan.subject.namespace, since: scene.now - Self.patience)
        guard unhealthy > most else { return nil }
        return
            "run \(run) began something on \(plan.subject) while \(unhealthy) workloads of its namespace were unhealthy, \(most) are allowed"
    }
}
