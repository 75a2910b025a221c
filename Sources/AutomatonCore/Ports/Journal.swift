/// What outlives a run of the program: attempts, what the automaton remembers of each subject, what people asked for, and why it did what
/// it did.
///
/// One run has the journal at a time: whoever takes it over last. Writes of the one before are refused from then on, so that a process
/// that was frozen and wakes up cannot undo what its successor remembers.
public protocol Journal: Sendable {
    /// Takes the journal over for a run, and answers with all that outlives one.
    /// - Parameters:
    ///   - run: names the run that has it from now on.
    ///   - since: attempts that were authorised later are told, beside those whose outcome is open.
    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection

    /// What ``takeOver(run:since:)`` answers with. Needs no take-over.
    func recollect(since: Instant) async throws(JournalError) -> Recollection

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

    /// Incidents of the history, the latest first. Needs no take-over.
    func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage

    /// One incident of the history; nil when there is none of that name. Needs no take-over.
    func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord?

    /// How many incidents a query finds on all its pages, by status. Reading is open to all.
    func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts

    /// Drops incidents that were over before an instant. Answers with how many.
    func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int

    /// Keeps recorded observations.
    func append(_ block: ObservationBlock) async throws(JournalError)

    /// Recorded observations that overlap the time, oldest first, one after another. Needs no take-over.
    func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws

    /// Drops what is older, and the oldest observations beyond so many bytes. Open attempts and what is remembered of subjects stay.
    func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError)
}

/// A journal in front of another: what it does not do itself, the other one does.
public protocol ForwardingJournal: Journal {
    /// The other one.
    func journal() async throws(JournalError) -> any Journal
}

extension ForwardingJournal {
    public func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        try await journal().takeOver(run: run, since: since)
    }

    public func recollect(since: Instant) async throws(JournalError) -> Recollection { try await journal().recollect(since: since) }

    public func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        try await journal().intend(intent, quiet: quiet)
    }

    public func write(_ entries: [JournalEntry]) async throws(JournalError) { try await journal().write(entries) }

    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] { try await journal().trail(query) }

    public func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] { try await journal().attempts(since: since) }

    public func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage { try await journal().incidents(query) }

    public func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? { try await journal().incident(id) }

    public func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        try await journal().incidentCounts(query)
    }

    public func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int {
        try await journal().forgetIncidents(closedBefore: instant)
    }

    public func append(_ block: ObservationBlock) async throws(JournalError) { try await journal().append(block) }

    public func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        try await journal().blocks(from: from, to: to, receive)
    }

    public func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {
        try await journal().prune(retention, at: now)
    }
}

/// What is kept, and for how long.
public struct JournalRetention: Hashable, Sendable {
    /// Decisions, changes of incidents, incidents that are over, and attempts whose outcome is known.
    public var trail: Duration
    /// Incidents that are over, by number: the latest stay.
    public var incidents: Int
    /// Observations, by age…
    public var observations: Duration
    /// …and by size.
    public var observationBytes: Int64

    /// Makes a retention; by default 90 days and 100,000 incidents, and 35 days of observations in at most 512 MiB.
    public init(
        trail: Duration = .hours(90 * 24), incidents: Int = 100_000, observations: Duration = .hours(35 * 24),
        observationBytes: Int64 = 512 << 20
    ) {
        self.trail = trail
        self.incidents = incidents
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
    /// An incident of the history as it is now.
    case incident(IncidentRecord)
    /// A fix that is kept, or is kept no longer.
    case fix(FixRecord)
}

/// All that outlives a run.
public struct Recollection: Hashable, Sendable {
    /// By subject.
    public var subjects: [Subject: SubjectMemory]
    /// Beyond single subjects; nil in a new journal.
    public var automaton: AutomatonMemory?
    /// Attempts that are open, and those that were authorised lately; oldest first.
    public var attempts: [AttemptRecord]
    /// Fixes that are kept, and those that were dropped lately; sorted by key.
    public var fixes: [FixRecord]
    /// When the run before wrote last; nil in a new journal.
    public var lastWriteAt: Instant?

    /// Makes a recollection; empty by default, as a new journal has it.
    public init(
        subjects: [Subject: SubjectMemory] = [:], automaton: AutomatonMemory? = nil, attempts: [AttemptRecord] = [],
        fixes: [FixRecord] = [], lastWriteAt: Instant? = nil
    ) {
        self.subjects = subjects
        self.automaton = automaton
        self.attempts = attempts
        self.fixes = fixes
        self.lastWriteAt = lastWriteAt
    }
}
