/// What a peer did against RFC 6455.
struct WebSocketViolation: Error, Hashable {
    var text: String
}

/// The frames that a client sends: never fragmented, always masked.
enum WebSocketFrame {
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// The bytes of one frame.
    static func encode(_ opcode: Opcode, _ payload: [UInt8] = [], mask: UInt32 = .random(in: .min ... .max)) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | opcode.rawValue]
        switch payload.count {
        case 0..<126: bytes.append(0x80 | UInt8(payload.count))
        case 126..<65536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        }
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: mask >> $0) }
        bytes += key
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ key[index & 3]) }
        return bytes
    }

    /// A close frame's payload.
    static func closing(_ code: UInt16) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xFF)] }
}

/// Cuts what a server sends into messages and control frames, and holds it against the protocol and the bounds.
struct WebSocketDecoder {
    enum Event: Hashable {
        case message([UInt8], isText: Bool)
        case ping([UInt8])
        case pong
        case close(WebSocketClose)
    }

    enum Failure: Error, Hashable {
        case violation(WebSocketViolation)
        case tooLarge
    }

    private let maximumMessageBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var message: [UInt8] = []
    /// The opcode of the message whose fragments are being collected.
    private var collecting: WebSocketFrame.Opcode?
    /// Whether `next` found no whole frame in what there is.
    private var isStarved = false

    init(maximumMessageBytes: Int) { self.maximumMessageBytes = maximumMessageBytes }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
        isStarved = false
    }

    /// Whether bytes are left that may hold another event.
    var hasMore: Bool { !isStarved && buffer.count > start }

    /// The next event that is there whole; nil until more bytes come.
    mutating func next() throws(Failure) -> Event? {
        while let (opcode, isFinal, payload) = try frame() {
            if opcode.isControl { return try control(opcode, payload) }
            switch (opcode, collecting) {
            case (.continuation, nil): throw violation("a continuation of no message")
            case (.continuation, _?): break
            case (_, nil): collecting = opcode
            case (_, _?): throw violation("a new message within another")
            }
            guard message.count + payload.count <= maximumMessageBytes else { throw .tooLarge }
            message.append(contentsOf: payload)
            guard isFinal else { continue }
            let isText = collecting == .text
            collecting = nil
            defer { message = [] }
            return .message(message, isText: isText)
        }
        isStarved = true
        return nil
    }

    private func control(_ opcode: WebSocketFrame.Opcode, _ payload: [UInt8]) throws(Failure) -> Event {
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        default:
            guard payload.count != 1 else { throw violation("a close frame of one byte") }
            guard payload.count >= 2 else { return .close(WebSocketClose(code: 1005, reason: "")) }
            let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
            return .close(WebSocketClose(code: code, reason: String(decoding: payload[2...], as: UTF8.self)))
        }
    }

    /// The next frame that is there whole.
    private mutating func frame() throws(Failure) -> (opcode: WebSocketFrame.Opcode, isFinal: Bool, payload: [UInt8])? {
        let available = buffer.count - start
        guard available >= 2 else { return nil }
        let (first, second) = (buffer[start], buffer[start + 1])
        guard first & 0x70 == 0 else { throw violation("reserved bits are set") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F) else { throw violation("opcode \(first & 0x0F)") }
        guard second & 0x80 == 0 else { throw violation("a masked frame from a server") }
        let isFinal = first & 0x80 != 0
        var length = UInt64(second & 0x7F)
        var header = 2
        if opcode.isControl, !isFinal || length > 125 { throw violation("a control frame that is long or fragmented") }
        if length >= 126 {
            header = length == 126 ? 4 : 10
            guard available >= header else { return nil }
            length = buffer[(start + 2)..<(start + header)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard length <= UInt64(maximumMessageBytes) else { throw .tooLarge }
        guard available >= header + Int(length) else { return nil }
        let from = start + header
        start = from + Int(length)
        return (opcode, isFinal, Array(buffer[from..<start]))
    }

    private func violation(_ text: String) -> Failure { .violation(WebSocketViolation(text: text)) }
}
