import AutomatonCore
import Synchronization

/// A PostgreSQL server in memory. Sessions that are told to end are gone at the next reading, but for those that hang on.
final class FakeSessions: Sessions {
    private struct State {
        var reading: SessionsReading
        var terminations: [SessionTermination] = []
        var readError: PortError?
        var terminationError: PortError?
        var hangingOn: Set<Int32> = []
        var busy: Set<Int32> = []
    }

    private let state: Mutex<State>

    init(_ reading: SessionsReading) { state = Mutex(State(reading: reading)) }

    /// What it was told to end.
    var terminations: [SessionTermination] { state.withLock { $0.terminations } }

    /// These take longer to end than anybody waits.
    func hangOn(_ pids: Set<Int32>) { state.withLock { $0.hangingOn = pids } }

    /// These do something again: they are not ended.
    func resume(_ pids: Set<Int32>) { state.withLock { $0.busy = pids } }

    /// Reading fails after the first termination.
    func failReading(_ error: PortError) { state.withLock { $0.readError = error } }

    /// Ending fails.
    func failTermination(_ error: PortError) { state.withLock { $0.terminationError = error } }

    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading {
        let answer: Result<SessionsReading, PortError> = state.withLock { state in
            if let error = state.readError, !state.terminations.isEmpty { return .failure(error) }
            return .success(state.reading)
        }
        return try answer.get()
    }

    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] {
        let answer: Result<[Session], PortError> = state.withLock { state in
            state.terminations.append(termination)
            if let error = state.terminationError { return .failure(error) }
            let told = termination.sessions.filter { !state.busy.contains($0.pid) }
            let gone = Set(told.map(\.pid)).subtracting(state.hangingOn)
            state.reading.sessions.removeAll { gone.contains($0.pid) }
            return .success(told)
        }
        return try answer.get()
    }
}
