import AutomatonCore

/// The replicas that an autoscaler sets are left to it.
final class AutoscalersRespected: Invariant {
    static let name = "no autoscaler fought"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .wrote(let landing) = fact, case .automaton(let run) = landing.by, landing.isAutoscaled,
            landing.before.replicas != landing.after.replicas
        else { return nil }
        return "run \(run) set the replicas of \(landing.subject), which an autoscaler sets"
    }
}
