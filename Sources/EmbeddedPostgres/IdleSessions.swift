import CPostgres
import Synchronization
import Threads

/// Sessions that are open and do nothing, as a leaking connection pool leaves them. Closed with ``close()`` or when nobody refers to
/// them any more.
///
/// `@unchecked Sendable`: the connections are touched by the thread that opens them, before anybody has this object, and then only under
/// the lock.
public final class IdleSessions: @unchecked Sendable {
    private let lock = Mutex(())
    private var connections: [OpaquePointer]

    private init(_ connections: [OpaquePointer]) { self.connections = connections }

    deinit { close() }

    /// Opens sessions, one after the other.
    /// - Parameters:
    ///   - count: how many.
    ///   - connection: a connection string (``TemporaryServer/local(_:database:application:)``).
    /// - Throws: ``EmbeddedPostgresError`` with what the server said; those that were opened are closed again.
    public static func open(_ count: Int, _ connection: String) async throws -> IdleSessions {
        try await OwnThread.run {
            var connections: [OpaquePointer] = []
            for _ in 0..<count {
                do {
                    connections.append(try Client.connect(connection))
                } catch {
                    for connection in connections { PQfinish(connection) }
                    throw error
                }
            }
            return IdleSessions(connections)
        }
    }

    /// The process IDs of the backends, in the order in which they were opened.
    public var processes: [Int32] { lock.withLock { _ in connections.map { PQbackendPID($0) } } }

    /// Sends SQL in each session and waits for the answers.
    public func run(_ sql: String) async throws {
        try await OwnThread.run { [self] in
            try lock.withLock { _ in
                for connection in connections {
                    let result = PQexec(connection, sql)
                    defer { PQclear(result) }
                    guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
                        throw EmbeddedPostgresError(Client.error(connection))
                    }
                }
            }
        }
    }

    /// How many the server has not closed, as far as that has come through.
    public var openCount: Int {
        lock.withLock { _ in
            connections.count { connection in
                // The first takes in the farewell, the second the end after it.
                (0..<2).allSatisfy { _ in PQconsumeInput(connection) == 1 } && PQstatus(connection) == CONNECTION_OK
            }
        }
    }

    /// Closes them.
    public func close() {
        lock.withLock { _ in
            for connection in connections { PQfinish(connection) }
            connections = []
        }
    }
}

/// libpq as its tutorial has it: every call blocks.
enum Client {
    static func connect(_ text: String) throws -> OpaquePointer {
        guard let connection = PQconnectdb("connect_timeout=10 " + text) else { throw EmbeddedPostgresError("out of memory") }
        guard PQstatus(connection) == CONNECTION_OK else {
            defer { PQfinish(connection) }
            throw EmbeddedPostgresError(error(connection))
        }
        automaton_pg_ignore_notices(connection)
        return connection
    }

    static func canConnect(_ text: String) -> Bool {
        guard let connection = try? connect(text) else { return false }
        PQfinish(connection)
        return true
    }

    static func error(_ connection: OpaquePointer) -> String { PQerrorMessage(connection).map { String(cString: $0) } ?? "no message" }
}
