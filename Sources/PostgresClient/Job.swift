import AutomatonCore
import Synchronization

/// What a connection's thread can be given to do.
protocol ConnectionJob: AnyObject, Sendable {
    /// Does it. Blocks.
    func perform(on connection: ServerConnection)
}

/// How a connection learns when nobody waits any more, and tells that the server has been asked.
protocol Attendance: Sendable {
    /// When the answer must be there.
    var deadline: ContinuousClock.Instant { get }
    /// Whether nobody waits for the answer any more.
    var isOver: Bool { get }
    /// The statement goes out now: from here on its effect is unknown until the answer. False when nobody waits any more, and was told
    /// that nothing was sent: then it must not go out.
    func beginStatement() -> Bool
}

/// One request to a connection's thread. It is answered exactly once: by the thread, or by whoever gives it up.
final class Job<Value: Sendable>: ConnectionJob, Attendance {
    private struct State {
        var continuation: CheckedContinuation<Result<Value, PortError>, Never>?
        var result: Result<Value, PortError>?
        var hasBegunStatement = false
    }

    let deadline: ContinuousClock.Instant
    private let state = Mutex(State())
    private let work: @Sendable (ServerConnection, any Attendance) -> Result<Value, PortError>

    init(deadline: ContinuousClock.Instant, _ work: @escaping @Sendable (ServerConnection, any Attendance) -> Result<Value, PortError>) {
        self.deadline = deadline
        self.work = work
    }

    var isOver: Bool { state.withLock { $0.result != nil } }

    func beginStatement() -> Bool {
        state.withLock { state in
            if state.result == nil { state.hasBegunStatement = true }
            return state.result == nil
        }
    }

    func perform(on connection: ServerConnection) {
        guard !isOver else { return }
        let result = work(connection, self)
        finish { _ in result }
    }

    /// Answers in the thread's place.
    /// - Parameter error: what is said, given whether the statement was sent already.
    func giveUp(_ error: (_ hasBegunStatement: Bool) -> PortError) {
        finish { .failure(error($0)) }
    }

    /// Waits for the answer; to be called once.
    func result() async -> Result<Value, PortError> {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    private func finish(_ answer: (_ hasBegunStatement: Bool) -> Result<Value, PortError>) {
        let (continuation, result) = state.withLock { state in
            let result = state.result ?? answer(state.hasBegunStatement)
            guard state.result == nil else { return (nil as CheckedContinuation<Result<Value, PortError>, Never>?, result) }
            state.result = result
            defer { state.continuation = nil }
            return (state.continuation, result)
        }
        continuation?.resume(returning: result)
    }
}
