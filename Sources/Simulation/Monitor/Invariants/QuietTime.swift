import AutomatonCore

/// Never a second attempt within the cooldown, for one (subject, rule) and for one (subject, remediation), whichever run makes it.
///
/// Judged by what landed, and by the true time at which it was authorised. Clocks of two processes that differ may shorten the quiet
/// time between them by as much, no more.
final class QuietTime: Invariant {
    static let name = "never a second attempt within the cooldown"

    private struct Done {
        var attempt: AttemptID
        var rule: String
        var remediation: String
        var authorised: Instant
        var run: RunName
        /// Whether the object tells of it.
        var isStamped: Bool
    }

    private var done: [Subject: [Done]] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .wrote(let landing):
            guard case .automaton(let run) = landing.by, let stamp = landing.stamp else { return nil }
            return take(stamp.attempt, stamp, landing.subject, run, isStamped: true, scene)
        case .swept(let run, let attempt):
            guard let known = scene.attempts[attempt] else { return "an attempt that nobody began: \(attempt)" }
            return take(attempt, known.stamp, known.plan.subject, run, isStamped: false, scene)
        case .replaced(let subject):
            // Another object of that name carries no stamps; a journal, or the run itself, remembers all the same.
            for index in (done[subject] ?? []).indices { done[subject]?[index].isStamped = false }
        default: break
        }
        return nil
    }

    private func take(
        _ attempt: AttemptID, _ stamp: Stamp, _ subject: Subject, _ run: RunName, isStamped: Bool, _ scene: Scene
    ) -> String? {
        let new = Done(
            attempt: attempt, rule: stamp.rule, remediation: stamp.remediation, authorised: scene.truth(stamp.at, of: run), run: run,
            isStamped: isStamped)
        var earlier = done[subject] ?? []
        if let index = earlier.firstIndex(where: { $0.attempt == attempt }) {
            // Tried again: it counts from when it was authorised last.
            earlier[index] = new
            done[subject] = earlier
            return nil
        }
        let limits = scene.limits(of: run, at: new.authorised)
        let cooldown =
            limits.map { limits in
                max(limits.policy.cooldown, limits.rules.first { $0.name == stamp.rule }?.cooldown ?? .zero)
            }.min() ?? .minutes(5)
        defer { done[subject] = earlier.suffix(20) + [new] }
        for old in earlier where old.rule == new.rule || old.remediation == new.remediation {
            // What bears no stamp is remembered by the run itself, or by a journal.
            guard old.isStamped || old.run == new.run || scene.features.journal else { continue }
            let (first, second) = old.authorised <= new.authorised ? (old, new) : (new, old)
            let apart = max(.zero, (scene.skews[second.run] ?? .zero) - (scene.skews[first.run] ?? .zero))
            if second.authorised - first.authorised < cooldown - apart {
                return "\(subject): \(first.attempt) (\(first.remediation), rule \(first.rule)) of \(first.authorised.timeOfDay) and "
                    + "\(second.attempt) (\(second.remediation), rule \(second.rule)) of \(second.authorised.timeOfDay) are "
                    + "\((second.authorised - first.authorised).readable) apart, the cooldown is \(cooldown.readable)"
            }
        }
        return nil
    }
}
