/// A decision, or a change of an incident, as people read it later.
public struct TrailEntry: Hashable, Codable, Sendable {
    /// When.
    public var at: Instant
    /// On which incident.
    public var incident: IncidentKey
    /// How urgent it was.
    public var priority: Priority
    /// What: `opened`, `hold`, `act`, `verified`, `closed`, …
    public var kind: String
    /// Which: the guard of a hold, the remediation of an attempt, the outcome of a verification.
    public var word: String
    /// Why, with figures.
    public var text: String
    /// The attempt, where there is one.
    public var attempt: AttemptID?
    /// When it is looked at again, where a time is known.
    public var until: Instant?

    /// Makes an entry.
    public init(
        at: Instant, incident: IncidentKey, priority: Priority, kind: String, word: String, text: String, attempt: AttemptID? = nil,
        until: Instant? = nil
    ) {
        self.at = at
        self.incident = incident
        self.priority = priority
        self.kind = kind
        self.word = word
        self.text = text
        self.attempt = attempt
        self.until = until
    }
}

/// Which entries of the trail.
public struct TrailQuery: Hashable, Sendable {
    /// From when on.
    public var since: Instant
    /// Before when; nil for now.
    public var until: Instant?
    /// Of one rule; nil for all.
    public var rule: String?
    /// Of one subject, by kind and name, and by namespace where one is given; nil for all.
    public var subject: SubjectFilter?
    /// At most so many, the latest of them.
    public var limit: Int

    /// Makes a query.
    public init(since: Instant, until: Instant? = nil, rule: String? = nil, subject: SubjectFilter? = nil, limit: Int = 10_000) {
        self.since = since
        self.until = until
        self.rule = rule
        self.subject = subject
        self.limit = limit
    }
}

extension TrailQuery {
    /// Whether an entry is asked for.
    public func matches(_ entry: TrailEntry) -> Bool {
        entry.at >= since && (until.map { entry.at < $0 } ?? true) && (rule.map { entry.incident.rule == $0 } ?? true)
            && (subject.map { $0.matches(entry.incident.subject) } ?? true)
    }
}
