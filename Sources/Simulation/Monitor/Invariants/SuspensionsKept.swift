import AutomatonCore

/// Nothing is begun of what a person paused or silenced, by the run that was asked, nor by one that took over what the journal holds.
final class SuspensionsKept: Invariant {
    static let name = "pauses and silences kept"

    /// By run: what it was told or took over, and since when.
    private var known: [RunName: [(suspension: Suspension, since: Instant)]] = [:]
    /// What the journal holds.
    private var kept: [Suspension] = []
    /// What the people themselves no longer want.
    private var lifted: Set<String> = []

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .suspended(let run, let suspension): known[run, default: []].append((suspension, scene.now))
        case .lifted(let id): lifted.insert(id)
        case .kept(_, let suspensions): kept = suspensions
        case .tookOver(let run):
            // What it was told and could not note is gone: it was told so.
            known[run] = kept.map { ($0, scene.now) }
        case .killed(let run): known[run] = nil
        case .applying(let run, let plan, let stamp): return objection(run, plan.subject, stamp, scene)
        default: break
        }
        return nil
    }

    private func objection(_ run: RunName, _ subject: Subject, _ stamp: Stamp, _ scene: Scene) -> String? {
        let at = scene.truth(stamp.at, of: run)
        let broken = known[run]?.first { suspension, since in
            // It ends by the run's own clock.
            since < at && !lifted.contains(suspension.id) && suspension.until.map { stamp.at < $0 } ?? true
                && (suspension.rule.map { $0 == stamp.rule } ?? true) && (suspension.subject.map { $0.matches(subject) } ?? true)
        }
        return broken.map { suspension, since in
            "\(stamp.attempt) (rule \(stamp.rule)) on \(subject) was begun under \(suspension.id), which run \(run) has known since "
                + "\(since.timeOfDay)"
        }
    }
}
