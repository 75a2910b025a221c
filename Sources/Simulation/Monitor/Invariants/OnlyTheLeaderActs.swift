import AutomatonCore

/// No write by a process that does not lead: one that saw its loss, or whose lease ran out without a renewal.
final class OnlyTheLeaderActs: Invariant {
    static let name = "only the leader acts"

    /// By run: when the request left by which it renewed the lease last; nil after it saw another holder.
    private var renewed: [RunName: Instant] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard scene.features.leadership else { return nil }
        switch fact {
        case .leaseSeen(let run, let holder, let isOwnRenewal, let sentAt):
            if isOwnRenewal { renewed[run] = sentAt } else if let holder, holder != run.description { renewed[run] = nil }
        case .applying(let run, let plan, let stamp): return objection(run, "\(stamp.attempt) on \(plan.subject)", scene)
        case .reverting(let run, let plan): return objection(run, "the taking back on \(plan.subject)", scene)
        default: break
        }
        return nil
    }

    private func objection(_ run: RunName, _ what: String, _ scene: Scene) -> String? {
        guard let at = renewed[run] else { return "run \(run) began \(what) and does not lead" }
        let age = scene.now - at
        return age > Instance.lease ? "run \(run) began \(what) \(age.readable) after it renewed its lease" : nil
    }
}
