internal import AutomatonCore

extension Decision.Guard {
    /// What holds an incident, in a few words.
    var words: String {
        switch self {
        case .standDown: "the automaton stands down"
        case .paused: "paused by a person"
        case .silenced: "silenced by a person"
        case .storm: "too much is unhealthy at once"
        case .notObserved: "the check has not seen everything yet"
        case .unknown: "what is seen cannot be told"
        case .stale: "what was seen is too old"
        case .inhibited: "another rule explains it"
        case .delay: "waits for its delay"
        case .maintenance: "maintenance window"
        case .protected: "protected from changes"
        case .steppedDown: "its rule only tells, since attempts did not help"
        case .inFlight: "an attempt is in flight"
        case .cooldown: "quiet time after an attempt"
        case .breaker: "attempts did not help; it waits longer"
        case .exhausted: "nothing left to try; a person is needed"
        case .backoff: "reading or writing failed; tried again later"
        case .budget: "too many attempts across all rules"
        case .namespaceShare: "too much of the namespace was changed lately"
        case .approval: "waits for a person to approve"
        case .optedOut: "the object asks to be left alone"
        case .recovered: "it recovered meanwhile"
        case .cap: "the plan goes beyond a limit"
        case .owned: "somebody else owns what would be changed"
        case .minimumHealthy: "too few pods would stay ready"
        case .refused: "the remediation or the cluster refused"
        }
    }

    /// Its meaning to who looks at it.
    var tone: Tone {
        switch self {
        case .inFlight: .busy
        case .exhausted: .bad
        case .delay, .cooldown, .recovered, .inhibited, .notObserved, .silenced, .maintenance: .idle
        default: .warn
        }
    }
}

/// What the automaton is at with an incident.
enum Stage: Hashable, Sendable {
    case mending, waiting, asking, held(Decision.Guard)

    init(_ standing: Standing) {
        switch standing.hold {
        case nil, .inFlight?: self = .mending
        case .delay?: self = .waiting
        case .approval?: self = .asking
        case let hold?: self = .held(hold)
        }
    }

    var words: String {
        switch self {
        case .mending: "Mending"
        case .waiting: "Waiting"
        case .asking: "Asks you"
        case .held(.exhausted): "Needs a person"
        case .held(.cooldown), .held(.breaker), .held(.backoff): "Quiet time"
        case .held: "Held"
        }
    }

    var tone: Tone {
        switch self {
        case .mending: .busy
        case .waiting: .warn
        case .asking: .warn
        case .held(let hold): hold.tone
        }
    }
}
