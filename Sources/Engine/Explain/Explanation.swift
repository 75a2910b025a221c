public import AutomatonCore

/// What the automaton does now, about each incident, and why; and what it watches that is well.
public struct Explanation: Sendable {
    /// When.
    public var at: Instant
    /// Whether a leader is elected; if not, this process acts by itself.
    public var isElected: Bool
    /// Why this process does not lead; nil when it does.
    public var notLeading: String?
    /// Why nothing new is begun at all; nil when it may be.
    public var standDown: String?
    /// Plans are made and shown, nothing is changed.
    public var isDryRun: Bool
    /// Storms, by namespace; `*` for all.
    public var storms: [String: Storm]
    /// What people asked for.
    public var suspensions: [Suspension]
    /// How each rule did.
    public var efficacies: [String: Efficacy]
    /// Checks that cannot see, and why.
    public var blind: [(check: CheckID, why: String)]
    /// Checks that can tell nothing for now though nothing is wrong, and why: nothing acts on them.
    public var waiting: [(check: CheckID, why: String)]
    /// Checks that have not seen everything yet: nothing acts on them.
    public var unobserved: [CheckID]
    /// The open incidents that were asked for, the most urgent first.
    public var incidents: [IncidentExplanation]
    /// So many more were asked for than are told.
    public var incidentsLeftOut: Int
    /// The last incidents of what was asked for that are over, the latest first; empty when nothing in particular was asked for.
    public var recent: [PastIncident]
    /// The rule that was asked for, where it is in force, with how it did.
    public var rule: (rule: Rule, efficacy: Efficacy)?
    /// What is watched and has no incident, by subject.
    public var watched: [WatchedSubject]
    /// So many more were asked for than are told.
    public var watchedLeftOut: Int
    /// Checks that look at such a subject, name only what is unwell, and say nothing of it.
    public var silent: [SilentCheck]
    /// Why there is nothing of what was asked for; nil when there is something, or when nothing in particular was asked for.
    public var unmatched: Unmatched?
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
    /// What a rule makes of it.
    public struct Judgement: Hashable, Sendable {
        /// The rule.
        public var rule: String
        /// What it would mend; nil where that has to be found and was not.
        public var mends: Subject?
        /// What it says.
        public var verdict: Verdict
    }

    /// What was found.
    public var finding: Finding
    /// By which check.
    public var check: CheckID
    /// When it was seen last, also when nothing had changed.
    public var seenAt: Instant
    /// What each rule makes of it.
    public var judgements: [Judgement]
}

/// A check that names only what is unwell, and says nothing of the subject that was asked for.
public struct SilentCheck: Sendable {
    /// The check.
    public var check: CheckID
    /// When it saw last; nil when it has not seen everything yet.
    public var seenAt: Instant?
    /// The rules that judge it.
    public var rules: [String]
}

/// What is known instead of what was asked for.
public struct Unmatched: Sendable {
    /// The rule that was asked for, when there is none of that name.
    public var rule: String?
    /// The rules in force.
    public var rules: [String]
    /// The subject that was asked for, when none such is known.
    public var subject: SubjectFilter?
    /// Known subjects of that name, of another kind or in another namespace.
    public var sameName: [Subject]
    /// The known subject whose name is nearest.
    public var nearest: Subject?
    /// How many subjects are known.
    public var known: Int
}
