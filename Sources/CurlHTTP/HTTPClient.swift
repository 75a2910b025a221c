import Synchronization
import Threads

/// An HTTP/1.1 client over libcurl.
///
/// All transfers share one thread and one pool of connections, which are kept alive and used again. Nothing blocks Swift's threads.
/// A cancelled task aborts its transfer. Initialising the first one has the process ignore SIGPIPE.
public final class HTTPClient: Sendable {
    private let loop: CurlLoop
    private let thread: Mutex<OwnThread?>

    /// Starts the client's thread.
    /// - Parameters:
    ///   - connectionsPerHost: How many connections one host gets; further requests wait for one to become free. An open stream
    ///     holds one all the time.
    ///   - idleConnections: How many unused connections are kept.
    /// - Throws: `HTTPError` of kind `other` when libcurl or the system refuses.
    public init(connectionsPerHost: Int = 64, idleConnections: Int = 64) throws {
        guard let loop = CurlLoop(connectionsPerHost: connectionsPerHost, idleConnections: idleConnections) else {
            throw HTTPError(.other, endpoint: "libcurl", detail: "cannot be initialised")
        }
        self.loop = loop
        do throws(NoThread) {
            thread = Mutex(try OwnThread { loop.run() })
        } catch {
            throw HTTPError(.other, endpoint: "libcurl", detail: "\(error)")
        }
    }

    deinit {
        loop.stop()
        thread.withLock { $0 }?.detach()
    }

    /// Sends a request and waits for the whole response, whatever its status.
    /// - Throws: `HTTPError`, or `CancellationError` when the task was cancelled.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await carryOut(CurlTransfer(request))
    }

    /// Sends a request and hands the body to a sink as it arrives.
    ///
    /// Where the status is not 2xx, the sink gets nothing and the body is in the response, as from `send`.
    /// - Parameters:
    ///   - sink: Called on the client's own thread.
    ///   - gate: Lets the stream go on after the sink answered `.pause`.
    /// - Returns: The response when the stream has ended.
    /// - Throws: `HTTPError`, the sink's own error, or `CancellationError`.
    public func stream(
        _ request: HTTPRequest, into sink: sending some HTTPBodySink, gate: HTTPGate? = nil
    ) async throws -> HTTPResponse {
        let transfer = CurlTransfer(request, sink: sink)
        gate?.attach { [loop] in _ = loop.submit(.open(transfer)) }
        defer { gate?.detach() }
        return try await carryOut(transfer)
    }

    private func carryOut(_ transfer: CurlTransfer) async throws -> HTTPResponse {
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.continuation = continuation
                if !loop.submit(.start(transfer)) {
                    transfer.finish(.failure(HTTPError(.shutDown, endpoint: transfer.request.endpoint)))
                }
            }
        } onCancel: {
            transfer.isCancelled.store(true, ordering: .releasing)
            _ = loop.submit(.cancel(transfer))
        }
    }

    /// Ends the client: every transfer under way fails with `shutDown`, as does every later one; then the thread is gone.
    public func shutdown() async {
        loop.stop()
        guard
            let thread = thread.withLock({ thread in
                defer { thread = nil }; return thread
            })
        else { return }
        await loop.stopped()
        thread.join()
    }
}
