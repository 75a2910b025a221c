import AutomatonCore

/// Every write of the automaton is one that it announced: a planned change under its stamp, or an inverse.
final class WritesAreOwn: Invariant {
    static let name = "every write is a planned one"

    private var inverses: [Subject: Set<WorkloadWrite>] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .reverting(_, let plan): if let inverse = plan.inverse { inverses[plan.subject, default: []].insert(inverse) }
        case .wrote(let landing):
            guard case .automaton(let run) = landing.by else { return nil }
            if let stamp = landing.stamp {
                guard let attempt = scene.attempts[stamp.attempt], attempt.plan.subject == landing.subject else {
                    return "run \(run) wrote to \(landing.subject) under a stamp that it never announced: \(stamp.attempt)"
                }
                if landing.after == landing.before { return "\(stamp.attempt) changed nothing of \(landing.subject)" }
            } else if inverses[landing.subject]?.isEmpty ?? true {
                return "run \(run) wrote to \(landing.subject) without a stamp, and takes nothing back"
            }
        default: break
        }
        return nil
    }
}
