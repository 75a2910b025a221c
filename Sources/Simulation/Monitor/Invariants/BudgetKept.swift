import AutomatonCore
import Engine

/// Never more attempts in any hour than the budget, of which critical incidents have a part for themselves, nor more subjects at once.
final class BudgetKept: Invariant {
    static let name = "budget kept"

    /// Attempts that landed, by when they were authorised in true time.
    private var landed: [(attempt: AttemptID, at: Instant, run: RunName)] = []
    /// When each was authorised first, with the limit at that time: tried again, it is the same attempt.
    private var begun: [AttemptID: Int] = [:]
    private var inFlight: [RunName: [AttemptID: IncidentKey]] = [:]
    /// Attempts that were decided for an incident that was not critical.
    private var ordinary: Set<AttemptID> = []

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .wrote(let landing):
            guard case .automaton(let run) = landing.by, let stamp = landing.stamp else { return nil }
            return take(stamp.attempt, scene.truth(stamp.at, of: run), run, scene)
        case .swept(let run, let attempt):
            guard let known = scene.attempts[attempt] else { return nil }
            return take(attempt, known.authorised, run, scene)
        case .applying(let run, let plan, let stamp):
            inFlight[run, default: [:]][stamp.attempt] = IncidentKey(rule: stamp.rule, subject: plan.subject)
            if begun[stamp.attempt] == nil { begun[stamp.attempt] = hourly(stamp.attempt, run, scene.truth(stamp.at, of: run), scene) }
            let most = scene.limits(of: run, at: scene.truth(stamp.at, of: run)).map(\.policy.attemptsAtOnce).max() ?? 0
            let count = Set((inFlight[run] ?? [:]).values.map(\.subject)).count
            if count > most { return "\(count) subjects have an attempt in flight, \(most) are allowed: \(subjects(run))" }
        case .told(let run, .incident(let change)): end(change, run)
        case .told(let run, .decided(let decision)):
            switch decision.choice {
            case .act(let attempt, _, _): if decision.priority != .critical { ordinary.insert(attempt) }
            case .hold(.inFlight), .hold(.backoff): break
            // Its place is free: it is held by something else than its own attempt.
            case .hold: inFlight[run] = inFlight[run]?.filter { $0.value != decision.incident }
            default: break
            }
        case .answered(let run, let attempt, let error):
            switch error {
            case .refused, .notFound, .conflict, .unavailable: inFlight[run]?[attempt] = nil
            case .outcomeUnknown, nil: break
            }
        case .killed(let run): inFlight[run] = nil
        default: break
        }
        return nil
    }

    private func end(_ change: IncidentChange, _ run: RunName) {
        switch change.kind {
        case .verified(let attempt, _, _): inFlight[run]?[attempt] = nil
        case .closed:
            for (attempt, incident) in inFlight[run] ?? [:] where incident.subject == change.incident.key.subject {
                inFlight[run]?[attempt] = nil
            }
        default: break
        }
    }

    /// How many attempts an hour there may be with this one. A third of them at most is kept for what is critical.
    private func hourly(_ attempt: AttemptID, _ run: RunName, _ at: Instant, _ scene: Scene) -> Int {
        scene.limits(of: run, at: at).map { limit in
            let all = limit.policy.attemptsAnHour
            return ordinary.contains(attempt) ? all - min(limit.policy.criticalReserve, all / 3) : all
        }.max() ?? 0
    }

    private func subjects(_ run: RunName) -> String {
        (inFlight[run] ?? [:]).map { "\($0.value.subject) (\($0.key))" }.sorted().joined(separator: ", ")
    }

    private func take(_ attempt: AttemptID, _ at: Instant, _ run: RunName, _ scene: Scene) -> String? {
        landed.removeAll { $0.attempt == attempt }
        let index = landed.firstIndex { $0.at > at } ?? landed.count
        landed.insert((attempt, at, run), at: index)
        if landed.count > 2000 { landed.removeFirst(1000) }
        let most = max(hourly(attempt, run, at, scene), begun[attempt] ?? 0)
        let within = landed[...min(index, landed.count - 1)].reversed().prefix { at - $0.at < .hours(1) }
            .filter { scene.age(of: $0.at, by: $0.run, at: at, to: run) < .hours(1) }
        // Without a journal a run knows its own attempts only.
        let count = scene.features.journal ? within.count : within.count { $0.run == run }
        return count > most ? "\(count) attempts within the hour before \(at.timeOfDay), \(most) are allowed" : nil
    }
}
