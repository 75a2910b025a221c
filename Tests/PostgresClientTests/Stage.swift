import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import Testing

/// All tests here, one after the other: they share one server, and count threads and descriptors of the process.
@Suite(.serialized, .enabled(if: TemporaryServer.whyUnavailable() == nil, "PostgreSQL cannot be run here"), StageTrait())
struct PostgresTests {}

/// Starts the server before the first test, and stops it after the last.
struct StageTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void)
        async throws
    {
        let server = try await TemporaryServer.start(maximumConnections: 120, settings: Certificates.settings)
        do {
            try await Certificates.write(to: server)
            try await server.run(script: Stage.documents + "/postgresql-role.sql")
            try await server.run(
                """
                ALTER ROLE automaton PASSWORD 'open sesame' CONNECTION LIMIT -1;
                CREATE ROLE app LOGIN; CREATE ROLE web LOGIN; CREATE ROLE copy LOGIN REPLICATION; CREATE ROLE chief LOGIN SUPERUSER;
                CREATE ROLE "Odd ""Role" LOGIN PASSWORD 'odd'; CREATE ROLE reader LOGIN PASSWORD 'reader';
                GRANT pg_read_all_stats TO reader;
                """)
            try await Stage.$server.withValue(server) { try await function() }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

enum Stage {
    @TaskLocal static var server: TemporaryServer?

    static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs")
        .standardizedFileURL.path
    static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Sources")
        .standardizedFileURL.path

    /// The server, with the least role as `docs/postgresql-role.sql` makes it.
    static func find() throws -> TemporaryServer { try #require(server) }

    /// The server as the least role reaches it, over TCP with its password.
    static func automaton(timeout: Duration = .seconds(10), sslMode: String = "prefer") throws -> PostgresServer {
        let server = try find()
        return PostgresServer(
            connection: server.remote("automaton", sslMode: sslMode), passwordFile: try file("password", "open sesame\n"), timeout: timeout)
    }

    /// A file that this process may read.
    static func file(_ name: String, _ content: String) throws -> String {
        let path = try find().folder + "/" + name
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Waits until something is so.
    static func until(_ what: String, within limit: Duration = .seconds(90), _ holds: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !holds() {
            guard ContinuousClock.now < deadline else { throw NotInTime(what: what) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    struct NotInTime: Error { let what: String }
}

/// Runs with a client of its own, which is shut down after.
func withSessions(_ body: (PostgresSessions) async throws -> Void) async throws {
    let sessions = PostgresSessions()
    do {
        try await body(sessions)
    } catch {
        await sessions.shutdown()
        throw error
    }
    await sessions.shutdown()
}

/// What a read answers when it fails.
func failure(_ server: PostgresServer) async throws -> PortError {
    let sessions = PostgresSessions()
    let result: Result<SessionsReading, PortError>
    do throws(PortError) {
        result = .success(try await sessions.read(server))
    } catch {
        result = .failure(error)
    }
    await sessions.shutdown()
    guard case .failure(let error) = result else { throw Stage.NotInTime(what: "a failure") }
    return error
}

/// An environment with sessions and nothing else.
func environment(_ sessions: any Sessions) -> Environment {
    var environment = Environment(
        pods: Nothing(), workloads: Nothing(), limits: { SafetyPolicy() },
        now: { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
    environment.sessions = sessions
    return environment
}

struct Nothing: Pods, Workloads {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
    func workload(of pod: PodRow) async throws(PortError) -> Subject { throw .refused("none") }
    func read(_ subject: Subject) async throws(PortError) -> Workload { throw .refused("none") }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload { throw .refused("none") }
}
