import AutomatonCore
import Dispatch
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A database with tables of others.
struct Unmarked: Error {
    let journal: String

    var error: JournalError {
        .unusable("\(journal) is an SQLite database, but no journal of this program: move it away, or name another directory")
    }
}

/// One SQLite database with the journal's tables: one connection.
final class SQLiteStore: RowStore {
    let name: String
    let isReadOnly: Bool
    let database: DatabaseQueue
    private let execution: SQLiteJournal.Execution
    private let failure: SQLiteFailure

    /// Opens the file, makes it where it is missing, and brings its tables up to this version. Blocks.
    init(
        directory: String, execution: SQLiteJournal.Execution, durability: SQLiteJournal.Durability, busyTimeout: Duration
    ) throws(JournalError) {
        let path = Self.path(directory)
        name = "the journal \(path)"
        isReadOnly = false
        self.execution = execution
        let failure = SQLiteFailure(journal: name, directory: directory)
        self.failure = failure
        try Self.make(directory, for: name)
        try Self.makeFile(path, name)
        var configuration = Self.configuration(busyTimeout)
        configuration.prepareDatabase { database in
            // Only takes effect before the first page is written.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF")")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.prepare(database, failure.journal, until: .now + busyTimeout)
        } catch {
            throw failure(error)
        }
    }

    /// Opens the file for reading only, and changes nothing. Blocks.
    init(readingIn directory: String, busyTimeout: Duration) throws(JournalError) {
        let path = Self.path(directory)
        name = "the journal \(path)"
        isReadOnly = true
        execution = .queue
        let failure = SQLiteFailure(journal: name, directory: directory)
        self.failure = failure
        guard access(path, R_OK) == 0 else {
            throw .unusable("\(name) cannot be read (\(String(cString: strerror(errno)))): name the directory that --state names")
        }
        var configuration = Self.configuration(busyTimeout)
        configuration.readonly = true
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.writeWithoutTransaction { [name] database in try Self.inspect(database, name, mustBeCurrent: true) }
        } catch {
            throw failure(error)
        }
    }

    /// A database that ends with this object.
    init(inMemory execution: SQLiteJournal.Execution) throws(JournalError) {
        name = "the journal in memory"
        isReadOnly = false
        self.execution = execution
        failure = SQLiteFailure(journal: name, directory: nil)
        do {
            database = try DatabaseQueue(configuration: Self.configuration(.zero))
            try SQLiteSchema.migrator.migrate(database)
        } catch {
            throw failure(error)
        }
    }

    func perform<Value: Sendable>(
        writes: Bool, _ work: @escaping @Sendable (JournalTables) throws -> Value
    ) async throws(JournalError) -> Value {
        if writes, isReadOnly { throw .unusable("\(name) was opened for reading only") }
        return try await run { database in
            var value: Value?
            try database.inTransaction(writes ? .immediate : .deferred) {
                value = try work(JournalTables(transaction: SQLiteTransaction(database: database)))
                return .commit
            }
            guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            return value
        }
    }

    /// Gives space back to the file system, a bounded part at a time. What cannot be given back now is used again later.
    func shrink() async {
        _ = try? await run { database in
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(4096)")
        }
    }

    /// Closes the connection.
    func close() async {
        let database = database
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // Closing waits for what is under way.
            DispatchQueue.global().async {
                try? database.close()
                continuation.resume()
            }
        }
    }

    /// Runs something on the connection: on its queue, which takes no notice of a cancelled task, since what is to be written must be
    /// written; or here and now.
    private func run<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(JournalError) -> Value {
        let result: Result<Value, any Error>
        switch execution {
        case .inline: result = runInline(work)
        case .queue:
            result = await withCheckedContinuation { continuation in
                database.asyncWriteWithoutTransaction { database in continuation.resume(returning: Result { try work(database) }) }
            }
        }
        do {
            return try result.get()
        } catch {
            throw failure(error)
        }
    }

    private func runInline<Value>(_ work: (Database) throws -> Value) -> Result<Value, any Error> {
        database.writeWithoutTransaction { database in Result { try work(database) } }
    }
}

