public import AutomatonCore

/// What the automaton does now, about each incident, and why; and what it watches that is well.
public struct Explanation: Sendable {
    /// When.
    public var at: Instant
    /// Why nothing new is begun at all; nil when it may be.
    public var standDown: String?
    /// Storms, by namespace; `*` for all.
    public var storms: [String: Storm]
    /// What people asked for.
    public var suspensions: [Suspension]
    /// How each rule did.
    public var efficacies: [String: Efficacy]
    /// The open incidents that were asked for, the most urgent first.
    public var incidents: [IncidentExplanation]
    /// What is watched and has no incident, by subject.
    public var watched: [WatchedSubject]
}

/// An open incident with its whole trail.
public struct IncidentExplanation: Sendable {
    /// The incident.
    public var incident: Incident
    /// What is done about it now, and why.
    public var standing: Standing
    /// Decisions and changes since it was detected, oldest first.
    public var trail: [TrailEntry]
}

/// Something that a check reports on, and what the rules make of it.
public struct WatchedSubject: Sendable {
    /// What was found.
    public var finding: Finding
    /// By which check.
    public var check: CheckID
    /// What each rule makes of it.
    public var verdicts: [(rule: String, verdict: Verdict)]
}
