/// What the automaton wants done. The engine does it, and reports the outcome as an ``Event``.
public enum Effect: Hashable, Sendable {
    /// Ask the remediation for a plan.
    case plan(PlanRequest)
    /// Write the intent into the journal, then the plan with the stamp; not when the journal knows of another within `quiet`.
    case apply(AttemptIntent, Stamp, quiet: Duration)
    /// Write the intent, then the inverse of its plan. The outcome is reported under this attempt.
    case revert(AttemptIntent, of: AttemptID, quiet: Duration)
    /// Find out what became of an attempt of which only the intent is known.
    case settle(AttemptID, Plan)
    /// Note what became of an attempt.
    case outcome(AttemptID, AttemptOutcome)
    /// Remember this of a subject; nil: nothing more.
    case remember(Subject, SubjectMemory?)
    /// Remember this beyond single subjects.
    case rememberAutomaton(AutomatonMemory)
    /// A fix is kept from now on, or is kept no longer.
    case fix(FixRecord)
    /// Tell people what concerns more than one incident.
    case noticed(Notice)
    /// Record a decision, also one to do nothing.
    case decided(Decision)
    /// An incident changed.
    case incident(IncidentChange)
    /// Tell a person: the automaton cannot mend this.
    case escalated(Incident, String)
}

/// A question to a remediation.
public struct PlanRequest: Hashable, Sendable {
    /// The attempt that it may become.
    public var attempt: AttemptID
    /// The rule.
    public var rule: String
    /// Index in the rule's remediations.
    public var step: Int
    /// The remediation that stands there.
    public var remediation: String
    /// The finding to mend.
    public var finding: Finding
    /// What is to be changed.
    public var subject: Subject

    /// Makes a request.
    public init(attempt: AttemptID, rule: String, step: Int, remediation: String, finding: Finding, subject: Subject) {
        self.attempt = attempt
        self.rule = rule
        self.step = step
        self.remediation = remediation
        self.finding = finding
        self.subject = subject
    }
}

/// What people are told that concerns more than one incident.
public enum Notice: Hashable, Sendable {
    /// Too many subjects of a namespace (`*`: of all) are unhealthy at once; with the figures.
    case stormBegan(namespace: String, figures: String)
    /// They are few again for long enough: it goes on.
    case stormEnded(namespace: String, after: Duration)
    /// A rule's attempts did not help so often in a row that it only tells from now on.
    case steppedDown(rule: String, why: String)
    /// A person let it act again, or its remediations changed.
    case reinstated(rule: String)
    /// A person asked for quiet, or that ended.
    case suspended(Suspension)
    /// It was lifted, or is over.
    case resumed(Suspension)
    /// A plan waits for a person to confirm it.
    case approvalWanted(Incident, remediation: String, plan: String, until: Instant)
}