extension SQLiteStore {
    static func path(_ directory: String) -> String {
        directory.hasSuffix("/") ? "\(directory)journal.sqlite" : "\(directory)/journal.sqlite"
    }

    private static func configuration(_ busyTimeout: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(busyTimeout.inSeconds)
        return configuration
    }

    /// Makes the directory and the file, for nobody else to read: rules and memories tell much about a cluster.
    /// Makes a directory, with those above it.
    static func make(_ directory: String, for journal: String = "the journal") throws(JournalError) {
        var made = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o700) != 0 else { continue }
            let code = errno
            guard code == EEXIST || access(made, F_OK) == 0 else {
                let why = String(cString: strerror(code))
                throw .unusable("\(journal) cannot be made: \(made) cannot be made (\(why)): name a directory that this user may write in")
            }
        }
    }

    private static func makeFile(_ path: String, _ journal: String) throws(JournalError) {
        // A file that exists is not opened here: closing it would give up the locks of another connection of this process.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = systemClose(descriptor)
        } else if errno == ENOSPC || errno == EDQUOT {
            throw .unavailable("\(journal) cannot be made, the disk is full: free space where it lies")
        } else if errno != EEXIST {
            let why = String(cString: strerror(errno))
            throw .unusable("\(journal) cannot be made (\(why)): name a directory that this user may write in")
        }
    }

    private static func systemClose(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }

    /// Brings a file up to this version. Another process may do the same at once: whoever comes second finds it done.
    private static func prepare(_ queue: DatabaseQueue, _ journal: String, until deadline: ContinuousClock.Instant) throws {
        let made = ContinuousClock.now + .seconds(1)
        while true {
            do {
                try queue.writeWithoutTransaction { database in
                    try inspect(database, journal, mustBeCurrent: false)
                    // Setting it takes no notice of the busy time-out.
                    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                    guard mode == "wal" else {
                        throw JournalError.unusable(
                            "\(journal) lies where SQLite cannot keep a write-ahead log (it is in mode \(mode ?? "unknown")): use a local disk"
                        )
                    }
                }
                try SQLiteSchema.migrator.migrate(queue)
                break
            } catch is Unmarked where ContinuousClock.now < made {
                // Another process may be about to mark what it makes.
                _ = usleep(20_000)
            } catch let error as DatabaseError {
                let isDone = (try? queue.writeWithoutTransaction { try SQLiteSchema.migrator.hasCompletedMigrations($0) }) ?? false
                if isDone, error.resultCode == .SQLITE_ERROR { continue }
                guard error.resultCode == .SQLITE_BUSY, ContinuousClock.now < deadline else { throw error }
                _ = usleep(20_000)
            }
        }
        try queue.writeWithoutTransaction { database in
            for table in ["holder", "subjects", "automaton", "attempts"] {
                let answer = try String.fetchOne(database, sql: "PRAGMA quick_check('\(table)')")
                guard answer == "ok" else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(table): \(answer ?? "no answer")")
                }
            }
        }
    }

    /// Looks whether the file is a journal, and of which version: all at one instant, since another process may be making it.
    private static func inspect(_ database: Database, _ journal: String, mustBeCurrent: Bool) throws {
        try database.inTransaction(.deferred) {
            try inspectOnce(database, journal, mustBeCurrent: mustBeCurrent)
            return .commit
        }
    }

    private static func inspectOnce(_ database: Database, _ journal: String, mustBeCurrent: Bool) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE name <> 'grdb_migrations'") == 0
        if isEmpty, application == 0 {
            if mustBeCurrent { throw JournalError.unusable("\(journal) is empty: no run has written to it yet") }
            return
        }
        guard application == SQLiteSchema.applicationID else { throw Unmarked(journal: journal) }
        if try SQLiteSchema.migrator.hasBeenSuperseded(database) {
            throw JournalError.unusable(
                "\(journal) was written by a newer version of this program: use that version, or move the file away to begin a new one")
        }
        if mustBeCurrent, try !SQLiteSchema.migrator.hasCompletedMigrations(database) {
            throw JournalError.unusable(
                "\(journal) was written by an older version of this program: `automaton run` of this version brings it up to date")
        }
    }
}
