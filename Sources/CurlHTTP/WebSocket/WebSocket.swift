import CCurl
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A WebSocket client (RFC 6455) for conversations in which the server does the talking.
///
/// Each runs on a thread of its own, which ends with it: whoever runs many at once bounds their number. Nothing blocks Swift's threads.
public enum WebSocket {
    /// Opens a WebSocket, hands its messages to the receiver, and waits for its end.
    /// - Parameter receiver: Called on the WebSocket's thread.
    /// - Throws: `HTTPError`, the receiver's own error, or `CancellationError` when the task was cancelled.
    public static func run(_ request: WebSocketRequest, into receiver: sending some WebSocketReceiver) async throws -> WebSocketOutcome {
        try Task.checkCancellation()
        let run = WebSocketRun(request, into: receiver)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { run.start($0) }
        } onCancel: {
            run.cancel()
        }
    }
}

/// The thread of one WebSocket, and the way to stop it.
///
/// `@unchecked Sendable`: `receiver` and `continuation` are set before the thread starts and touched by the thread alone from then on.
private final class WebSocketRun: @unchecked Sendable {
    /// `@unchecked Sendable`: other threads only wake it up, which libcurl allows, and only under the lock.
    private struct Multi: @unchecked Sendable {
        var handle: UnsafeMutableRawPointer
    }

    private struct State {
        /// Nil before the thread has it, and again before it is freed.
        var multi: Multi?
        var isCancelled = false
    }

    private let request: WebSocketRequest
    private let receiver: any WebSocketReceiver
    private let state = Mutex(State())
    private var continuation: CheckedContinuation<WebSocketOutcome, any Error>?

    init(_ request: WebSocketRequest, into receiver: any WebSocketReceiver) {
        self.request = request
        self.receiver = receiver
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if let multi = state.multi { _ = curl_multi_wakeup(multi.handle) }
        }
    }

    func start(_ continuation: CheckedContinuation<WebSocketOutcome, any Error>) {
        self.continuation = continuation
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                #if !canImport(Darwin)
                    guard let context else { return nil }
                #endif
                Unmanaged<WebSocketRun>.fromOpaque(context).takeRetainedValue().runThread()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            return finish(.failure(failure("no thread: \(String(cString: strerror(code)))")))
        }
        pthread_detach(thread)
    }

    private func runThread() {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else { return finish(.failure(failure("libcurl cannot be initialised"))) }
        let shared = Multi(handle: multi)
        state.withLock { $0.multi = shared }
        let result = Result<WebSocketOutcome, any Error> {
            guard
                let connection = WebSocketConnection(
                    request, into: receiver, multi: multi, isCancelled: { self.state.withLock { $0.isCancelled } })
            else { throw failure("out of memory") }
            return try connection.run()
        }
        state.withLock { $0.multi = nil }
        _ = curl_multi_cleanup(multi)
        finish(result)
    }

    private func finish(_ result: Result<WebSocketOutcome, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }

    private func failure(_ detail: String) -> HTTPError {
        HTTPError(.other, endpoint: HTTPRequest(url: request.url).endpoint, detail: detail)
    }
}
