import Synchronization

/// What a sink wants after a chunk.
public enum HTTPFlow: Sendable {
    /// More, as it comes.
    case proceed
    /// Nothing more until the stream's gate opens. The chunk just given counts as taken.
    case pause
    /// The transfer ends now, and `HTTPClient.stream` throws this error.
    case fail(any Error)
}

/// Receives the body of a successful response as it arrives.
///
/// Both calls come on the client's own thread, one after the other, within microseconds of the bytes: they must not block, since all
/// other transfers wait meanwhile. The sink belongs to the client until the stream has ended.
public protocol HTTPBodySink {
    /// The head has arrived, and its status is 2xx.
    func receive(head: HTTPResponseHead)
    /// Some bytes have arrived; they are only valid during the call.
    func receive(_ bytes: Span<UInt8>) -> HTTPFlow
}

/// Lets a paused stream go on. Given to `HTTPClient.stream`, kept by whoever empties the receiver's buffer.
public final class HTTPGate: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    /// Makes a gate for one stream.
    public init() {}

    /// Lets the stream go on after a `.pause`. Without effect when it was not paused or has ended.
    public func open() {
        action.withLock { $0 }?()
    }

    func attach(_ open: @escaping @Sendable () -> Void) {
        action.withLock { $0 = open }
    }

    /// Lets go of the stream when it has ended: its sink often holds the gate in turn.
    func detach() {
        action.withLock { $0 = nil }
    }
}
