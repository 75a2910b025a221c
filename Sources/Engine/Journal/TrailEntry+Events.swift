public import AutomatonCore

extension TrailEntry {
    /// A decision as the trail has it.
    public init(_ decision: Decision) {
        let (kind, word): (String, String)
        var attempt: AttemptID?
        switch decision.choice {
        case .act(let id, let remediation, _): (kind, word, attempt) = ("act", remediation, id)
        case .wouldAct(let remediation, _): (kind, word) = ("would_act", remediation)
        case .askApproval(let remediation, _): (kind, word) = ("ask_approval", remediation)
        case .revert(let id, let remediation): (kind, word, attempt) = ("revert", remediation, id)
        case .restore(let id, let remediation): (kind, word, attempt) = ("restore", remediation, id)
        case .escalate(let remediation): (kind, word) = ("escalate", remediation)
        case .tellPerson: (kind, word) = ("tell_person", "")
        case .hold(let hold): (kind, word) = ("hold", hold.rawValue)
        }
        self.init(
            at: decision.at, incident: decision.incident, priority: decision.priority, kind: kind, word: word, text: decision.reason,
            attempt: attempt, until: decision.until)
    }

    /// A change of an incident as the trail has it, which is told at `now`: an incident is over since its finding cleared.
    init(_ change: IncidentChange, toldAt now: Instant) {
        let (kind, word, text): (String, String, String)
        var attempt: AttemptID?
        switch change.kind {
        case .opened: (kind, word, text) = ("opened", "", change.incident.cause)
        case .priority(let before): (kind, word, text) = ("priority", change.incident.priority.description, "was \(before)")
        case .attempted(let id, let remediation, let report): (kind, word, text, attempt) = ("attempted", remediation, report.summary, id)
        case .verified(let id, let remediation, let outcome):
            (kind, word, text, attempt) = ("verified", outcome.rawValue, "\(remediation): \(outcome.words)", id)
        case .reverted(let id, let remediation): (kind, word, text, attempt) = ("reverted", remediation, "taken back", id)
        case .restored(let id, let remediation, _): (kind, word, text, attempt) = ("restored", remediation, "put back", id)
        case .closed(let ending):
            (kind, word, text) = ("closed", ending.rawValue, change.at < now ? "clear since \(change.at.rfc3339)" : "")
        }
        self.init(
            at: now, incident: change.incident.key, priority: change.incident.priority, kind: kind, word: word, text: text,
            attempt: attempt)
    }
}

extension IncidentChange.Outcome {
    fileprivate var words: String {
        switch self {
        case .helped: "it helped"
        case .noChange: "it did not help"
        case .worse: "it got worse"
        }
    }
}
