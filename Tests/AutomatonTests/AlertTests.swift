import AutomatonCore
import CurlHTTP
import Engine
import Foundation
import Simulator
import Testing

/// Alertmanager's word, through the real binary.
@Suite("Alerts", .timeLimit(.minutes(10)))
struct AlertTests {
    @Test("A process that was not told long enough is ready, says what it waits for and changes nothing; then it acts")
    func waits() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "rules/queue-full.yaml",
            """
            name: queue-full
            check: alert
            with: { matchers: ['alertname=~"Queue(Full|Stuck)"'], within: 20s }
            when: [{ reason: Firing, priority: critical }]
            remediations: [{ use: rollout-restart }]
            """)
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            let automaton = try Program(
                ["run", "--kubeconfig", stage.kubeconfig, "--rules", directory.path + "/rules", "--listen", "127.0.0.1:0"],
                environment: Stage.impatient)
            defer { automaton.kill() }
            // The only check waits: who were not ready would never be told anything.
            let port = try await Scrape(of: automaton).port
            let alert = """
                {"version":"4","alerts":[{"status":"firing","labels":{"alertname":"QueueFull","namespace":"production",
                "deployment":"email-service"},"annotations":{"summary":"the queue is full"},"startsAt":"\(WallClock.read().rfc3339)",
                "fingerprint":"5ef77f1f8a3ecf8d"}]}
                """
            let http = try HTTPClient()
            let answer = try await http.send(
                HTTPRequest(
                    method: "POST", url: "http://127.0.0.1:\(port)/api/autoheal/alerts",
                    headers: [HTTPField("Content-Type", "application/json")], body: Array(alert.utf8)))
            await http.shutdown()
            #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
            try await automaton.line("it is held") { $0.isDecision("hold", guard: "not_observed", rule: "queue-full") }
            let explained = try await Program.run(["explain", "deployment/email-service", "--api", "http://127.0.0.1:\(port)"]).out
            #expect(explained.contains("waits: check alert"), "\(explained)")
            #expect(explained.contains("what fires is told at Alertmanager's group_interval and repeat_interval"), "\(explained)")
            #expect(explained.contains("waiting until"), "\(explained)")
            #expect(stage.requests.writes.isEmpty)
            try await automaton.line("it acts") { $0.isDecision("act", rule: "queue-full") }
            try await until("it is restarted") { await stage.email.restartedAt != nil }
        }
    }
}
