/// What outlives a run of the program: attempts, what the automaton remembers of each subject, what people asked for, and why it did what
/// it did.
///
/// One run has the journal at a time: whoever takes it over last. Writes of the one before are refused from then on, so that a process
/// that was frozen and wakes up cannot undo what its successor remembers.
public protocol Journal: Sendable {
    /// Takes the journal over for a run, and answers with all that outlives one.
    /// - Parameter since: attempts that were authorised later are told, beside those whose outcome is open.
    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection

    /// Writes an intent before the attempt is applied; when it answers, the intent is safe.
    ///
    /// It refuses, in the same transaction, when another attempt of the same remediation or of the same rule on the same subject was
    /// authorised less than `quiet` before and may have been written. An intent that stands already under this name is renewed.
    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer

    /// Writes entries in order, all of them or none. When the answer is lost, the same may be written again: it stands there once.
    func write(_ entries: [JournalEntry]) async throws(JournalError)

    /// Decisions and changes of incidents, oldest first. Needs no take-over.
    func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry]

    /// Attempts that were authorised since, oldest first, with what is known of their outcome. Needs no take-over.
    func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord]

    /// Keeps recorded observations.
    func append(_ block: ObservationBlock) async throws(JournalError)

    /// Recorded observations that overlap the time, oldest first, one after another. Needs no take-over.
    func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws

    /// Drops what is older, and the oldest observations beyond so many bytes. Open attempts and what is remembered of subjects stay.
    func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError)
}

/// What is kept, and for how long.
public struct JournalRetention: Hashable, Sendable {
    /// Decisions, changes of incidents, and attempts whose outcome is known.
    public var trail: Duration
    /// Observations, by age…
    public var observations: Duration
    /// …and by size.
    public var observationBytes: Int64

    /// Makes a retention; by default 90 days, and 35 days of observations in at most 512 MiB.
    public init(trail: Duration = .hours(90 * 24), observations: Duration = .hours(35 * 24), observationBytes: Int64 = 512 << 20) {
        self.trail = trail
        self.observations = observations
        self.observationBytes = observationBytes
    }
}

/// Why the journal cannot be used. Texts are for people: they say which journal, what is wrong, and what would mend it.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be read or written now and may be later: a full disk, a lock, a lost connection.
    case unavailable(String)
    /// It is damaged, is no journal, or was written by a newer version: a person has to look.
    case unusable(String)
    /// Another run has taken it over.
    case takenOver(String)

    public var description: String {
        switch self {
        case .unavailable(let text), .unusable(let text), .takenOver(let text): text
        }
    }
}

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

/// Something to be written into the journal.
public enum JournalEntry: Hashable, Sendable {
    /// What became of an attempt.
    case outcome(AttemptID, AttemptOutcome)
    /// What is remembered of a subject; nil: nothing more.
    case subject(Subject, SubjectMemory?)
    /// What is remembered beyond single subjects.
    case automaton(AutomatonMemory)
    /// A decision, or a change of an incident.
    case trail(TrailEntry)
}

/// All that outlives a run.
public struct Recollection: Hashable, Sendable {
    /// By subject.
    public var subjects: [Subject: SubjectMemory]
    /// Beyond single subjects; nil in a new journal.
    public var automaton: AutomatonMemory?
    /// Attempts that are open, and those that were authorised lately; oldest first.
    public var attempts: [AttemptRecord]
    /// When the run before wrote last; nil in a new journal.
    public var lastWriteAt: Instant?

    /// Makes a recollection; empty by default, as a new journal has it.
    public init(
        subjects: [Subject: SubjectMemory] = [:], automaton: AutomatonMemory? = nil, attempts: [AttemptRecord] = [],
        lastWriteAt: Instant? = nil
    ) {
        self.subjects = subjects
        self.automaton = automaton
        self.attempts = attempts
        self.lastWriteAt = lastWriteAt
    }
}

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

/// A subject as people name it: `deployment/email-service`, or `production/deployment/email-service`.
public struct SubjectFilter: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The kind.
    public var kind: Subject.Kind
    /// The namespace; nil for any.
    public var namespace: String?
    /// The name.
    public var name: String

    /// Names subjects.
    public init(kind: Subject.Kind, namespace: String? = nil, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Reads `KIND/NAME` or `NAMESPACE/KIND/NAME`; nil when it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, let kind = Subject.Kind(word: parts[0]) {
            self.init(kind: kind, name: parts[1...].joined(separator: "/"))
        } else if parts.count >= 3, let kind = Subject.Kind(word: parts[1]) {
            self.init(kind: kind, namespace: parts[0], name: parts[2...].joined(separator: "/"))
        } else {
            return nil
        }
        if name.isEmpty { return nil }
    }

    /// Whether a subject is meant.
    public func matches(_ subject: Subject) -> Bool {
        subject.kind == kind && subject.name == name && (namespace.map { $0 == subject.namespace } ?? true)
    }

    public var description: String { (namespace.map { "\($0)/" } ?? "") + "\(kind.rawValue)/\(name)" }
}

/// Recorded observations of a stretch of time, in a form that the journal does not look into.
public struct ObservationBlock: Hashable, Sendable {
    /// When the first of them was made.
    public var from: Instant
    /// When the last of them was made.
    public var to: Instant
    /// What they are, encoded.
    public var bytes: [UInt8]

    /// Makes a block.
    public init(from: Instant, to: Instant, bytes: [UInt8]) {
        self.from = from
        self.to = to
        self.bytes = bytes
    }
}

extension TrailQuery {
    /// Whether an entry is asked for.
    public func matches(_ entry: TrailEntry) -> Bool {
        entry.at >= since && (until.map { entry.at < $0 } ?? true) && (rule.map { entry.incident.rule == $0 } ?? true)
            && (subject.map { $0.matches(entry.incident.subject) } ?? true)
    }
}
