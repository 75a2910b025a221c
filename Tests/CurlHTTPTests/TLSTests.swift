import CurlHTTP
import Foundation
import Synchronization
import Testing

/// A certificate authority, a server's and a client's certificate, and `openssl s_server` processes that use them.
final class TLSFixture: Sendable {
    let directory: URL
    private let servers = Mutex<[Process]>([])

    static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try await openssl(["req", "-x509"] + newKey + ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-ca", "-days", "2"])
        for (name, extra) in [("server", "subjectAltName=DNS:kube.test,IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")] {
            try await openssl(
                ["req", "-x509"] + newKey + ["-keyout", "\(name).key", "-out", "\(name).crt", "-subj", "/CN=\(name)", "-days", "2"]
                    + ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", extra, "-addext", "basicConstraints=critical,CA:FALSE"])
        }
    }

    deinit {
        for server in servers.withLock({ $0 }) { server.terminate() }
        try? FileManager.default.removeItem(at: directory)
    }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: directory.appendingPathComponent(name))) }

    func process(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    private func openssl(_ arguments: [String]) async throws {
        let process = process("/usr/bin/openssl", arguments)
        let code: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(code == 0, "openssl \(arguments.joined(separator: " "))")
    }

    /// Starts a server that answers every GET with a page; returns its port.
    func serve(_ extra: [String] = []) async throws -> Int {
        try await start(
            process(
                "/usr/bin/openssl", ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.crt", "-key", "server.key", "-www"] + extra))
    }

    /// Starts a program that prints "ACCEPT ADDRESS:PORT" when it listens; returns its port.
    func start(_ process: Process) async throws -> Int {
        let output = Pipe()
        process.standardOutput = output
        let text = Mutex("")
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            text.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        try process.run()
        servers.withLock { $0.append(process) }
        while true {
            let said = text.withLock { $0 }
            if let line = said.split(separator: "\n").dropLast(said.hasSuffix("\n") ? 0 : 1).first(where: { $0.hasPrefix("ACCEPT ") }),
                let port = line.split(separator: ":").last.flatMap({ Int($0) })
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

@Suite(.timeLimit(.minutes(5)), .enabled(if: TLSFixture.isPossible, "needs /usr/bin/openssl"))
struct TLSTests {
    @Test func trustsWhomItIsToldTo() async throws {
        let fixture = try await TLSFixture()
        let port = try await fixture.serve()
        let client = try HTTPClient()
        func get(_ tls: TLSOptions, host: String = "127.0.0.1") async throws -> HTTPResponse {
            try await client.send(HTTPRequest(url: "https://\(host):\(port)/", tls: tls))
        }
        #expect(try await get(TLSOptions(trust: .pem(fixture.bytes("ca.crt")))).status == 200)
        #expect(try await get(TLSOptions(trust: .file(fixture.path("ca.crt")))).status == 200)
        #expect(try await get(TLSOptions(trust: .anyone)).status == 200)
        // The certificate is not for "localhost", but for the name asked for.
        let ca = TLSOptions.Trust.pem(try fixture.bytes("ca.crt"))
        #expect(try await get(TLSOptions(trust: ca, serverName: "kube.test"), host: "localhost").status == 200)
        for (tls, host) in [
            (TLSOptions(), "127.0.0.1"), (TLSOptions(trust: .pem(try fixture.bytes("client.crt"))), "127.0.0.1"),
            (TLSOptions(trust: ca), "localhost"), (TLSOptions(trust: ca, serverName: "other.test"), "127.0.0.1"),
            (TLSOptions(trust: .file("/nonexistent/ca.crt")), "127.0.0.1"), (TLSOptions(trust: .pem(Array("garbage".utf8))), "127.0.0.1"),
        ] {
            let error = await #expect(throws: HTTPError.self, "\(tls)") { try await get(tls, host: host) }
            #expect(error?.kind == .tls, "\(tls)")
            #expect(error?.requestSent == false)
        }
    }

    @Test func showsItsCertificate() async throws {
        let fixture = try await TLSFixture()
        // TLS 1.2, where a missing client certificate already fails the handshake.
        let port = try await fixture.serve(["-CAfile", "ca.crt", "-Verify", "1", "-verify_return_error", "-tls1_2"])
        let client = try HTTPClient()
        func get(_ identity: TLSOptions.Identity?) async throws -> HTTPResponse {
            let tls = TLSOptions(trust: .file(fixture.path("ca.crt")), identity: identity)
            return try await client.send(HTTPRequest(url: "https://127.0.0.1:\(port)/", tls: tls))
        }
        let pem = TLSOptions.Identity.pem(certificate: try fixture.bytes("client.crt"), key: Secret(bytes: try fixture.bytes("client.key")))
        #expect(try await get(pem).status == 200)
        #expect(try await get(.files(certificate: fixture.path("client.crt"), key: fixture.path("client.key"))).status == 200)
        let wrongKey = TLSOptions.Identity.pem(
            certificate: try fixture.bytes("client.crt"), key: Secret(bytes: try fixture.bytes("server.key")))
        for identity in [nil, wrongKey, .files(certificate: "/nonexistent.crt", key: "/nonexistent.key")] {
            let error = await #expect(throws: HTTPError.self) { try await get(identity) }
            #expect(error?.kind == .tls)
        }
    }
}
