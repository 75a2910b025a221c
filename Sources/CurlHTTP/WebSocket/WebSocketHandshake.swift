/// The opening handshake (RFC 6455, section 4): what is sent, and what the answer must be.
struct WebSocketHandshake {
    /// More of an answer's head than this is not read.
    static let maximumHeadBytes = 64 << 10
    /// More of a refusal's body than this is not kept.
    static let maximumBodyBytes = 1 << 20

    /// What has come of the answer so far.
    enum Progress {
        case incomplete
        /// The connection is a WebSocket now; what came after the head belongs to it.
        case opened(subprotocol: String, rest: [UInt8])
        case refused(HTTPResponse)
    }

    /// The bytes of the request.
    let request: [UInt8]
    private let key: String
    private let protocols: [String]
    private var received: [UInt8] = []

    /// - Throws: `WebSocketViolation` when a header field would break the request.
    init(_ request: WebSocketRequest, host: String, nonce: [UInt8] = (0..<16).map { _ in .random(in: .min ... .max) })
        throws(WebSocketViolation)
    {
        key = Self.base64(nonce)
        protocols = request.protocols
        let afterScheme = request.url.split(separator: "://", maxSplits: 1).last ?? ""
        let target = afterScheme.drop { $0 != "/" && $0 != "?" }.prefix { $0 != "#" }
        var lines = ["GET \(target.hasPrefix("/") ? "" : "/")\(target) HTTP/1.1"]
        let fields =
            [
                HTTPField("Host", host), HTTPField("Upgrade", "websocket"), HTTPField("Connection", "Upgrade"),
                HTTPField("Sec-WebSocket-Version", "13"), HTTPField("Sec-WebSocket-Key", key),
                HTTPField("Sec-WebSocket-Protocol", protocols.joined(separator: ", ")),
            ] + request.headers
        lines += fields.map { "\($0.name): \($0.value)" }
        // A line end in a value would let it add fields of its own.
        guard !lines.contains(where: { $0.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }) else {
            throw WebSocketViolation(text: "a header field holds a line end")
        }
        self.request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Takes what has arrived.
    /// - Parameter isOver: Whether the connection ended with it.
    mutating func receive(_ bytes: some Sequence<UInt8>, isOver: Bool) throws(WebSocketViolation) -> Progress {
        received.append(contentsOf: bytes)
        while let end = Self.endOfHead(received) {
            let head = try Self.head(received[..<end])
            if head.status == 101 { return .opened(subprotocol: try check(head), rest: Array(received[(end + 4)...])) }
            // Another 1xx head is not the answer yet (RFC 9110, section 15.2).
            guard head.status < 200 else {
                // Chunks that never end a line are no body either.
                let isTooMuch = received.count - end > 4 * Self.maximumBodyBytes
                guard let body = Self.body(received[(end + 4)...], head, isOver: isOver || isTooMuch) else { return .incomplete }
                return .refused(HTTPResponse(head: head, body: body))
            }
            received.removeFirst(end + 4)
        }
        guard received.count <= Self.maximumHeadBytes else { throw WebSocketViolation(text: "the head of the answer does not end") }
        return .incomplete
    }

    private func check(_ head: HTTPResponseHead) throws(WebSocketViolation) -> String {
        func has(_ name: String, _ token: String) -> Bool {
            head[name]?.split(separator: ",").contains { $0.drop { $0 == " " }.lowercased() == token } ?? false
        }
        guard has("Upgrade", "websocket"), has("Connection", "upgrade") else {
            throw WebSocketViolation(text: "101 without an upgrade to a WebSocket")
        }
        guard head["Sec-WebSocket-Accept"] == Self.accept(key) else {
            throw WebSocketViolation(text: "the handshake's Sec-WebSocket-Accept is not for this request")
        }
        guard let chosen = head["Sec-WebSocket-Protocol"], protocols.contains(chosen) else {
            let said = head["Sec-WebSocket-Protocol"].map { "subprotocol \($0.prefix(40))" } ?? "no subprotocol"
            throw WebSocketViolation(text: "the server chose \(said), offered was \(protocols.joined(separator: ", "))")
        }
        guard head["Sec-WebSocket-Extensions"] == nil else { throw WebSocketViolation(text: "an extension that was not offered") }
        return chosen
    }

    /// What the server must answer to a key.
    static func accept(_ key: String) -> String {
        base64(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
            return index
        }
        return nil
    }

    private static func head(_ bytes: ArraySlice<UInt8>) throws(WebSocketViolation) -> HTTPResponseHead {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let parts = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard let version = parts.first, version.hasPrefix("HTTP/1."), parts.count > 1, let status = Int(parts[1]),
            (100...999).contains(status)
        else { throw WebSocketViolation(text: "the answer is not HTTP/1.1") }
        let fields = lines.dropFirst().compactMap { line -> HTTPField? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            while value.last == " " || value.last == "\t" { value = value.dropLast() }
            return HTTPField(String(line[..<colon]), String(value))
        }
        return HTTPResponseHead(status: status, headers: fields)
    }

    /// The body of a refusal, as far as it is kept; nil until it is there whole.
    private static func body(_ bytes: ArraySlice<UInt8>, _ head: HTTPResponseHead, isOver: Bool) -> [UInt8]? {
        if head["Transfer-Encoding"]?.lowercased() == "chunked" {
            let (body, isWhole) = unchunked(bytes)
            return isWhole || isOver || body.count >= maximumBodyBytes ? Array(body.prefix(maximumBodyBytes)) : nil
        }
        let length = head["Content-Length"].flatMap { Int($0) } ?? Int.max
        let wanted = min(max(0, length), maximumBodyBytes)
        return bytes.count >= wanted || isOver ? Array(bytes.prefix(wanted)) : nil
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], isWhole: Bool) {
        var body: [UInt8] = []
        var rest = bytes
        while body.count < maximumBodyBytes, let end = rest.firstIndex(of: 0x0A) {
            let digits = rest[..<end].prefix { $0 != 0x0D && $0 != UInt8(ascii: ";") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { return (body, true) }
            if size == 0 { return (body, true) }
            let chunk = rest[(end + 1)...].prefix(size)
            body.append(contentsOf: chunk)
            guard chunk.count == size else { return (body, false) }
            rest = rest[chunk.endIndex...].dropFirst(2)
        }
        return (body, false)
    }

    /// Base64 (RFC 4648, section 4).
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                text.append(index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
