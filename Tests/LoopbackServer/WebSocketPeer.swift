/// The server's end of a WebSocket, frame by frame as a test wants it.
public struct WebSocketPeer: Sendable {
    /// What a client sends.
    public struct Frame: Hashable, Sendable {
        /// 1 text, 2 binary, 8 close, 9 ping, 10 pong.
        public var opcode: UInt8
        /// Whether the client masked it, as it must.
        public var isMasked: Bool
        /// Unmasked.
        public var payload: [UInt8]
    }

    private let connection: Connection

    /// Answers a handshake.
    /// - Parameter accept: The value of Sec-WebSocket-Accept.
    public init?(_ connection: Connection, accept: String, subprotocol: String?, extra: [String] = []) {
        self.connection = connection
        var lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(accept)"]
        if let subprotocol { lines.append("Sec-WebSocket-Protocol: \(subprotocol)") }
        guard connection.write((lines + extra).joined(separator: "\r\n") + "\r\n\r\n") else { return nil }
    }

    /// The bytes of a frame.
    public static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case 0..<126: bytes.append(UInt8(payload.count))
        case 126..<65536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [127] + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: payload.count >> $0) }
        }
        return bytes + payload
    }

    /// Sends a frame; false when the client is gone.
    @discardableResult
    public func send(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> Bool {
        connection.write(Self.frame(opcode, payload, isFinal: isFinal))
    }

    /// Sends a close frame.
    public func close(_ code: UInt16 = 1000) { send(8, [UInt8(code >> 8), UInt8(code & 0xFF)]) }

    /// Waits for the client's next frame; nil when it has gone.
    public func next() -> Frame? {
        guard let head = connection.read(2) else { return nil }
        var length = Int(head[1] & 0x7F)
        if length >= 126 {
            guard let more = connection.read(length == 126 ? 2 : 8) else { return nil }
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        let isMasked = head[1] & 0x80 != 0
        guard let key = isMasked ? connection.read(4) : [0, 0, 0, 0], let payload = connection.read(length) else { return nil }
        return Frame(opcode: head[0] & 0x0F, isMasked: isMasked, payload: payload.enumerated().map { $1 ^ key[$0 & 3] })
    }
}
