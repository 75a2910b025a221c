import CurlHTTP
import Foundation
import Synchronization
import Testing

/// A WebSocket server over TLS that asks for a client certificate, by Python's standard library alone: somebody else's handshake,
/// masking and TLS.
private let pythonServer = """
    import base64, hashlib, socket, ssl, struct, sys
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.crt", "server.key")
    context.load_verify_locations("ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    print("ACCEPT 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    def frame(opcode, payload, final=True):
        head = bytes([(0x80 if final else 0) | opcode])
        if len(payload) < 126: return head + bytes([len(payload)]) + payload
        if len(payload) < 65536: return head + bytes([126]) + struct.pack(">H", len(payload)) + payload
        return head + bytes([127]) + struct.pack(">Q", len(payload)) + payload
    def read(stream, count):
        data = stream.read(count)
        if len(data) < count: raise EOFError
        return data
    while True:
        raw, _ = listener.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                stream = tls.makefile("rb")
                fields = {}
                target = stream.readline().split()[1].decode()
                while (line := stream.readline().strip()):
                    name, value = line.decode().split(":", 1)
                    fields[name.lower()] = value.strip()
                accept = base64.b64encode(hashlib.sha1((fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
                subject = dict(pair[0] for pair in tls.getpeercert()["subject"])["commonName"]
                tls.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept
                    + b"\\r\\nSec-WebSocket-Protocol: " + fields["sec-websocket-protocol"].split(",")[0].encode() + b"\\r\\n\\r\\n")
                tls.sendall(frame(1, (subject + " " + target + " " + fields["authorization"]).encode()))
                large = bytes(range(256)) * 3000
                for start in range(0, len(large), 10000):
                    tls.sendall(frame(2 if start == 0 else 0, large[start:start + 10000], start + 10000 >= len(large)))
                tls.sendall(frame(9, b"ping"))
                head = read(stream, 2)
                key = read(stream, 4)
                pong = bytes(byte ^ key[index % 4] for index, byte in enumerate(read(stream, head[1] & 0x7f)))
                tls.sendall(frame(2, bytes([head[0], head[1]]) + pong) + frame(8, struct.pack(">H", 1000)))
                stream.read()
        except (EOFError, OSError):
            pass
    """

private struct Collector: WebSocketReceiver {
    final class Messages: Sendable {
        let all = Mutex<[[UInt8]]>([])
    }

    let messages: Messages

    func opened(subprotocol: String) {}
    func receive(_ message: [UInt8], isText: Bool) -> WebSocketFlow {
        messages.all.withLock { $0.append(message) }
        return .proceed
    }
}

@Suite(
    .timeLimit(.minutes(5)),
    .enabled(
        if: TLSFixture.isPossible && FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs openssl and /usr/bin/python3")
)
struct WebSocketTLSTests {
    @Test func certificatesAndTokensGoAsWithHTTP() async throws {
        let fixture = try await TLSFixture()
        let port = try await fixture.start(fixture.process("/usr/bin/python3", ["-c", pythonServer]))
        func run(_ tls: TLSOptions, host: String = "127.0.0.1") async throws -> [[UInt8]] {
            let messages = Collector.Messages()
            let request = WebSocketRequest(
                url: "https://\(host):\(port)/exec?command=a%20b", headers: [HTTPField("Authorization", "Bearer t0ken")],
                protocols: ["v5.channel.k8s.io"], timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(20)), tls: tls)
            guard case .closed(let close?) = try await WebSocket.run(request, into: Collector(messages: messages)) else { return [] }
            #expect(close.code == 1000)
            return messages.all.withLock { $0 }
        }
        let trust = TLSOptions.Trust.pem(try fixture.bytes("ca.crt"))
        let identity = TLSOptions.Identity.pem(
            certificate: try fixture.bytes("client.crt"), key: Secret(bytes: try fixture.bytes("client.key")))
        let large = (0..<768_000).map { UInt8(truncatingIfNeeded: $0) }
        for (tls, host) in [
            (TLSOptions(trust: trust, identity: identity), "127.0.0.1"),
            // The certificate is not for "localhost", but for the name asked for.
            (TLSOptions(trust: trust, identity: identity, serverName: "kube.test"), "localhost"),
        ] {
            let messages = try await run(tls, host: host)
            try #require(messages.count == 3)
            #expect(String(decoding: messages[0], as: UTF8.self) == "client /exec?command=a%20b Bearer t0ken")
            #expect(messages[1] == large)
            #expect(messages[2] == [0x8A, 0x84] + Array("ping".utf8))
        }
        for tls in [
            TLSOptions(trust: trust), TLSOptions(identity: identity), TLSOptions(trust: trust, identity: identity, serverName: "x.test"),
        ] {
            // TLS 1.3 tells of a missing client certificate after its handshake.
            let error = await #expect(throws: HTTPError.self) { try await run(tls) }
            #expect(error.map { [.tls, .aborted].contains($0.kind) } == true, "\(error as Any)")
        }
    }
}
