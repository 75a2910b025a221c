public import AutomatonCore
import Synchronization

/// Tables of our own on a PostgreSQL server, over libpq: statements with parameters, in transactions.
///
/// It has nothing to do with the connections of ``PostgresSessions``, which can write nothing. One connection is kept, on a thread of its
/// own, so that no thread of the caller's waits; transactions follow one another. It is opened again by the next transaction after it
/// broke, and closed when nobody has used it for a while.
public final class PostgresDatabase: Sendable {
    private struct State {
        var thread: ConnectionThread?
        var isShutDown = false
    }

    /// Beyond the server's time-out: only a call that cannot be interrupted (a name server that hangs) takes so long.
    private static let grace: Duration = .seconds(1)

    private let server: PostgresServer
    private let unusedFor: Duration
    private let state = Mutex(State())

    /// Opens nothing yet.
    /// - Parameters:
    ///   - server: how it is reached; its time-out holds for a whole transaction.
    ///   - unusedFor: how long the connection is kept when nobody uses it.
    public init(_ server: PostgresServer, unusedFor: Duration = .minutes(15)) {
        self.server = server
        self.unusedFor = unusedFor
    }

    /// What is wrong with a connection as it is written, so that it can never work; nil when only the server can tell. Asks nobody.
    public static func problem(of connection: String) -> String? {
        do throws(ServerFailure) {
            _ = try ConnectionSettings(connection)
            return nil
        } catch {
            return error.message
        }
    }

    deinit { state.withLock { $0.thread }?.stop() }

    /// Runs a transaction, and commits it when `body` answers; rolls it back when `body` throws.
    ///
    /// It goes on when the caller's task is cancelled: it ends within the server's time-out, and whoever writes what must not be lost
    /// wants to know how.
    /// - Parameters:
    ///   - readOnly: whether the server lets it change nothing.
    ///   - body: what it does, on the connection's thread; may be run anew when the connection broke before anything was done.
    /// - Throws: ``PostgresFailure``, or what `body` throws.
    public func transaction<Value: Sendable>(
        readOnly: Bool = false, _ body: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) async throws -> Value {
        let timeout = server.timeout
        let job = Job<Result<Value, any Error>>(deadline: .now + timeout) { connection, attendance in
            .success(connection.transaction(readOnly: readOnly, attendance, body))
        }
        let thread = try submit(job)
        let limit = Task.detached {
            guard (try? await Task.sleep(for: timeout + Self.grace)) != nil else { return }
            job.giveUp { hasBegun in
                let why = "PostgreSQL does not answer within \(timeout.readable), nor does the name server, if one is asked"
                return hasBegun ? .outcomeUnknown(why) : .unavailable(why, retryAfter: nil)
            }
            thread.wake()
        }
        defer { limit.cancel() }
        switch await job.result() {
        case .success(let result): return try result.get()
        case .failure(.outcomeUnknown(let why)): throw PostgresFailure(.outcomeUnknown, "\(why); whether it was written is not known")
        case .failure(let error): throw PostgresFailure(.unavailable, error.description)
        }
    }

    /// Closes the connection; later transactions are refused.
    public func shutdown() async {
        let thread = state.withLock { state in
            state.isShutDown = true
            defer { state.thread = nil }
            return state.thread
        }
        thread?.stop()
        await thread?.stopped(within: .seconds(2))
    }

    private func submit(_ job: any ConnectionJob) throws(PostgresFailure) -> ConnectionThread {
        let outcome: Result<ConnectionThread, PostgresFailure> = state.withLock { state in
            if state.isShutDown { return .failure(PostgresFailure(.unavailable, "the connection to PostgreSQL is shut down")) }
            if let thread = state.thread, thread.submit(job) { return .success(thread) }
            let (connection, passwordFile) = (server.connection, server.passwordFile)
            do throws(PortError) {
                let thread = try ConnectionThread.start(unusedFor: unusedFor) { wakePipe in
                    ServerConnection(connection, passwordFile: passwordFile, use: .rows, wakePipe: wakePipe)
                }
                guard thread.submit(job) else {
                    return .failure(PostgresFailure(.unavailable, "a connection's thread ended at once"))
                }
                state.thread = thread
                return .success(thread)
            } catch {
                return .failure(PostgresFailure(.unavailable, error.description))
            }
        }
        return try outcome.get()
    }
}
