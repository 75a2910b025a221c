/// How long each stage of a request may take. Nil is without limit.
public struct HTTPTimeouts: Hashable, Sendable {
    /// From the start until the connection stands: name look-up, TCP and TLS.
    public var connect: Duration?
    /// From the start until the last byte of the body.
    public var total: Duration?
    /// Between two arrivals of bytes, and from the start to the first. Time in which the receiver held the stream back does not count.
    public var idle: Duration?

    /// Makes time-outs; by default 10 s to connect and 30 s in all.
    public init(connect: Duration? = .seconds(10), total: Duration? = .seconds(30), idle: Duration? = nil) {
        self.connect = connect
        self.total = total
        self.idle = idle
    }
}

/// A header field as it goes over the wire. Values can be secret: its description shows the name alone.
public struct HTTPField: Hashable, Sendable, CustomStringConvertible {
    /// The name, as written.
    public var name: String
    /// The value, without the line end.
    public var value: String

    /// Makes a field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public var description: String { "\(name): <\(value.utf8.count) bytes>" }
}

/// One HTTP/1.1 request.
public struct HTTPRequest: Sendable {
    /// The method, in capitals: `GET`.
    public var method: String
    /// The absolute URL, percent-encoded: `https://10.0.0.1:6443/api/v1/pods?limit=500`. Only `http` and `https`.
    public var url: String
    /// Header fields. Content-Length is added when there is a body.
    public var headers: [HTTPField]
    /// The body; nil for none.
    public var body: [UInt8]?
    /// How long it may take.
    public var timeouts: HTTPTimeouts
    /// A body of the response above this many bytes is an error (`tooLarge`). Does not bound what a sink receives.
    public var maximumResponseBytes: Int
    /// How to speak TLS, for an `https` URL.
    public var tls: TLSOptions
    /// A proxy (`http://…`, `https://…`, `socks5://…`); nil goes straight, whatever the environment says.
    public var proxy: String?
    /// A unix socket to connect to instead of the URL's host.
    public var unixSocket: String?

    /// Makes a request.
    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPField] = [],
        body: [UInt8]? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        maximumResponseBytes: Int = 16 << 20,
        tls: TLSOptions = TLSOptions(),
        proxy: String? = nil,
        unixSocket: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maximumResponseBytes = maximumResponseBytes
        self.tls = tls
        self.proxy = proxy
        self.unixSocket = unixSocket
    }

    /// Whether sending the request twice does the same as sending it once (RFC 9110, section 9.2.2).
    public var isIdempotent: Bool { ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method) }

    /// Where the request goes, as messages name it: `host:port`, never the path.
    var endpoint: String {
        if let unixSocket { return unixSocket }
        let (rest, standardPort) =
            url.hasPrefix("https://") ? (url.dropFirst(8), "443") : url.hasPrefix("http://") ? (url.dropFirst(7), "80") : (url[...], "")
        var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let afterBracket = authority.lastIndex(of: "]").map { authority[authority.index(after: $0)...] } ?? authority
        return afterBracket.contains(":") || standardPort.isEmpty ? String(authority) : "\(authority):\(standardPort)"
    }
}
