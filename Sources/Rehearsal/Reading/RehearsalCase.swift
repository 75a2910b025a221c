import AutomatonCore
import Rules

/// One case as it is written.
struct RehearsalCase {
    var name: String
    var line: Int
    /// By key: the value, and where it is written, for errors.
    var thresholds: [String: (value: String, place: String)]
    var namespace: String
    var start: Instant
    /// How long it lasts.
    var until: Duration
    var sightings: [Sighting]
    var attempts: [Fate]
    var requests: [PersonRequest]
    var expectations: [Expectation]
    var stage: StageSettings
}

/// What a check sees from a time on.
struct Sighting {
    enum Kind {
        case seen(figures: [(name: String, level: Level)], reasons: [Reason], unwell: Int?)
        /// It cannot be told, and why.
        case unknown(String)
        /// The subject is not there any more.
        case gone
        /// The check sees nothing at all, and why.
        case blind(String)
        /// The check says nothing any more: what it said grows old.
        case silent
    }

    /// A figure: a number, or one that grows evenly.
    enum Level {
        case fixed(Double)
        case ramp(from: Double, to: Double, over: Duration)

        func value(after time: Duration) -> Double {
            switch self {
            case .fixed(let value): value
            case .ramp(let from, let to, let over):
                over <= .zero ? to : from + (to - from) * min(1, max(0, time.inSeconds / over.inSeconds))
            }
        }
    }

    var position: Position
    var at: Duration
    /// The check's name; nil when a rule is named, or there is only one.
    var check: String?
    var rule: String?
    /// Nil for what concerns the check as a whole.
    var subject: Subject?
    var kind: Kind
    var repetition: (every: Duration, times: Int)?
}

/// What becomes of an attempt.
struct Fate {
    enum Kind {
        /// What was found is as it should be after this time.
        case helps(after: Duration)
        /// It changes nothing of what was found.
        case helpsNever
        /// Something else is found after this time.
        case shows(after: Duration, Sighting.Kind)
        /// The write does not happen.
        case fails(Failing, why: String)
    }

    enum Failing: String, CaseIterable {
        case refused, conflict, unavailable
        /// No answer comes.
        case unanswered
    }

    var position: Position
    /// The remediation that it is about; nil for whichever is next.
    var use: String?
    var kind: Kind
}

/// What a person asks for.
struct PersonRequest {
    enum Kind { case approve, heal, pause, resume }

    var position: Position
    var at: Duration
    var kind: Kind
    /// Of a pause, nil for everything.
    var rule: String?
    var subject: Subject?
}
