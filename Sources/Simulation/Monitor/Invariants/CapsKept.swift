import AutomatonCore

/// The automaton never sets replicas above MAX_REPLICAS or below MIN_REPLICAS, nor memory above MAX_MEMORY.
final class CapsKept: Invariant {
    static let name = "caps kept"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .wrote(let landing) = fact, case .automaton(let run) = landing.by else { return nil }
        let when = landing.stamp.map { scene.truth($0.at, of: run) } ?? scene.now
        let limits = scene.limits(of: run, at: when).map(\.policy)
        guard let most = limits.map(\.maximumReplicas).max(), let fewest = limits.map(\.minimumReplicas).min(),
            let memory = limits.map(\.maximumMemory).max()
        else { return "a write of run \(run), which was never given any limits" }
        if let count = landing.after.replicas, count != landing.before.replicas {
            if count > most { return "\(landing.subject) was given \(count) replicas, MAX_REPLICAS is \(most)" }
            if count < fewest { return "\(landing.subject) was given \(count) replicas, MIN_REPLICAS is \(fewest)" }
        }
        let limit = landing.after.template.limit
        // Taking back may restore what a person had set above the cap.
        if limit != landing.before.template.limit, limit > memory, landing.stamp != nil {
            return "\(landing.subject) was given a memory limit of \(limit), MAX_MEMORY is \(memory)"
        }
        return nil
    }
}
