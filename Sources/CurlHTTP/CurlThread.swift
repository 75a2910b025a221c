import CCurl
import Synchronization
import Threads

/// A conversation whose calls block: it lives on one thread.
protocol CurlConversation: AnyObject, SendableMetatype {
    associatedtype Outcome: Sendable

    /// Runs it to its end.
    func run() throws -> Outcome
}

/// The thread of one conversation with curl's multi handle, and the way to stop it. It ends with the conversation: whoever holds many at
/// once bounds their number.
///
/// `@unchecked Sendable`: `make` and `continuation` are set before the thread starts and touched by the thread alone from then on.
final class CurlThread<Conversation: CurlConversation>: @unchecked Sendable {
    /// `@unchecked Sendable`: other threads only wake it up, which libcurl allows, and only under the lock.
    private struct Multi: @unchecked Sendable {
        var handle: UnsafeMutableRawPointer
    }

    private struct State {
        /// Nil before the thread has it, and again before it is freed.
        var multi: Multi?
        var isCancelled = false
    }

    private var make: ((_ multi: UnsafeMutableRawPointer, _ isCancelled: @escaping () -> Bool) -> Conversation?)?
    private let failure: @Sendable (String) -> any Error
    private let state = Mutex(State())
    private var continuation: CheckedContinuation<Conversation.Outcome, any Error>?

    /// - Parameters:
    ///   - failure: The error that says why there was no conversation at all.
    ///   - make: Called once, on the thread; what it holds is the thread's from then on. The multi handle stays the thread's, and is awake after a change of `isCancelled`.
    init(
        failure: @escaping @Sendable (String) -> any Error,
        make: @escaping (_ multi: UnsafeMutableRawPointer, _ isCancelled: @escaping () -> Bool) -> Conversation?
    ) {
        self.failure = failure
        self.make = make
    }

    /// Holds the conversation and waits for its outcome; a cancelled task has it stop.
    func run() async throws -> Conversation.Outcome {
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { start($0) }
        } onCancel: {
            state.withLock { state in
                state.isCancelled = true
                if let multi = state.multi { _ = curl_multi_wakeup(multi.handle) }
            }
        }
    }

    private func start(_ continuation: CheckedContinuation<Conversation.Outcome, any Error>) {
        self.continuation = continuation
        do throws(NoThread) {
            try OwnThread.start { self.runThread() }
        } catch {
            finish(.failure(failure("\(error)")))
        }
    }

    private func runThread() {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else { return finish(.failure(failure("libcurl cannot be initialised"))) }
        let shared = Multi(handle: multi)
        state.withLock { $0.multi = shared }
        var conversation = make?(multi) { self.state.withLock { $0.isCancelled } }
        make = nil
        let result = Result<Conversation.Outcome, any Error> {
            guard let conversation else { throw failure("out of memory") }
            return try conversation.run()
        }
        state.withLock { $0.multi = nil }
        // Before anything is closed: a goodbye must not hold up whoever waits for the outcome.
        finish(result)
        conversation = nil
        _ = curl_multi_cleanup(multi)
    }

    private func finish(_ result: Result<Conversation.Outcome, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }
}
