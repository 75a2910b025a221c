import AutomatonCore
import PostgresClient
import Synchronization

/// A schema of a PostgreSQL database with the journal's tables.
final class PostgresStore: RowStore {
    let name: String
    private let database: PostgresDatabase
    private let schema: PostgresSchema
    private let isReadOnly: Bool
    /// Whether the tables were seen to be of this version.
    private let isPrepared = Mutex(false)

    init(_ server: PostgresServer, schema: String, isReadOnly: Bool) throws(JournalError) {
        self.schema = try PostgresSchema(schema)
        self.isReadOnly = isReadOnly
        name = "the journal in schema \(schema)"
        if let problem = PostgresDatabase.problem(of: server.connection) { throw .unusable("\(name): \(problem)") }
        database = PostgresDatabase(server)
    }

    func perform<Value: Sendable>(
        writes: Bool, _ work: @escaping @Sendable (JournalTables) throws -> Value
    ) async throws(JournalError) -> Value {
        if writes, isReadOnly { throw .unusable("\(name) was opened for reading only") }
        do {
            try await prepare()
            return try await database.transaction(readOnly: !writes) { [prefix = schema.prefix] transaction in
                try work(JournalTables(transaction: PostgresRows(transaction: transaction, prefix: prefix)))
            }
        } catch {
            throw read(error)
        }
    }

    func shutdown() async { await database.shutdown() }

    private func prepare() async throws {
        guard !isPrepared.withLock({ $0 }) else { return }
        try await database.transaction(readOnly: isReadOnly) { [schema, name, isReadOnly] transaction in
            if isReadOnly { try schema.inspect(transaction, name) } else { try schema.migrate(transaction, name) }
        }
        isPrepared.withLock { $0 = true }
    }

    private func read(_ error: any Error) -> JournalError {
        switch error {
        case let error as JournalError: return error
        case let error as TakenOver: return error.error(name)
        case let error as UnreadableRow: return .unreadable(name, error.what)
        case let error as PostgresFailure: return read(error)
        default: return .unusable("\(name) cannot be used: \(error)")
        }
    }

    private func read(_ failure: PostgresFailure) -> JournalError {
        let state = failure.sqlState ?? ""
        func unavailable(_ what: String, _ mend: String) -> JournalError { .unavailable("\(name) \(what): \(failure); \(mend)") }
        func unusable(_ what: String, _ mend: String) -> JournalError { .unusable("\(name) \(what): \(failure); \(mend)") }
        switch failure.kind {
        case .unavailable: return .unavailable("\(name) cannot be reached: \(failure)")
        case .refused: return .unusable("\(name) cannot be used: \(failure)")
        case .outcomeUnknown: return .unavailable("\(name) gave no answer: \(failure); writing the same again does no harm")
        case .statement: break
        }
        switch state {
        case "25006": return unavailable("is on a server that can only be read", "name the primary, or add target_session_attrs=read-write")
        case "53100": return unavailable("cannot be written, the server's disk is full", "free space there")
        case "57014", "55P03", "25P03", "57P05":
            return unavailable("was not free in time", "look for what holds its locks or slows the server")
        case "42501": return unusable("may not be used by this role", "GRANT it CREATE on the database, or make it the owner of the schema")
        case "42P01", "42703", "3F000", "42P07":
            // Somebody put another database in its place, or dropped the tables.
            isPrepared.withLock { $0 = false }
            return unusable("is not as this program made it", "look at the schema; where it was dropped, a new one is made")
        case let state where state.hasPrefix("XX"): return unusable("is damaged", "look at the server's log")
        case let state where ["08", "25", "40", "53", "55", "57", "58"].contains(state.prefix(2)):
            return unavailable("cannot be used for now", "look at the server's log")
        default: return unusable("cannot be used", "look at the server's log")
        }
    }
}
