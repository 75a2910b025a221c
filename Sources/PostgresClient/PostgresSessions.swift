public import AutomatonCore
import Synchronization

/// The sessions of PostgreSQL servers, over libpq.
///
/// It keeps one connection open to each server that is read, on a thread of its own, since a new one would be refused just when it is
/// needed most: when the slots are full. It is opened again when it breaks, after a growing delay when that fails, and closed when
/// nobody has read the server for a while. Whoever waits is answered within the server's time-out, whatever the server does.
public final class PostgresSessions: Sessions {
    /// Connections are told apart by how a server is reached, not by how long one waits for it.
    private struct Key: Hashable {
        var connection: String
        var passwordFile: String?
    }

    private struct State {
        var threads: [Key: ConnectionThread] = [:]
        var isShutDown = false
    }

    /// Beyond the server's time-out: only a call that cannot be interrupted (a name server that hangs) takes so long.
    private static let grace: Duration = .seconds(1)

    private let state = Mutex(State())
    private let maximumServers: Int
    private let unusedFor: Duration
    private let defaultConnection: String

    /// Opens nothing yet.
    /// - Parameters:
    ///   - defaultConnection: how a server is reached that names no connection; empty for libpq's environment.
    ///   - maximumServers: to how many servers a connection is kept at once.
    ///   - unusedFor: how long a connection is kept that nobody uses; longer than the time between two readings.
    public init(defaultConnection: String = "", maximumServers: Int = 32, unusedFor: Duration = .minutes(15)) {
        self.maximumServers = maximumServers
        self.unusedFor = unusedFor
        self.defaultConnection = defaultConnection
    }

    deinit {
        for thread in state.withLock({ $0.threads }).values { thread.stop() }
    }

    public func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading {
        try await perform(on: server) { connection, attendance in connection.read(attendance) }
    }

    public func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] {
        guard !termination.sessions.isEmpty, !termination.states.isEmpty else { return [] }
        return try await perform(on: termination.server) { connection, attendance in connection.terminate(termination, attendance) }
    }

    /// Closes every connection; whoever asks later is refused.
    public func shutdown() async {
        let threads = state.withLock { state in
            state.isShutDown = true
            defer { state.threads = [:] }
            return Array(state.threads.values)
        }
        for thread in threads { thread.stop() }
        for thread in threads { await thread.stopped(within: .seconds(2)) }
    }

    private func perform<Value: Sendable>(
        on server: PostgresServer, _ work: @escaping @Sendable (ServerConnection, any Attendance) -> Result<Value, PortError>
    ) async throws(PortError) -> Value {
        var server = server
        if server.connection.isEmpty { server.connection = defaultConnection }
        let job = Job<Value>(deadline: .now + server.timeout, work)
        let thread = try submit(job, for: server)
        let timeout = server.timeout
        let result = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    guard (try? await Task.sleep(for: timeout + Self.grace)) != nil else { return }
                    job.giveUp { hasBegun in
                        let why = "PostgreSQL does not answer within \(timeout.readable), nor does the name server, if one is asked"
                        return hasBegun ? .outcomeUnknown(why) : .unavailable(why, retryAfter: nil)
                    }
                    thread.wake()
                }
                let result = await job.result()
                group.cancelAll()
                return result
            }
        } onCancel: {
            job.giveUp { hasBegun in
                hasBegun
                    ? .outcomeUnknown("cancelled while PostgreSQL was asked")
                    : .unavailable("cancelled before anything was asked", retryAfter: nil)
            }
            thread.wake()
        }
        return try result.get()
    }

    /// Hands the job to the server's thread, and starts one where there is none.
    private func submit(_ job: any ConnectionJob, for server: PostgresServer) throws(PortError) -> ConnectionThread {
        let key = Key(connection: server.connection, passwordFile: server.passwordFile)
        let outcome: Result<ConnectionThread, PortError> = state.withLock { state in
            if state.isShutDown { return .failure(.unavailable("the automaton is shutting down", retryAfter: nil)) }
            if let thread = state.threads[key], thread.submit(job) { return .success(thread) }
            state.threads = state.threads.filter { !$0.value.isClosed }
            guard state.threads.count < maximumServers else {
                return .failure(
                    .refused(
                        "connections to \(maximumServers) PostgreSQL servers are open, which is the most: let rules name fewer servers, and each always in the same way"
                    ))
            }
            let (connection, passwordFile) = (server.connection, server.passwordFile)
            do throws(PortError) {
                let thread = try ConnectionThread.start(unusedFor: unusedFor) { wakePipe in
                    ServerConnection(connection, passwordFile: passwordFile, use: .sessions, wakePipe: wakePipe)
                }
                guard thread.submit(job) else { return .failure(.unavailable("a connection's thread ended at once", retryAfter: nil)) }
                state.threads[key] = thread
                return .success(thread)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
