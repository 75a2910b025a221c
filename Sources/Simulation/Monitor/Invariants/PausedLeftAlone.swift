import AutomatonCore

/// Nothing is rolled out on a Deployment whose rollout a person paused, as it was when it was read.
final class PausedLeftAlone: Invariant {
    static let name = "no rollout of what is paused"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(_, let plan, let stamp) = fact, let reads = scene.attempts[stamp.attempt]?.reads, !reads.isEmpty,
            EnoughStayReady.replacesPods(plan), reads.allSatisfy(\.paused)
        else { return nil }
        return "\(stamp.attempt) (\(stamp.remediation)) on \(plan.subject), whose rollout was paused"
    }
}
