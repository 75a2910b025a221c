import AutomatonCore

/// Nothing is written to a workload whose annotations said no when it was read for the plan. What a person writes to it later changes its
/// version.
final class WishesHeeded: Invariant {
    static let name = "what an object asks for is heeded"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact, let reads = scene.attempts[stamp.attempt]?.reads, !reads.isEmpty
        else { return nil }
        let needsYes = scene.isForbidden(stamp, by: run) { _, policy in policy.requiresOptIn }
        // A time is held against the run's own clock.
        let noes = reads.compactMap { no($0.wish, at: stamp.at) ?? (needsYes && $0.wish.mode != .auto ? "nothing, and must opt in" : nil) }
        guard noes.count == reads.count, let no = noes.last else { return nil }
        return "\(stamp.attempt) (\(stamp.remediation)) on \(plan.subject), which said when it was read: \(no)"
    }

    private func no(_ wish: ObjectWish, at now: Instant) -> String? {
        if let problem = wish.problem { return problem }
        switch wish.mode {
        case .ignore, .observe: return "mode \(wish.mode?.rawValue ?? "")"
        case .auto, nil: break
        }
        return wish.pausedUntil.flatMap { $0 > now ? "paused until \($0.rfc3339)" : nil }
    }
}
