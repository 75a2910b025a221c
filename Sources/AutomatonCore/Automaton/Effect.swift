/// What the automaton wants done. The engine does it, and reports the outcome as an ``Event``.
public enum Effect: Hashable, Sendable {
    /// Ask the remediation for a plan.
    case plan(PlanRequest)
    /// Write the plan, with the stamp.
    case apply(Plan, Stamp, step: Int)
    /// Take the attempt back with the plan's inverse.
    case revert(AttemptID, Plan, rule: String, step: Int, remediation: String)
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
