import AutomatonCore

/// Where a person took back what a rule did, the rule does nothing for a while unless a person confirms it.
final class ObjectionsHeeded: Invariant {
    static let name = "nothing done again that a person took back"

    /// Since when, by true time, and until when, by the clock of the run that was asked.
    private var objections: [Scene.Hearer: (since: Instant, until: Instant)] = [:]

    /// How much clocks may differ within a run: troubles set them.
    private static let doubt: Duration = .minutes(2)

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .objected(let run, let incident):
            let length = scene.limits(of: run, at: scene.now).map(\.policy.objectionTime).min() ?? .zero
            objections[scene.hearer(run, incident)] = (scene.now, scene.now + (scene.skews[run] ?? .zero) + length)
        case .confirmed(let run, let incident): objections[scene.hearer(run, incident)] = nil
        case .killed(let run) where !scene.features.journal: objections = objections.filter { $0.key.run != run }
        case .applying(let run, let plan, let stamp):
            let incident = IncidentKey(rule: stamp.rule, subject: plan.subject)
            guard let objection = objections[scene.hearer(run, incident)], stamp.at + Self.doubt < objection.until,
                scene.truth(stamp.at, of: run) > objection.since
            else { return nil }
            return "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun, and a person took back what the rule did there at "
                + "\(objection.since.timeOfDay)"
        default: break
        }
        return nil
    }
}
