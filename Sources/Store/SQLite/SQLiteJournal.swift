public import AutomatonCore
import Dispatch

/// A journal in a file of SQLite, `journal.sqlite`: the default. An object is for one run.
///
/// Every answer is on the disk (write-ahead log, `synchronous = FULL`). Other programs may read the file meanwhile. Several processes may
/// open it: one of them has it, whichever took it over last.
public final class SQLiteJournal: Journal {
    /// Where its work is done.
    public enum Execution: Hashable, Sendable {
        /// On a queue of its own: nobody's thread waits for the disk.
        case queue
        /// On the caller's thread, before the call returns: for a simulation, whose order of events must not depend on threads.
        case inline
    }

    /// What an answer means.
    public enum Durability: Hashable, Sendable {
        /// It is on the disk.
        case full
        /// The operating system has it: it outlives the process, and not a loss of power. For a simulation.
        case none
    }

    private let journal: RowJournal<SQLiteStore>
    var store: SQLiteStore { journal.store }

    private init(_ store: SQLiteStore) { journal = RowJournal(store) }

    /// The same database, over the same connection, for another run of this process.
    public convenience init(sharing other: SQLiteJournal) { self.init(other.store) }

    /// Opens the journal in a directory, makes both where they are missing, and brings an older one up to this version.
    /// - Parameters:
    ///   - directory: where `journal.sqlite` lies, readable by this user alone when it is made here.
    ///   - execution: where its work is done.
    ///   - durability: what an answer means.
    ///   - busyTimeout: how long another process's lock is waited for.
    public static func open(
        directory: String, execution: Execution = .queue, durability: Durability = .full, busyTimeout: Duration = .seconds(5)
    ) async throws(JournalError) -> SQLiteJournal {
        SQLiteJournal(
            try await opened(execution) { () throws(JournalError) in
                try SQLiteStore(directory: directory, execution: execution, durability: durability, busyTimeout: busyTimeout)
            })
    }

    /// Opens the journal in a directory to read it, also while a run writes to it; changes nothing.
    public static func openReadOnly(directory: String, busyTimeout: Duration = .seconds(5)) async throws(JournalError) -> SQLiteJournal {
        SQLiteJournal(
            try await opened(.queue) { () throws(JournalError) in try SQLiteStore(readingIn: directory, busyTimeout: busyTimeout) })
    }

    /// A journal that ends with the last object that shares it.
    public static func inMemory(execution: Execution = .inline) throws(JournalError) -> SQLiteJournal {
        SQLiteJournal(try SQLiteStore(inMemory: execution))
    }

    private static func opened(
        _ execution: Execution, _ open: @escaping @Sendable () throws(JournalError) -> SQLiteStore
    ) async throws(JournalError) -> SQLiteStore {
        guard execution == .queue else { return try open() }
        let result: Result<SQLiteStore, JournalError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(JournalError) {
                    continuation.resume(returning: .success(try open()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Closes the file, also for those that share it. Later calls fail.
    public func close() async { await store.close() }

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
        await store.shrink()
    }
}
