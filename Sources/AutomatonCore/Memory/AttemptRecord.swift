/// An attempt before it is applied: all that is needed to find out later what became of it, and to take it back.
public struct AttemptIntent: Hashable, Codable, Sendable {
    /// What is written.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// The plan.
        case apply
        /// Its inverse, since it did not help.
        case takeBack
        /// Its inverse, since what it changed is no longer needed.
        case putBack
    }

    /// The attempt.
    public var attempt: AttemptID
    /// What is written.
    public var kind: Kind
    /// The incident.
    public var incident: IncidentKey
    /// Index in the rule's remediations.
    public var step: Int
    /// The remediation.
    public var remediation: String
    /// The exact change and its inverse.
    public var plan: Plan
    /// When it was authorised.
    public var at: Instant

    /// Makes an intent.
    public init(
        attempt: AttemptID, kind: Kind = .apply, incident: IncidentKey, step: Int, remediation: String, plan: Plan, at: Instant
    ) {
        self.attempt = attempt
        self.kind = kind
        self.incident = incident
        self.step = step
        self.remediation = remediation
        self.plan = plan
        self.at = at
    }
}

/// What the journal says to an intent.
public enum IntentAnswer: Hashable, Sendable {
    /// It stands in the journal.
    case written
    /// Another attempt was authorised too short a time ago; nothing was written.
    case tooSoon(AttemptID, at: Instant)
}

/// What became of an attempt. Its write has one outcome, its verification may have another.
public enum AttemptOutcome: Hashable, Codable, Sendable {
    /// The write happened.
    case applied(AttemptReport)
    /// The write did not happen, and why.
    case notApplied(String)
    /// Nobody knows whether the write happened, and why; it counts as one that did.
    case unknown(String)
    /// It was held against the findings that followed.
    case verified(IncidentChange.Outcome)
    /// Whether it helped was not watched to the end, and why.
    case unverified(String)
    /// It was taken back.
    case takenBack
    /// It could not be taken back, and why.
    case notTakenBack(String)
}

/// An attempt as the journal has it.
public struct AttemptRecord: Hashable, Codable, Sendable {
    /// The intent.
    public var intent: AttemptIntent
    /// What became of the write; nil while that is open.
    public var write: AttemptOutcome?
    /// Whether it helped; nil while that is open, or when there was nothing to verify.
    public var verification: AttemptOutcome?
    /// Whether it was taken back; nil when it was not tried.
    public var takingBack: AttemptOutcome?

    /// Makes a record.
    public init(
        intent: AttemptIntent, write: AttemptOutcome? = nil, verification: AttemptOutcome? = nil, takingBack: AttemptOutcome? = nil
    ) {
        self.intent = intent
        self.write = write
        self.verification = verification
        self.takingBack = takingBack
    }

    /// Whether nobody knows yet what became of what was to be written last: the plan, or the inverse when it was to be taken back.
    public var isOpen: Bool { intent.kind == .takeBack ? takingBack == nil : write == nil }

    /// Notes an outcome where it belongs. What became of a write is about the inverse when the attempt was to be taken back.
    public mutating func note(_ outcome: AttemptOutcome) {
        switch outcome {
        case .applied, .notApplied, .unknown: if intent.kind == .takeBack { takingBack = outcome } else { write = outcome }
        case .verified, .unverified: verification = outcome
        case .takenBack, .notTakenBack: takingBack = outcome
        }
    }
}
