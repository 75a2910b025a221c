/// What the core chose, and why; also when it chose to do nothing.
public struct Decision: Hashable, Codable, Sendable {
    /// What was chosen.
    public enum Choice: Hashable, Codable, Sendable {
        /// Write this plan.
        case act(AttemptID, remediation: String, Plan)
        /// In dry run or a rule in observe mode: this plan would have been written.
        case wouldAct(remediation: String, Plan)
        /// The rule acts when a person confirms this plan.
        case askApproval(remediation: String, Plan)
        /// Take the attempt back.
        case revert(AttemptID, remediation: String)
        /// Put back what an attempt changed for as long as it was needed.
        case restore(AttemptID, remediation: String)
        /// Go on to the next remediation of the rule.
        case escalate(to: String)
        /// Nothing more to try: tell a person.
        case tellPerson
        /// Do nothing now; the guard that said no.
        case hold(Guard)
    }

    /// The guards of the safety policy, in the order in which they are asked.
    public enum Guard: String, Hashable, Codable, Sendable, CaseIterable {
        /// The automaton stands down.
        case standDown = "stand_down"
        /// A person paused everything, the rule, or the subject.
        case paused
        /// A person silenced the incident.
        case silenced
        /// Too many are unhealthy at once.
        case storm
        /// The check has not yet seen everything.
        case notObserved = "not_observed"
        /// The finding is unknown.
        case unknown
        /// The finding is too old.
        case stale
        /// Another rule explains this incident.
        case inhibited
        /// The priority's delay has not passed.
        case delay
        /// The rule has a maintenance window now.
        case maintenance
        /// The namespace, or the workload, is never touched.
        case protected
        /// The rule only tells, since its attempts did not help.
        case steppedDown = "stepped_down"
        /// The subject has an attempt in flight, or a more urgent incident is due.
        case inFlight = "in_flight"
        /// An attempt was made a short while ago.
        case cooldown
        /// Attempts did not help; wait.
        case breaker
        /// Every remediation was tried; a person was told.
        case exhausted
        /// Reading or writing failed; tried again later.
        case backoff
        /// Too many attempts across all rules.
        case budget
        /// Too many workloads of the namespace were changed lately.
        case namespaceShare = "namespace_share"
        /// A person has not confirmed the plan yet.
        case approval
        /// The object itself asks to be left alone, or has not opted in.
        case optedOut = "opted_out"
        /// It recovered while the plan was made.
        case recovered
        /// The plan goes beyond a cap.
        case cap
        /// Somebody else owns what would be changed.
        case owned
        /// Too few pods would stay healthy.
        case minimumHealthy = "min_healthy"
        /// The remediation or the world refused.
        case refused
    }

    /// When.
    public var at: Instant
    /// On which incident.
    public var incident: IncidentKey
    /// How urgent it was.
    public var priority: Priority
    /// What.
    public var choice: Choice
    /// Why, with figures: `cooldown: 3 min 12 s left since the attempt at 12:00:03Z`.
    public var reason: String
    /// When this is looked at again, where a time is known.
    public var until: Instant?

    /// Makes a decision.
    public init(at: Instant, incident: IncidentKey, priority: Priority, choice: Choice, reason: String, until: Instant? = nil) {
        self.at = at
        self.incident = incident
        self.priority = priority
        self.choice = choice
        self.reason = reason
        self.until = until
    }
}
