import ArgumentParser
import AutomatonCore
import PostgresClient
import Store

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the automaton keeps what must outlive it.
struct JournalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The directory of the journal, on a volume that outlives the pod; for one replica. Default: \(Self.mountedState) if there.",
        completion: .directory)
    var state: String?

    @Option(
        name: .long,
        help: """
            A PostgreSQL database for the journal, for several replicas: a connection string or URI as libpq reads it, without a password \
            (PGPASSWORD, PGPASSFILE, --journal-password-file). Default: $JOURNAL_DATABASE.
            """)
    var journal: String?

    @Option(name: .long, help: "A mounted file that holds the password of --journal.")
    var journalPasswordFile: String?

    static let mountedState = "/var/lib/self-healing-automaton"

    func validate() throws {
        try Self.checkDirectory(state)
        if state != nil, journal != nil { throw ValidationError("--state and --journal exclude each other: one journal is the truth") }
        if journalPasswordFile != nil, database == nil { throw ValidationError("--journal-password-file without --journal") }
    }

    /// Refuses what `--state` cannot be.
    static func checkDirectory(_ state: String?) throws {
        guard let state else { return }
        if state.isEmpty { throw ValidationError("--state is empty: name the directory of the journal, or leave it away") }
        let type = (try? FileManager.default.attributesOfItem(atPath: state))?[.type] as? FileAttributeType
        if type == .typeRegular {
            throw ValidationError("--state \(state) is a file: name the directory of the journal")
        }
    }

    private var database: String? {
        journal ?? (state == nil ? ProcessInfo.processInfo.environment["JOURNAL_DATABASE"].flatMap { $0.isEmpty ? nil : $0 } : nil)
    }

    /// The directory of the journal; nil when there is none.
    var stateDirectory: String? {
        if database != nil { return nil }
        return state ?? (FileManager.default.fileExists(atPath: Self.mountedState) ? Self.mountedState : nil)
    }

    /// Which journal, for people. Connections may hold what nobody should read.
    var description: String {
        if database != nil { return "PostgreSQL" }
        return stateDirectory.map { "SQLite in \($0)" } ?? "none: only stamps on the objects outlive the program"
    }

    /// Keeps the directory of the journal for this process; nil when there is none.
    /// - Throws: `JournalLock.Held` when another process has it.
    func lock(for run: String) throws -> JournalLock? {
        try stateDirectory.map {
            try JournalLock(
                directory: $0,
                holder: "run \(run), process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)")
        }
    }

    /// Whether there is a journal.
    var isThere: Bool { database != nil || stateDirectory != nil }

    /// Whether several processes can reach the journal.
    var isShared: Bool { database != nil }

    /// The journal to read: it is neither taken over nor changed. Nil for none.
    func reader() async throws -> (any Journal)? {
        if let database { return try Self.reader(database: database, passwordFile: journalPasswordFile) }
        guard let directory = stateDirectory else { return nil }
        return try await SQLiteJournal.openReadOnly(directory: directory)
    }

    /// The journal of a database, to read.
    static func reader(database: String, passwordFile: String?) throws(JournalError) -> any Journal {
        try PostgresJournal(PostgresServer(connection: database, passwordFile: passwordFile, timeout: .seconds(60)), isReadOnly: true)
    }

    /// The journal, which is opened when it is used; nil for none.
    /// - Throws: `JournalError` when the options can never work.
    func makeJournal() throws(JournalError) -> (any Journal)? {
        if let database {
            return try PostgresJournal(PostgresServer(connection: database, passwordFile: journalPasswordFile, timeout: .seconds(5)))
        }
        guard let directory = stateDirectory else { return nil }
        return ReopenedJournal { () throws(JournalError) in try await SQLiteJournal.open(directory: directory) }
    }
}
