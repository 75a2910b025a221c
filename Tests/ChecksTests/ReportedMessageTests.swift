import AutomatonCore
import Testing

@testable import Checks

/// What containers wrote of their ends is told without secrets.
@Suite struct ReportedMessageTests {
    private static let token = "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"

    @Test(
        arguments: [
            "", "OOM", "exit: cannot open /etc/app.yaml",
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 20Mi.",
            String(repeating: "na ", count: 99) + "na",
        ])
    func whatIsNoSecretStays(text: String) {
        #expect(ReportedMessage.shown(text) == text)
    }

    @Test func everyKindOfEndIsScrubbed() throws {
        let said = "no postgres://app:hunter2pass@db, password=S3cr3tV4lue, \(Self.token)"
        for row in [
            pod(1, ended(end("Error", exit: 1, message: said))), pod(1, waiting("CreateContainerError", message: said)),
            pod(1, waiting("CrashLoopBackOff", last: end("Error", exit: 1, message: said))),
            pod(1, phase: .failed, reason: "Evicted", message: said),
        ] {
            var scene = Scene()
            scene.list(pod(1, running()))
            scene.change(row)
            let finding = try #require(scene.lastFinding(email))
            guard case .seen(let evidence) = finding.observation else {
                Issue.record("\(finding)")
                continue
            }
            let messages = evidence.reasons.map(\.message)
            #expect(messages.contains("no postgres://***@db, password=***, ***"), "\(messages)")
            #expect(messages.allSatisfy { !$0.contains("hunter2") && !$0.contains("S3cr3t") && !$0.contains("ghp_") })
        }
    }

    /// The end of a log is cut by the kubelet at its beginning, and by the reader at its end.
    @Test func halfASecretIsNotTold() {
        let log = "r2pass@db/orders refused\n" + String(repeating: "line of a log\n", count: 200)
        let tail = String(log.prefix(PodRow.longestMessage))
        #expect(tail.utf8.count == PodRow.longestMessage)
        #expect(ReportedMessage.shown(tail).hasPrefix("refused\nline of a log"))
        #expect(ReportedMessage.shown(String(repeating: "x", count: PodRow.longestMessage)) == "")
    }

    @Test func noSecretIsCutIntoOneThatIsNotKnown() {
        for lead in 0...1400 {
            let text = String(String(repeating: "ab ", count: 500).prefix(lead)) + " " + Self.token + " rest"
            let shown = ReportedMessage.shown(text)
            #expect(!shown.contains("ghp") && !shown.contains("gh"), "\(lead)")
            #expect(shown.unicodeScalars.count <= ReportedMessage.longest)
        }
    }
}
