import AutomatonCore

/// Every attempt has an intent in the journal before its write, and in the end an outcome.
final class JournalTellsAll: Invariant {
    static let name = "every attempt has an intent and an outcome"

    private var intents: [AttemptID: (subject: Subject, at: Instant)] = [:]
    private var outcomes: Set<AttemptID> = []

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard scene.features.journal else { return nil }
        switch fact {
        case .intended(_, let intent): intents[intent.attempt] = (intent.incident.subject, scene.now)
        case .settled(_, let attempt, let outcome):
            switch outcome {
            case .applied, .notApplied, .unknown, .takenBack, .notTakenBack: outcomes.insert(attempt)
            case .verified, .unverified: break
            }
        case .wrote(let landing):
            if let stamp = landing.stamp, intents[stamp.attempt] == nil {
                return "\(stamp.attempt) reached \(landing.subject) without an intent in the journal"
            }
        case .swept(_, let attempt): if intents[attempt] == nil { return "\(attempt) was done without an intent in the journal" }
        default: break
        }
        return nil
    }

    func conclude(_ scene: Scene) -> String? {
        let open = intents.filter { !outcomes.contains($0.key) && scene.now - $0.value.at > .minutes(10) }.map(\.key.text).sorted()
        return open.first.map { "\(open.count) attempts have no outcome in the journal: \($0), …" }
    }
}
