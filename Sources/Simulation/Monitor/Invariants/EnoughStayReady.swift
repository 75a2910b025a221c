import AutomatonCore

/// Nothing that replaces pods is begun where that may leave fewer of them ready than MIN_HEALTHY, as the workload was when it was read for
/// the plan. What a rollout cannot make worse may be restarted.
final class EnoughStayReady: Invariant {
    static let name = "enough pods stay ready"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact, let attempt = scene.attempts[stamp.attempt],
            !attempt.reads.isEmpty, Self.replacesPods(plan)
        else { return nil }
        let quotas = scene.limits(of: run, at: attempt.authorised).map(\.policy.minimumHealthy)
        for read in attempt.reads {
            guard let ready = read.readyReplicas, let wanted = read.desired, let takesDown = read.takesDown else { return nil }
            // What is not ready is replaced first; then so many that are, as the strategy allows.
            let worst = min(ready, max(0, wanted - takesDown))
            if worst == ready || quotas.contains(where: { worst >= min(wanted, Self.fewest($0, of: wanted)) }) { return nil }
        }
        guard let read = attempt.reads.last, let quota = quotas.last else { return nil }
        return "\(stamp.attempt) (\(stamp.remediation)) on \(plan.subject): \(read.readyReplicas ?? 0) of \(read.desired ?? 0) pods were "
            + "ready, a rollout takes down \(read.takesDown ?? 0), MIN_HEALTHY is \(quota)"
    }

    static func replacesPods(_ plan: Plan) -> Bool {
        plan.write.workload?.edits.contains { if case .replicas = $0 { false } else { true } } ?? false
    }

    private static func fewest(_ quota: Quota, of wanted: Int) -> Int {
        switch quota {
        case .count(let count): count
        case .percent(let percent): wanted * percent / 100
        }
    }
}
