/// A WebSocket client (RFC 6455) for conversations in which the server does the talking.
///
/// Each runs on a thread of its own, which ends with it: whoever runs many at once bounds their number. Nothing blocks Swift's threads.
public enum WebSocket {
    /// Opens a WebSocket, hands its messages to the receiver, and waits for its end.
    /// - Parameter receiver: Called on the WebSocket's thread.
    /// - Throws: `HTTPError`, the receiver's own error, or `CancellationError` when the task was cancelled.
    public static func run(_ request: WebSocketRequest, into receiver: sending some WebSocketReceiver) async throws -> WebSocketOutcome {
        let receiver: any WebSocketReceiver = receiver
        let endpoint = HTTPRequest(url: request.url).endpoint
        let thread = CurlThread<WebSocketConnection>(failure: { HTTPError(.other, endpoint: endpoint, detail: $0) }) { multi, isCancelled in
            WebSocketConnection(request, into: receiver, multi: multi, isCancelled: isCancelled)
        }
        return try await thread.run()
    }
}
