import LoopbackServer
import Synchronization
import Testing

@testable import CurlHTTP

/// Keeps what it is given, and says what a test wants.
private struct Recorder: WebSocketReceiver {
    final class Log: Sendable {
        let messages = Mutex<[[UInt8]]>([])
        let subprotocol = Mutex("")
    }

    let log: Log
    var answer: @Sendable ([UInt8]) -> WebSocketFlow = { _ in .proceed }

    func opened(subprotocol: String) { log.subprotocol.withLock { $0 = subprotocol } }
    func receive(_ message: [UInt8], isText: Bool) -> WebSocketFlow {
        log.messages.withLock { $0.append(message) }
        return answer(message)
    }
}

@Suite(.timeLimit(.minutes(5))) struct WebSocketTests {
    /// A server whose WebSockets do what `script` says.
    private static func server(
        subprotocol: String? = "v5", accept: (@Sendable (String) -> String)? = nil, extra: [String] = [],
        _ script: @escaping @Sendable (WebSocketPeer, Connection) -> Void
    ) throws -> LoopbackServer {
        try LoopbackServer { connection in
            guard let request = connection.nextRequest() else { return }
            let key = request.headers["sec-websocket-key"] ?? ""
            guard
                let peer = WebSocketPeer(
                    connection, accept: accept?(key) ?? WebSocketHandshake.accept(key), subprotocol: subprotocol, extra: extra)
            else { return }
            script(peer, connection)
        }
    }

    private static func request(_ server: LoopbackServer, _ change: (inout WebSocketRequest) -> Void = { _ in }) -> WebSocketRequest {
        var request = WebSocketRequest(url: server.url + "/exec?a=b", protocols: ["v5", "v4"])
        request.timeouts = HTTPTimeouts(connect: .seconds(5), total: .seconds(20), idle: .seconds(10))
        change(&request)
        return request
    }

    private static func run(
        _ request: WebSocketRequest, _ answer: @escaping @Sendable ([UInt8]) -> WebSocketFlow = { _ in .proceed }
    ) async throws -> (outcome: WebSocketOutcome, log: Recorder.Log) {
        let log = Recorder.Log()
        return (try await WebSocket.run(request, into: Recorder(log: log, answer: answer)), log)
    }

    @Test func theHandshakeIsThatOfTheStandard() throws {
        // RFC 6455, section 1.3; FIPS 180's own examples for SHA-1.
        #expect(WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        func hex(_ text: String) -> String {
            SHA1.digest(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex(String(repeating: "a", count: 1000)) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
        var request = WebSocketRequest(url: "https://h:6443?x=1", headers: [HTTPField("A", "b")], protocols: ["v5"])
        let text = String(decoding: try WebSocketHandshake(request, host: "h:6443").request, as: UTF8.self)
        #expect(text.hasPrefix("GET /?x=1 HTTP/1.1\r\nHost: h:6443\r\n") && text.hasSuffix("A: b\r\n\r\n"))
        request.headers = [HTTPField("A", "b\r\nEvil: yes")]
        #expect(throws: WebSocketViolation.self) { try WebSocketHandshake(request, host: "h") }
    }

    @Test func fragmentsPingsAndSlowBytesMakeWholeMessages() async throws {
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        let pongs = Mutex<[WebSocketPeer.Frame]>([])
        let server = try Self.server { peer, connection in
            peer.send(2, Array("one ".utf8), isFinal: false)
            peer.send(9, Array("are you there".utf8))
            peer.send(0, Array("message".utf8))
            for byte in WebSocketPeer.frame(2, Array("byte by byte".utf8)) { connection.write([byte]) }
            peer.send(2, large)
            peer.send(2, [])
            if let pong = peer.next() { pongs.withLock { $0.append(pong) } }
            peer.close(1000)
            connection.waitForClose()
        }
        let (outcome, log) = try await Self.run(Self.request(server))
        guard case .closed(let close?) = outcome else { Issue.record("\(outcome)"); return }
        #expect(close.code == 1000)
        #expect(log.subprotocol.withLock { $0 } == "v5")
        let expected = [Array("one message".utf8), Array("byte by byte".utf8), large, []]
        #expect(log.messages.withLock { $0 } == expected)
        let pong = pongs.withLock { $0.first }
        #expect(pong?.opcode == 10 && pong?.isMasked == true && pong?.payload == Array("are you there".utf8))
    }

    @Test func itPingsAndSaysGoodbyeMasked() async throws {
        let frames = Mutex<[WebSocketPeer.Frame]>([])
        let server = try Self.server { peer, _ in
            while let frame = peer.next() {
                frames.withLock { $0.append(frame) }
                if frame.opcode == 9 {
                    peer.send(10, frame.payload)
                    peer.send(2, [7])
                }
            }
        }
        let (outcome, _) = try await Self.run(Self.request(server) { $0.pingInterval = .milliseconds(50) }) { _ in .close }
        guard case .closed = outcome else { Issue.record("\(outcome)"); return }
        while server.openConnections > 0 { try await Task.sleep(for: .milliseconds(2)) }
        let seen = frames.withLock { $0 }
        #expect(seen.map(\.opcode) == [9, 8] && seen.allSatisfy(\.isMasked))
        #expect(seen.last?.payload == [0x03, 0xE8])
    }

    @Test func aFloodOfPingsLosesNothing() async throws {
        let server = try Self.server { peer, connection in
            var bytes: [UInt8] = []
            for number in 0..<500 { bytes += WebSocketPeer.frame(9, [UInt8(truncatingIfNeeded: number)]) }
            connection.write(bytes + WebSocketPeer.frame(2, [42]) + WebSocketPeer.frame(8, [3, 232]))
            var pongs = 0
            while let frame = peer.next() { if frame.opcode == 10 { pongs += 1 } }
        }
        let (_, log) = try await Self.run(Self.request(server))
        #expect(log.messages.withLock { $0 } == [[42]])
    }

    @Test func anEndWithoutGoodbyeIsTold() async throws {
        let server = try Self.server { peer, _ in peer.send(2, [1]) }
        let (outcome, log) = try await Self.run(Self.request(server))
        guard case .closed(nil) = outcome else { Issue.record("\(outcome)"); return }
        #expect(log.messages.withLock { $0 } == [[1]])
    }

    static let badFrames: [(String, [UInt8])] = [
        ("a reserved bit", [0xC2, 0]), ("opcode 3", [0x83, 0]), ("a masked frame", [0x82, 0x80, 0, 0, 0, 0]),
        ("a continuation of nothing", [0x80, 0]), ("a message in a message", [0x02, 1, 65, 0x82, 0]), ("a long ping", [0x89, 126, 0, 200]),
        ("a fragmented close", [0x08, 0]), ("a close of one byte", [0x88, 1, 3]),
    ]

    @Test(arguments: badFrames) func badFramesEndIt(name: String, bytes: [UInt8]) async throws {
        let goodbye = Mutex<[UInt8]>([])
        let server = try Self.server { peer, connection in
            connection.write(bytes)
            if let frame = peer.next() { goodbye.withLock { $0 = frame.payload } }
            connection.waitForClose()
        }
        let error = await #expect(throws: HTTPError.self) { try await Self.run(Self.request(server)) }
        #expect(error?.kind == .protocolViolation && error?.requestSent == true)
        while server.openConnections > 0 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(goodbye.withLock { $0 } == [0x03, 0xEA])
    }

    static let huge: [[UInt8]] = [
        [0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        WebSocketPeer.frame(2, Array(repeating: 1, count: 600), isFinal: false) + WebSocketPeer.frame(0, Array(repeating: 1, count: 600)),
    ]

    @Test(arguments: huge) func messagesAreBounded(bytes: [UInt8]) async throws {
        let server = try Self.server { _, connection in
            connection.write(bytes)
            connection.waitForClose()
        }
        let error = await #expect(throws: HTTPError.self) { try await Self.run(Self.request(server) { $0.maximumMessageBytes = 1000 }) }
        #expect(error?.kind == .tooLarge(limit: 1000))
    }

    @Test func answersOtherThanAnUpgradeComeBackWhole() async throws {
        for head in [
            "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", "\r\nhello",
        ] {
            let server = try LoopbackServer { connection in
                _ = connection.nextRequest()
                connection.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nX-A: b\r\n\(head)")
            }
            let (outcome, _) = try await Self.run(Self.request(server))
            guard case .refused(let response) = outcome else { Issue.record("\(outcome)"); return }
            #expect(response.status == 403 && response.head["x-a"] == "b" && response.body == Array("hello".utf8))
        }
    }

    @Test func aRefusalWithoutEndIsCutOff() throws {
        var handshake = try WebSocketHandshake(WebSocketRequest(url: "ws://a/b", protocols: ["v5.channel.k8s.io"]), host: "a")
        let head = Array("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var progress = try handshake.receive(head, isOver: false)
        let noise = [UInt8](repeating: UInt8(ascii: "1"), count: 1 << 20)
        for _ in 0..<5 {
            guard case .incomplete = progress else { break }
            progress = try handshake.receive(noise, isOver: false)
        }
        guard case .refused(let response) = progress else { Issue.record("\(progress)"); return }
        #expect(response.status == 403 && response.body.isEmpty)
    }

    @Test func aWrongHandshakeIsRefused() async throws {
        let idle: @Sendable (WebSocketPeer, Connection) -> Void = { _, connection in connection.waitForClose() }
        let servers = [
            try Self.server(accept: { _ in "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }, idle), try Self.server(subprotocol: "v9", idle),
            try Self.server(subprotocol: nil, idle), try Self.server(extra: ["Sec-WebSocket-Extensions: permessage-deflate"], idle),
            try LoopbackServer { connection in
                _ = connection.nextRequest()
                connection.write("SSH-2.0-OpenSSH_9.2\r\n\r\n")
            },
            try LoopbackServer { connection in
                _ = connection.nextRequest()
                connection.write("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 20_000))
            },
        ]
        for server in servers {
            let error = await #expect(throws: HTTPError.self) { try await Self.run(Self.request(server)) }
            #expect(error?.kind == .protocolViolation)
        }
    }

    @Test func timeIsBounded() async throws {
        let silent = try LoopbackServer { connection in connection.waitForClose() }
        let error = await #expect(throws: HTTPError.self) {
            try await Self.run(Self.request(silent) { $0.timeouts.total = .milliseconds(150) })
        }
        #expect(error?.kind == .timeout(.response))
        let halfOpen = try Self.server { _, connection in connection.waitForClose() }
        let idle = await #expect(throws: HTTPError.self) {
            try await Self.run(Self.request(halfOpen) { $0.timeouts.idle = .milliseconds(150) })
        }
        #expect(idle?.kind == .timeout(.idle))
        let full = try LoopbackServer(backlog: 0, acceptsConnections: false) { _ in }
        full.stop()
        let refused = await #expect(throws: HTTPError.self) { try await Self.run(Self.request(full)) }
        #expect(refused?.kind == .connectionRefused && refused?.requestSent == false)
        // It has what it wants, and the server does not say goodbye: waited for, but not for long.
        let lingering = try Self.server { peer, connection in
            peer.send(2, [1])
            connection.waitForClose()
        }
        let (outcome, _) = try await Self.run(Self.request(lingering)) { _ in .drain(atMost: .milliseconds(50)) }
        guard case .closed(nil) = outcome else { Issue.record("\(outcome)"); return }
    }

    @Test func aCancelEndsItAtAnyStage() async throws {
        let open = try Self.server { peer, connection in
            peer.send(2, [1])
            connection.waitForClose()
        }
        let silent = try LoopbackServer { connection in connection.waitForClose() }
        for (server, waits) in [(open, true), (silent, true), (silent, false)] {
            let task = Task { try await Self.run(Self.request(server)).outcome }
            if waits { while server.accepted == 0 { try await Task.sleep(for: .milliseconds(2)) } }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        while open.openConnections + silent.openConnections > 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
}
