import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

/// Servers that are not there, fall silent or break off, scripted byte by byte.
@Suite(.timeLimit(.minutes(5)))
struct SMTPFailureTests {
    /// Talks SMTP until it has heard a verb, and then does what it is told.
    private func server(until verb: String, then act: @escaping @Sendable (Connection) -> Void) throws -> LoopbackServer {
        try LoopbackServer { connection in
            guard verb != "connect" else { return act(connection) }
            connection.write("220 scripted\r\n")
            while let line = connection.nextLine() {
                if line.hasPrefix(verb) { return act(connection) }
                switch line.prefix(4) {
                case "EHLO": connection.write("250-scripted\r\n250 SIZE 1000000\r\n")
                case "DATA":
                    connection.write("354 go on\r\n")
                    while let text = connection.nextLine(), text != "." {}
                    if verb == "." { return act(connection) }
                    connection.write("250 taken\r\n")
                case "QUIT": return
                default: connection.write("250 fine\r\n")
                }
            }
        }
    }

    private func request(_ port: Int, _ security: SMTPRequest.Security = .none, timeout: Duration = .milliseconds(600)) -> SMTPRequest {
        SMTPRequest(
            host: "127.0.0.1", port: port, security: security, sender: "heal@example.com", recipients: ["sre@example.com"],
            message: Array("Subject: x\r\n\r\nHello.\r\n".utf8), connectTimeout: timeout, timeout: timeout)
    }

    private func failure(_ request: SMTPRequest) async throws -> SMTPError {
        try #require(await #expect(throws: SMTPError.self) { try await SMTP.deliver(request) })
    }

    private static let stages: [(String, SMTPError.Stage)] = [
        ("connect", .greeting), ("EHLO", .greeting), ("MAIL", .sender), ("RCPT", .recipients), ("DATA", .data), (".", .message),
    ]

    @Test(arguments: stages)
    func givesUpOnAServerThatFallsSilent(verb: String, stage: SMTPError.Stage) async throws {
        let server = try server(until: verb) { while $0.nextLine() != nil {} }
        let error = try await failure(request(server.port))
        #expect(error.kind == .timeout)
        #expect(error.stage == stage)
        #expect(error.isTransient)
        #expect(error.mayHaveArrived == (verb == "."))
    }

    @Test(arguments: stages)
    func saysWhereAServerBrokeOff(verb: String, stage: SMTPError.Stage) async throws {
        let server = try server(until: verb) { $0.reset() }
        let error = try await failure(request(server.port, timeout: .seconds(20)))
        #expect(error.isTransient)
        // A reset that comes at once can be seen before the connection is.
        if verb == "connect", error.stage == .connect { return #expect(error.kind == .connectionFailed) }
        #expect(error.kind == .aborted)
        #expect(error.stage == stage)
    }

    @Test func givesUpOnATLSHandshakeThatDoesNotCome() async throws {
        let server = try server(until: "connect") { while $0.nextLine() != nil {} }
        let error = try await failure(request(server.port, .implicit))
        #expect(error.kind == .timeout)
        #expect(error.stage == .tls)
    }

    @Test func namesAServerThatIsNotThere() async throws {
        let server = try LoopbackServer { _ in }
        let port = server.port
        server.stop()
        let error = try await failure(request(port, timeout: .seconds(20)))
        #expect(error.kind == .connectionRefused)
        #expect(error.stage == .connect)
        #expect("\(error)".contains("127.0.0.1:\(port)"))

        var unknown = request(25, timeout: .seconds(20))
        unknown.host = "no-such-host.invalid"
        #expect(try await failure(unknown).kind == .dns)
    }

    @Test(arguments: ["MAIL", "nothing"])
    func doesNotWaitForTheAnswerToAGoodbye(refusedAt verb: String) async throws {
        let said = Said()
        let server = try LoopbackServer { connection in
            connection.write("220 scripted\r\n")
            while let line = connection.nextLine() {
                switch line.prefix(4) {
                case verb: connection.write("550 5.7.1 no\r\n")
                case "DATA":
                    connection.write("354 go on\r\n")
                    while let text = connection.nextLine(), text != "." {}
                    connection.write("250 taken\r\n")
                case "QUIT":
                    said.goodbye.store(true, ordering: .releasing)
                    // Silent from here on, and the connection stays open.
                    while connection.nextLine() != nil {}
                default: connection.write("250 fine\r\n")
                }
            }
        }
        let clock = ContinuousClock()
        let start = clock.now
        if verb == "MAIL" {
            #expect(try await failure(request(server.port, timeout: .seconds(600))).stage == .sender)
        } else {
            _ = try await SMTP.deliver(request(server.port, timeout: .seconds(600)))
        }
        #expect(clock.now - start < .seconds(300))
        try await eventually { said.goodbye.load(ordering: .acquiring) }
        try await eventually { server.openConnections == 0 }
    }

    private final class Said: Sendable {
        let goodbye = Atomic(false)
    }

    @Test func mendsTheWordsOfAHostileServer() async throws {
        let words = "5.1.1 \u{1B}[31mred\u{1B}[0m\u{7} \u{202E}evil " + String(repeating: "x", count: 400)
        let server = try server(until: "MAIL") { connection in
            connection.write("550-\(words)\r\n550-5.1.1 and more\r\n550 5.1.1 done\r\n")
            while connection.nextLine() != nil {}
        }
        let error = try await failure(request(server.port, timeout: .seconds(20)))
        guard case .refused(let reply) = error.kind else {
            Issue.record("\(error.kind)")
            return
        }
        #expect(reply.code == 550)
        #expect(reply.text.hasPrefix("5.1.1 red evil xxx"))
        #expect(reply.text.count <= 200)
    }

    @Test func survivesAServerThatTalksWithoutEnd() async throws {
        let server = try LoopbackServer { connection in
            while connection.write("220-" + String(repeating: "a", count: 200) + "\r\n") {}
        }
        let error = try await failure(request(server.port, timeout: .seconds(1)))
        #expect(error.isTransient)
    }
}
