import Synchronization
import Threads

/// Runs a call that may block on a thread of its own, and waits for it, but not for ever.
///
/// A call that hangs (a network file system whose server is gone) cannot be ended: its thread is left to it, and what it gives in the
/// end is dropped. Who calls sees to it that such threads do not add up.
final class BlockingCall<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value?, Never>?
        var isOver = false
    }

    private let body: @Sendable (_ isAbandoned: @escaping @Sendable () -> Bool) -> Value
    private let state = Mutex(State())

    private init(_ body: @escaping @Sendable (_ isAbandoned: @escaping @Sendable () -> Bool) -> Value) { self.body = body }

    /// Runs a call.
    /// - Parameters:
    ///   - body: Asks now and then whether anybody still waits for it.
    ///   - notBegun: Is called in its place when it does not run at all.
    /// - Returns: Nil when there was no thread, the time was over, or the task was cancelled.
    static func run(
        timeout: Duration, _ body: @escaping @Sendable (_ isAbandoned: @escaping @Sendable () -> Bool) -> Value,
        notBegun: () -> Void = {}
    ) async -> Value? {
        let call = BlockingCall(body)
        let timer = Task {
            try await Task.sleep(for: timeout)
            call.finish(nil)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !call.start(continuation) { notBegun() }
            }
        } onCancel: {
            call.finish(nil)
        }
    }

    /// Whether the body runs.
    private func start(_ continuation: CheckedContinuation<Value?, Never>) -> Bool {
        let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        guard !isOver else {
            continuation.resume(returning: nil)
            return false
        }
        do throws(NoThread) {
            try OwnThread.start {
                // Nobody is left to take it when it comes too late.
                self.finish(self.body { self.state.withLock { $0.isOver } })
            }
            return true
        } catch {
            finish(nil)
            return false
        }
    }

    private func finish(_ value: Value?) {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.continuation = nil }
            return state.continuation
        }
        waiting?.resume(returning: value)
    }
}
