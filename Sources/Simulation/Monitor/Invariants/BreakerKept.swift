import AutomatonCore
import Engine

/// After as many attempts in a row that did not help as the limits say, nothing is tried on that incident for a while.
final class BreakerKept: Invariant {
    static let name = "breaker kept"

    private var failures: [RunName: [IncidentKey: (attempts: Set<AttemptID>, last: Instant)]] = [:]
    /// The attempt that was verified last.
    private var latest: [IncidentKey: AttemptID] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .told(let run, .incident(let change)):
            switch change.kind {
            case .verified(_, _, .helped), .closed: failures[run]?[change.incident.key] = nil
            case .verified(let attempt, _, _):
                // What is recalled may be told again.
                let attempts = failures[run]?[change.incident.key]?.attempts ?? []
                failures[run, default: [:]][change.incident.key] = (attempts.union([attempt]), scene.now)
                latest[change.incident.key] = attempt
            default: break
            }
        case .told(let run, .decided(let decision)):
            // An attempt that another rule made void was not held against the findings to its end.
            if case .hold(.inhibited) = decision.choice, let last = failures[run]?[decision.incident]?.last, last == scene.now,
                let void = latest[decision.incident]
            {
                failures[run]?[decision.incident]?.attempts.remove(void)
            }
        case .killed(let run), .configured(let run, _, _):
            // A list of remediations that is new begins anew.
            failures[run] = nil
        case .applying(let run, let plan, let stamp):
            let key = IncidentKey(rule: stamp.rule, subject: plan.subject)
            guard let (attempts, last) = failures[run]?[key] else { return nil }
            let limits = scene.limits(of: run, at: scene.truth(stamp.at, of: run)).map(\.policy)
            // Limits that were others a moment ago may have let it through.
            let most = limits.map(\.breakerThreshold).max() ?? 0
            let rest = limits.map(\.breakerBackoff).min() ?? .zero
            if attempts.count >= most, scene.now - last < rest {
                return
                    "\(stamp.attempt) on \(plan.subject) although \(attempts.count) attempts of rule \(stamp.rule) in a row did not help, the last "
                    + "\((scene.now - last).readable) ago"
            }
        default: break
        }
        return nil
    }
}
