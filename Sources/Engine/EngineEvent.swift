public import AutomatonCore

/// What happens in the engine, for those who log, count and show it.
public enum EngineEvent: Sendable {
    /// The rules and limits in force changed.
    case configured(rules: [Rule], policy: SafetyPolicy, checks: [CheckID])
    /// A round of the engine begins: the n-th, with how many checks run and how many incidents are open.
    case iteration(Int, checks: Int, incidents: Int)
    /// A check ended a run or, when it watches, reported.
    case checked(CheckID, CheckOutcome, took: Duration?)
    /// What a run of a check measured: of each figure, the highest value among its subjects. Not told of checks that watch.
    case measured(CheckID, [Figure])
    /// Something that a check reports on cannot be told, and why; nil when it can be told again. Each is told once.
    case unknown(CheckID, Subject, String?)
    /// A decision of the core.
    case decided(Decision)
    /// An incident changed.
    case incident(IncidentChange)
    /// The record of an incident changed, as the history has it.
    case recorded(IncidentRecord)
    /// The core asks for a person.
    case escalated(Incident, why: String)
    /// A write failed for good, or its outcome is not known.
    case writeFailed(AttemptID, remediation: String, why: String, outcomeKnown: Bool)
    /// People are told what concerns more than one incident.
    case noticed(Notice)
    /// The journal cannot be written, and why; nil when it can be again.
    case journalFailed(String?)
    /// Another run took the journal over, and which: this one has no memory any more.
    case deposed(String)
    /// What earlier runs remembered was taken up: so many subjects, and attempts whose outcome was open.
    case recalled(subjects: Int, open: Int)
    /// A fix is kept from now on, or is kept no longer.
    case fix(FixRecord)
    /// How many are kept, and how many of them drifted as a rule's check saw it last, when that may have changed.
    case fixesKept([Fix.Kind: Int], drifted: [Fix.Kind: Int])
    /// Whether this process is the one that acts, when that changes.
    case leadership(LeadershipState)
    /// The engine shuts down, with attempts in flight.
    case stopping(attemptsInFlight: Int)
}

/// How a run of a check ended.
public enum CheckOutcome: Hashable, Sendable {
    /// It reported.
    case ok
    /// It could not see, and why.
    case failed(String)
    /// It did not answer in time.
    case timedOut(after: Duration)
    /// It can tell nothing yet, and why; nothing is wrong.
    case waiting(String)

    /// The word of the metric's label `result`.
    public var label: String {
        switch self {
        case .ok: "ok"
        case .failed: "error"
        case .timedOut: "timeout"
        case .waiting: "waiting"
        }
    }
}

/// Somebody who is told what happens. Called in order; must not block.
public protocol EngineObserver: Sendable {
    /// Takes an event.
    func observe(_ event: EngineEvent, at instant: Instant)
}
