import AutomatonCore
import EmbeddedPostgres
import Synchronization

/// The database of the demo: a real PostgreSQL in a temporary folder, with the least role for the automaton.
final class DemoDatabase: Sendable {
    static let slots = 110
    private let server: TemporaryServer
    private let sessions = Mutex<IdleSessions?>(nil)

    private init(_ server: TemporaryServer) { self.server = server }

    /// Starts it.
    /// - Throws: when PostgreSQL is not installed, or does not start.
    static func start() async throws -> DemoDatabase {
        let database = DemoDatabase(try await TemporaryServer.start(maximumConnections: slots))
        do {
            // The same role as docs/postgresql-role.sql makes, without its password: the socket lies in a folder of our own.
            try await database.server.run("CREATE ROLE automaton LOGIN CONNECTION LIMIT 3; CREATE ROLE storefront LOGIN")
            try await database.server.run("GRANT pg_read_all_stats, pg_signal_backend TO automaton")
        } catch {
            await database.stop()
            throw error
        }
        return database
    }

    /// How the automaton reaches it.
    var connection: String { server.local("automaton") }

    /// Opens sessions and leaves them idle.
    func openIdle(_ count: Int) async throws {
        let opened = try await IdleSessions.open(count, server.local("storefront", application: "storefront"))
        sessions.withLock { $0 = opened }
    }

    /// Stops it and removes its folder.
    func stop() async {
        sessions.withLock { sessions in
            sessions?.close()
            sessions = nil
        }
        await server.stop()
    }
}
