/// What a WebSocket is opened with (RFC 6455).
public struct WebSocketRequest: Sendable {
    /// The absolute URL, percent-encoded, with the scheme of HTTP: `https://10.0.0.1:6443/api/…`.
    public var url: String
    /// Header fields besides those of the handshake.
    public var headers: [HTTPField]
    /// The subprotocols that are spoken, best first; the server must choose one of them.
    public var protocols: [String]
    /// How long it may take: to connect, in all, and without a byte from the other side (pings are answered, so a live one is never
    /// silent for long).
    public var timeouts: HTTPTimeouts
    /// How often the other side is pinged.
    public var pingInterval: Duration
    /// A message above this many bytes is an error (`tooLarge`).
    public var maximumMessageBytes: Int
    /// How to speak TLS, for an `https` URL.
    public var tls: TLSOptions
    /// A proxy to tunnel through; nil goes straight.
    public var proxy: String?

    /// Makes a request.
    public init(
        url: String, headers: [HTTPField] = [], protocols: [String],
        timeouts: HTTPTimeouts = HTTPTimeouts(connect: .seconds(10), total: .seconds(30), idle: .seconds(20)),
        pingInterval: Duration = .seconds(5), maximumMessageBytes: Int = 1 << 20, tls: TLSOptions = TLSOptions(), proxy: String? = nil
    ) {
        self.url = url
        self.headers = headers
        self.protocols = protocols
        self.timeouts = timeouts
        self.pingInterval = pingInterval
        self.maximumMessageBytes = maximumMessageBytes
        self.tls = tls
        self.proxy = proxy
    }
}

/// How a WebSocket ended.
public enum WebSocketOutcome: Sendable {
    /// The server answered the handshake with something else: an error, most likely. At most 1 MiB of its body is kept.
    case refused(HTTPResponse)
    /// It was open and is closed; nil when the server ended the connection without saying goodbye.
    case closed(WebSocketClose?)
}

/// A close frame.
public struct WebSocketClose: Hashable, Sendable {
    /// The code: 1000 for a normal end; 1005 when none was given.
    public var code: UInt16
    /// What the other side said.
    public var reason: String
}

/// What a receiver wants after a message.
public enum WebSocketFlow: Sendable {
    /// More, as it comes.
    case proceed
    /// What the other side still sends, and its close; but no longer than this.
    case drain(atMost: Duration)
    /// Nothing more: the connection is closed now.
    case close
    /// It ends now, and `WebSocket.run` throws this error.
    case fail(any Error)
}

/// Receives the messages of a WebSocket, each whole, one after the other, on a thread of the WebSocket's own.
public protocol WebSocketReceiver {
    /// The handshake is done, and the server chose this subprotocol.
    func opened(subprotocol: String)
    /// A message.
    func receive(_ message: [UInt8], isText: Bool) -> WebSocketFlow
}
