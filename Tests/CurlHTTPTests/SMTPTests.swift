import CurlHTTP
import LoopbackServer
import Testing

/// Deliveries to a real mail server.
@Suite(.timeLimit(.minutes(10)))
struct SMTPTests {
    private let password = "hunter2+ü"

    private func request(
        _ server: MailServer, _ security: SMTPRequest.Security, password: String? = nil, from: String = "heal@example.com",
        to recipients: [String] = ["sre@example.com"], message: String = "Subject: x\r\n\r\nHello.\r\n", trust: TLSOptions.Trust? = nil
    ) -> SMTPRequest {
        SMTPRequest(
            host: "127.0.0.1", port: server.port, security: security,
            credential: password.map { .init(user: "healer", password: Secret($0)) }, clientName: "pod.example.com", sender: from,
            recipients: recipients, message: Array(message.utf8), tls: TLSOptions(trust: trust ?? .file(server.certificate)))
    }

    private func failure(_ request: SMTPRequest) async throws -> SMTPError {
        try #require(await #expect(throws: SMTPError.self) { try await SMTP.deliver(request) })
    }

    @Test(arguments: [
        (MailServer.Mode.plain, SMTPRequest.Security.none), (.plain, .startTLSIfOffered), (.startTLS, .startTLSIfOffered),
        (.startTLS, .startTLS), (.implicit, .implicit),
    ])
    func delivers(mode: MailServer.Mode, security: SMTPRequest.Security) async throws {
        let needsPassword = security == .startTLS
        let server = try await MailServer(mode, password: needsPassword ? password : nil)
        // Dots at the start of lines, also across the pieces in which curl reads, and no line end at the end.
        let lines = (0..<6000).map { String(repeating: ".", count: $0 % 5) + "line \($0)" }
        let message = "Subject: dots\r\n\r\n.\r\n..\r\n" + lines.joined(separator: "\r\n") + "\r\n."
        let receipt = try await SMTP.deliver(
            request(server, security, password: needsPassword ? password : nil, to: ["a@example.com", "b@example.com"], message: message))
        #expect(receipt.refusals.isEmpty)
        try await eventually { !server.deliveries.isEmpty }
        let delivery = try #require(server.deliveries.first)
        #expect(delivery.sender == "heal@example.com")
        #expect(delivery.recipients == ["a@example.com", "b@example.com"])
        #expect(delivery.user == (needsPassword ? "healer" : nil))
        #expect(delivery.isEncrypted == (mode != .plain))
        #expect(delivery.greeting == "pod.example.com")
        #expect(String(decoding: delivery.data, as: UTF8.self) == message + "\r\n")
        try await eventually { server.goodbyes == 1 }
    }

    @Test func tellsWhichRecipientsAreRefused() async throws {
        let server = try await MailServer(.plain)
        let receipt = try await SMTP.deliver(
            request(server, .none, to: ["nobody@example.com", "sre@example.com", "later@example.com"]))
        #expect(receipt.refusals.map(\.recipient) == ["nobody@example.com", "later@example.com"])
        #expect(receipt.refusals.map(\.reply.code) == [550, 451])
        #expect(receipt.refusals[0].reply.text == "5.1.1 <nobody@example.com>: Recipient address rejected: User unknown")
        try await eventually { !server.deliveries.isEmpty }
        #expect(server.deliveries.map(\.recipients) == [["sre@example.com"]])

        let none = try await failure(request(server, .none, to: ["nobody@example.com"]))
        #expect(none.stage == .recipients)
        #expect(none.kind == .refused(receipt.refusals[0].reply))
        #expect(!none.isTransient)
        // One of them may be taken later.
        let some = try await failure(request(server, .none, to: ["later@example.com", "nobody@example.com"]))
        #expect(some.isTransient)
        #expect(some.stage == .recipients)
    }

    @Test func namesTheStageThatFailed() async throws {
        let plain = try await MailServer(.plain)
        let sender = try await failure(request(plain, .none, from: "banned@example.com"))
        #expect(sender.stage == .sender)
        #expect(sender.kind == .refused(SMTPReply(code: 553, text: "5.7.1 not with this sender")))
        #expect(
            sender.description == "mail server 127.0.0.1:\(plain.port) refused at MAIL FROM: 553 5.7.1 not with this sender: "
                + "check that this user may send from this address")

        let tls = try await failure(request(plain, .startTLS))
        #expect(tls.kind == .tlsNotOffered)
        #expect(tls.stage == .tls)
        #expect(!tls.isTransient)
        #expect(try await failure(request(plain, .implicit)).kind == .tls)

