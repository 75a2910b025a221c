public import AutomatonCore

/// A journal in a PostgreSQL database, for several replicas: one of them has it, whichever took it over last. An object is for one run.
///
/// Its tables lie in a schema of their own, which the first call makes or brings up to this version. A connection that is lost is opened
/// again by the next call. When the answer to a commit was lost, the same entries may be written again: they stand there once.
public final class PostgresJournal: Journal {
    private let journal: RowJournal<PostgresStore>

    /// Connects to nothing yet.
    /// - Parameters:
    ///   - server: how it is reached; its time-out holds for each call.
    ///   - schema: the schema's name: small letters, digits and `_`.
    ///   - isReadOnly: whether it is only read, and never changed.
    /// - Throws: ``JournalError/unusable(_:)`` when the schema's name is none.
    public init(_ server: PostgresServer, schema: String = "self_healing_automaton", isReadOnly: Bool = false) throws(JournalError) {
        journal = RowJournal(try PostgresStore(server, schema: schema, isReadOnly: isReadOnly))
    }

    /// Closes the connection. Later calls fail.
    public func close() async { await journal.store.shutdown() }

    public func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        try await journal.takeOver(run: run, since: since)
    }

    public func recollect(since: Instant) async throws(JournalError) -> Recollection { try await journal.recollect(since: since) }

    public func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        try await journal.intend(intent, quiet: quiet)
    }

    public func write(_ entries: [JournalEntry]) async throws(JournalError) { try await journal.write(entries) }

    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] { try await journal.trail(query) }

    public func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] { try await journal.attempts(since: since) }

    public func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage { try await journal.incidents(query) }

    public func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? { try await journal.incident(id) }

    public func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        try await journal.incidentCounts(query)
    }

    public func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int {
        try await journal.forgetIncidents(closedBefore: instant)
    }

    public func append(_ block: ObservationBlock) async throws(JournalError) { try await journal.append(block) }

    public func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        try await journal.blocks(from: from, to: to, receive)
    }

    public func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {
        try await journal.prune(retention, at: now)
    }
}
