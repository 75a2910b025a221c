import NIOCore
import NIOPosix
import Simulator

/// What came over a WebSocket into a pod, or instead of it.
struct ExecAnswer: Sendable {
    /// 101 if the protocol was changed.
    var status = 0
    var head = ""
    /// The body of an answer over HTTP.
    var body: [UInt8] = []
    /// What came on each channel, and how many frames.
    var channels: [UInt8: [UInt8]] = [:]
    var frames = 0
    /// The payloads of pongs.
    var pongs: [[UInt8]] = []
    /// The code of the close frame; nil when the connection broke.
    var closeCode: Int?

    var output: String { String(decoding: channels[1] ?? [], as: UTF8.self) }
    var errors: String { String(decoding: channels[2] ?? [], as: UTF8.self) }
    /// The Status at the end.
    var end: JSON { channels[3].flatMap { try? JSON(parsing: $0) } ?? .null }
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var exitCode: String? { end["details", "causes", 0, "message"]?.string }
}

/// A WebSocket client that knows nothing of NIO's: it writes and reads the bytes of RFC 6455 itself.
struct ExecClient: Sendable {
    let port: Int

    func exec(
        _ command: [String], pod: String, namespace: String = "production", query: String = "&stdout=true&stderr=true",
        subprotocol: String = "v5.channel.k8s.io", headers: [String: String] = [:], ping: [UInt8]? = nil
    ) async throws -> ExecAnswer {
        let words = command.map { "command=" + Self.encoded($0) }.joined(separator: "&")
        let path = "/api/v1/namespaces/\(namespace)/pods/\(pod)/exec?\(words)\(query)"
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            request +=
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: \(subprotocol)\r\n"
            for (name, value) in headers { request += "\(name): \(value)\r\n" }
            try await outbound.write(ByteBuffer(string: request + "\r\n"))
            var received: [UInt8] = []
            var answer = ExecAnswer()
            var hasPinged = false
            for try await chunk in inbound {
                received += Array(chunk.readableBytesView)
                if answer.status == 0, !Self.readHead(&received, into: &answer) { continue }
                if answer.status == 101 {
                    if let ping, !hasPinged {
                        hasPinged = true
                        // Masked with zeroes, which is a mask like any other.
                        try await outbound.write(ByteBuffer(bytes: [0x89, 0x80 | UInt8(ping.count), 0, 0, 0, 0] + ping))
                    }
                    if Self.readFrames(&received, into: &answer) { break }
                } else {
                    answer.body += received
                    received = []
                    if answer.json != .null { break }
                }
            }
            return answer
        }
    }

    private static func readHead(_ bytes: inout [UInt8], into answer: inout ExecAnswer) -> Bool {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else { return false }
        answer.head = String(decoding: bytes[..<end], as: UTF8.self)
        answer.status = Int(answer.head.split(separator: " ")[1]) ?? -1
        bytes.removeFirst(end + 4)
        return true
    }

    /// - Returns: whether the close frame has come.
    private static func readFrames(_ bytes: inout [UInt8], into answer: inout ExecAnswer) -> Bool {
        while bytes.count >= 2 {
            var length = Int(bytes[1] & 0x7F)
            var start = 2
            if length > 125 {
                let digits = length == 126 ? 2 : 8
                guard bytes.count >= 2 + digits else { return false }
                length = bytes[2..<2 + digits].reduce(0) { $0 << 8 | Int($1) }
                start += digits
            }
            guard bytes.count >= start + length else { return false }
            let payload = Array(bytes[start..<start + length])
            let opcode = bytes[0] & 0x0F
            bytes.removeFirst(start + length)
            switch opcode {
            case 2:
                answer.frames += 1
                answer.channels[payload[0], default: []] += payload.dropFirst()
            case 8:
                answer.closeCode = payload.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                return true
            case 10: answer.pongs.append(payload)
            default: break
            }
        }
        return false
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