        for (fault, code, isTransient) in [(MailServer.Fault.refusesMessages, 554, false), (.isFull, 452, true)] {
            let server = try await MailServer(.plain, fault: fault)
            let error = try await failure(request(server, .none))
            #expect(error.stage == .message)
            guard case .refused(let reply) = error.kind else {
                Issue.record("\(error.kind)")
                continue
            }
            #expect(reply.code == code)
            #expect(error.isTransient == isTransient)
            #expect(!error.mayHaveArrived)
        }

        let broken = try await MailServer(.startTLS, fault: .tlsIsBroken)
        let refused = try await failure(request(broken, .startTLS))
        #expect(refused.stage == .tls)
        #expect(refused.isTransient)
        guard case .refused(let reply) = refused.kind else {
            Issue.record("\(refused.kind)")
            return
        }
        #expect(reply.code == 454)
    }

    @Test func trustsWhomItIsToldTo() async throws {
        let server = try await MailServer(.startTLS)
        let implicit = try await MailServer(.implicit)
        for (server, security) in [(server, SMTPRequest.Security.startTLS), (implicit, .implicit)] {
            let untrusted = try await failure(request(server, security, trust: .system))
            #expect(untrusted.kind == .tls)
            #expect(untrusted.stage == .tls)
            _ = try await SMTP.deliver(request(server, security, trust: .anyone))
            var named = request(server, security)
            named.tls.serverName = "mail.test"
            _ = try await SMTP.deliver(named)
            named.tls.serverName = "other.test"
            #expect(try await failure(named).kind == .tls)
        }
    }

    @Test(arguments: [MailServer.Fault.none, .quotesPassword])
    func neverShowsThePassword(fault: MailServer.Fault) async throws {
        let server = try await MailServer(.startTLS, password: password, fault: fault)
        let wrong = try await failure(request(server, .startTLS, password: "wrong-secret"))
        #expect(wrong.stage == .authentication)
        #expect(wrong.kind == .refused(SMTPReply(code: 535, text: "5.7.8")))
        #expect(!wrong.isTransient)
        #expect(!"\(wrong) \(String(reflecting: wrong))".contains("wrong-secret"))
        let nobody = try await failure(request(server, .startTLS))
        #expect(nobody.stage == .sender)
        guard case .refused(let reply) = nobody.kind else {
            Issue.record("\(nobody.kind)")
            return
        }
        #expect(reply.code == 530)
    }

    @Test func refusesWhatWouldBeACommandOfItsOwn() async throws {
        let server = try await MailServer(.plain)
        let good = request(server, .none)
        let bad: [(inout SMTPRequest) -> Void] = [
            { $0.sender = "a@example.com>\r\nRCPT TO:<victim@example.com" }, { $0.recipients = ["a@b.example\nDATA"] },
            { $0.recipients = ["a@b.example> NOTIFY=NEVER <x"] }, { $0.recipients = ["ü@example.com"] }, { $0.recipients = [] },
            { $0.clientName = "x\r\nQUIT" }, { $0.clientName = "x?y" }, { $0.host = "127.0.0.1/x@evil" }, { $0.host = "" },
            { $0.port = 0 }, { $0.sender = "" },
            { $0.credential = .init(user: "a\u{0}b", password: Secret("x")) },
            {
                $0.credential = .init(user: "healer", password: Secret("x"))
                $0.host = "mail.example.com"
            },
        ]
        for (index, change) in bad.enumerated() {
            var request = good
            change(&request)
            let error = try await failure(request)
            #expect(error.kind == .badRequest, "\(index)")
            #expect(!error.isTransient)
        }
        #expect(server.deliveries.isEmpty)
    }

    @Test func endsWhenItsTaskIsCancelled() async throws {
        let server = try await MailServer(.plain, fault: .slow)
        let request = request(server, .none)
        let clock = ContinuousClock()
        let start = clock.now
        let task = Task { try await SMTP.deliver(request) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The server answers after a minute, and the request's own time-out is one too.
        #expect(clock.now - start < .seconds(30))
    }

    @Test func saysThatASlowServerMayHaveTakenIt() async throws {
        let server = try await MailServer(.plain, fault: .slow)
        var request = request(server, .none)
        request.timeout = .seconds(1)
        let error = try await failure(request)
        #expect(error.kind == .timeout)
        #expect(error.stage == .message)
        #expect(error.mayHaveArrived)
        #expect(error.isTransient)
    }
}
