import AutomatonCore
import CurlHTTP
import Foundation
import LoopbackServer
import Synchronization
import Testing

@testable import Notify

/// Whole messages to a real mail server.
@Suite(.timeLimit(.minutes(5)))
struct EmailNotifierTests {
    private final class Refusals: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func settings(
        _ server: MailServer, scheme: String = "smtp", to: [String] = ["sre@example.com"], password: String? = nil,
        startTLS: EmailSettings.StartTLS = .never, timeout: Duration = .seconds(20), passwordFile: String? = nil
    ) throws -> EmailSettings {
        try EmailSettings(
            server: "\(scheme)://127.0.0.1:\(server.port)", from: "Auto-Heal <heal@example.com>", to: to,
            user: password ?? passwordFile == nil ? nil : "healer",
            password: passwordFile.map { .file($0) } ?? password.map { .environment("MAIL", Secret($0)) }, startTLS: startTLS,
            tls: TLSOptions(trust: .file(server.certificate)), listID: "auto-heal.example.com", timeout: timeout)
    }

    private func arrived(_ server: MailServer, _ count: Int) async throws -> [MailServer.Delivery] {
        while server.deliveries.count < count { try await Task.sleep(for: .milliseconds(5)) }
        return server.deliveries
    }

    @Test func deliversOverTLSToWhoeverMayLogIn() async throws {
        let server = try await MailServer(.startTLS, password: "s3cret")
        let notifier = EmailNotifier(try settings(server, password: "s3cret", startTLS: .required))
        try await notifier.deliver(sampleMessage())
        let delivery = try #require(try await arrived(server, 1).first)
        #expect(delivery.isEncrypted)
        #expect(delivery.user == "healer")
        #expect(Array(delivery.data) == notifier.mail(sampleMessage()).bytes)
        let wrong = EmailNotifier(try settings(server, password: "wr0ng", startTLS: .required))
        let failure = await #expect(throws: DeliveryFailure.self) { try await wrong.deliver(sampleMessage()) }
        #expect(failure?.retry == .never)
        #expect(failure?.description.contains("AUTH: 535 5.7.8") == true)
        #expect(failure?.description.contains("wr0ng") == false)
    }

    @Test func readsThePasswordAtEachDelivery() async throws {
        let server = try await MailServer(.startTLS, password: "s3cret")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "0ld\n".write(toFile: path, atomically: true, encoding: .utf8)
        let notifier = EmailNotifier(try settings(server, startTLS: .required, passwordFile: path))
        let failure = await #expect(throws: DeliveryFailure.self) { try await notifier.deliver(sampleMessage()) }
        #expect(failure?.description.contains("AUTH: 535 5.7.8") == true)
        try "s3cret\n".write(toFile: path, atomically: true, encoding: .utf8)
        try await notifier.deliver(sampleMessage())
        #expect(try await arrived(server, 1).first?.user == "healer")
    }

    @Test func aSecretThatIsNotThereIsToldAndAskedForLater() async throws {
        for path in ["/nowhere/at/all", "/tmp"] {
            let failure = await #expect(throws: DeliveryFailure.self) { _ = try await SecretSource.file(path).read() }
            #expect(failure?.retry == .later(after: nil) && failure?.description.contains(path) == true)
        }
    }

    @Test func triesAgainOnlyForWhomItMakesSense() async throws {
        let server = try await MailServer(.plain)
        let refusals = Refusals()
        let to = ["sre@example.com", "nobody@example.com", "greylisted@example.com"]
        let notifier = EmailNotifier(try settings(server, to: to)) { line in refusals.lines.withLock { $0.append(line) } }
        let failure = await #expect(throws: DeliveryFailure.self) { try await notifier.deliver(sampleMessage()) }
        #expect(failure?.retry == .later(after: nil))
        #expect(failure?.description.contains("450 4.2.0 greylisted, come back") == true)
        #expect(
            refusals.lines.withLock { $0 } == [
                "mail server 127.0.0.1 does not take mail for nobody@example.com: 550 5.1.1 <nobody@example.com>: Recipient address rejected: "
                    + "User unknown"
            ])
        // Again: only to whom it could not be given before.
        try await notifier.deliver(sampleMessage())
        #expect(try await arrived(server, 2).map(\.recipients) == [["sre@example.com"], ["greylisted@example.com"]])
        // Another message goes to all.
        try await notifier.deliver(sampleMessage(.resolved))
        #expect(try await arrived(server, 3).last?.recipients == ["sre@example.com", "greylisted@example.com"])
    }

    @Test func saysWhetherToTryAgain() async throws {
        for (fault, retry) in [(MailServer.Fault.refusesMessages, DeliveryFailure.Retry.never), (.isFull, .later(after: nil))] {
            let server = try await MailServer(.plain, fault: fault)
            let failure = await #expect(throws: DeliveryFailure.self) {
                try await EmailNotifier(settings(server)).deliver(sampleMessage())
            }
            #expect(failure?.retry == retry)
        }
        let slow = try await MailServer(.plain, fault: .slow)
        let failure = await #expect(throws: DeliveryFailure.self) {
            try await EmailNotifier(settings(slow, timeout: .seconds(1))).deliver(sampleMessage())
        }
        #expect(failure?.retry == .later(after: nil))
    }

    @Test(arguments: [
        ("http://x", "heal@example.com", ["a@example.com"], "server"), ("smtp://u:p@x", "heal@example.com", ["a@example.com"], "server"),
        ("smtp://x:0", "heal@example.com", ["a@example.com"], "server"), ("smtp://x/y", "heal@example.com", ["a@example.com"], "server"),
        ("smtp://[::1", "heal@example.com", ["a@example.com"], "server"), ("smtp://[x]", "heal@example.com", ["a@example.com"], "server"),
        ("smtp://x\r\n", "heal@example.com", ["a@example.com"], "server"),
        ("smtp://x", "heal", ["a@example.com"], "from"), ("smtp://x", "a\r\nBcc: <heal@example.com>", ["a@example.com"], "from"),
        ("smtp://x", "heal@exa mple.com", ["a@example.com"], "from"), ("smtp://x", "heal@example.com", [], "to"),
        ("smtp://x", "heal@example.com", ["a@example.com", "b@@example.com"], "to[1]"),
        ("smtp://x", "heal@example.com", ["ü@example.com"], "to[0]"),
        ("smtp://x", "heal@example.com", ["a@example.com>\r\nDATA"], "to[0]"),
    ])
    func refusesWhatCannotBeRight(server: String, from: String, to: [String], setting: String) {
        let fault = #expect(throws: EmailSettings.Fault.self) { try EmailSettings(server: server, from: from, to: to) }
        #expect(fault?.setting == setting)
    }

    @Test func sendsNoPasswordThatCouldBeRead() throws {
        for startTLS in [EmailSettings.StartTLS.optional, .never] {
            let fault = #expect(throws: EmailSettings.Fault.self) {
                try EmailSettings(
                    server: "smtp://mail.example.com", from: "a@example.com", to: ["b@example.com"], user: "u",
                    password: .environment("MAIL", Secret("hush")),
                    startTLS: startTLS)
            }
            #expect(fault?.setting == "startTLS")
            #expect("\(fault as Any)".contains("hush") == false)
        }
        let settings = try EmailSettings(
            server: "smtps://[2001:db8::1]", from: "a@example.com", to: ["b@example.com"], user: "u",
            password: .environment("MAIL", Secret("hush")))
        #expect(settings.host == "2001:db8::1" && settings.port == 465)
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("hush"))
    }
}
