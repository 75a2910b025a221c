import AutomatonCore

/// Of one namespace, never more workloads changed within an hour than its share, be it by an attempt or by putting back; and none of one
/// that is protected.
final class NamespaceShareKept: Invariant {
    static let name = "a namespace's share kept"

    private typealias Change = (subject: Subject, at: Instant, run: RunName)
    private var landed: [Change] = []
    /// What was begun counts, also when it did not land.
    private var begun: [(attempt: AttemptID, subject: Subject, at: Instant)] = []

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        if case .applying(let run, let plan, let stamp) = fact {
            begun.append((stamp.attempt, plan.subject, scene.truth(stamp.at, of: run)))
            return nil
        }
        guard case .wrote(let landing) = fact, case .automaton(let run) = landing.by else { return nil }
        // What is put back bears no stamp: it is written within seconds, or not at all.
        let at = landing.stamp.map { scene.truth($0.at, of: run) } ?? scene.now
        let limits = scene.limits(of: run, at: at)
        if !limits.isEmpty,
            limits.allSatisfy({ limit in limit.policy.protectedNamespaces.contains { $0.matches(landing.subject.namespace) } })
        {
            return "\(landing.stamp?.attempt.text ?? "what was put back") changed \(landing.subject), whose namespace is protected"
        }
        landed.removeAll { at - $0.at > .hours(3) }
        begun.removeAll { at - $0.at > .hours(3) }
        // What was changed already may be changed again; and what an attempt did may be taken back, however long that takes.
        let known: Duration = landing.stamp == nil ? .hours(3) : .hours(1)
        let isNew =
            !landed.contains { $0.subject == landing.subject && at - $0.at < known }
            && !begun.contains { $0.subject == landing.subject && $0.attempt != landing.stamp?.attempt && at - $0.at < known }
        // It was authorised some time before it landed.
        landed.append((landing.subject, landing.stamp == nil ? at - .minutes(1) : at, run))
        let most = limits.map { limit in if case .count(let count) = limit.policy.namespaceShare { count } else { Int.max } }.max() ?? .max
        // Without a journal a run knows its own attempts only.
        let lately = landed.filter {
            scene.age(of: $0.at, by: $0.run, at: at, to: run) < .hours(1) && at >= $0.at
                && $0.subject.namespace == landing.subject.namespace
                && (scene.features.journal || $0.run == run)
        }
        let count = Set(lately.map(\.subject)).count
        return isNew && count > most
            ? "\(count) workloads of namespace \(landing.subject.namespace) within the hour, \(most) are allowed" : nil
    }
}
