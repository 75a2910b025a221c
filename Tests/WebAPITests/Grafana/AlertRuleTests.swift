import Foundation
import Testing

@Suite("Alerts on the automaton")
struct AlertRuleTests {
    private let rules = Shipped.path("k8s/prometheus/rules.yaml")
    private let casesFile = Shipped.path("k8s/prometheus/tests/rules.yaml")

    @Test("promtool reads the rules and finds its cases right")
    func promtool() async throws {
        let (status, said) = try await Promtool.run(["check", "rules", rules])
        #expect(status == 0, "\(said)")
        #expect(said.contains("SUCCESS: \(try AlertRule.shipped().count) rules found"), "\(said)")
        let tested = try await Promtool.run(["test", "rules", casesFile])
        #expect(tested.status == 0, "\(tested.said)")
    }

    @Test("Each alert has a case in which it fires, and one in which it does not")
    func cases() throws {
        let text = try String(contentsOfFile: casesFile, encoding: .utf8)
        for alert in try AlertRule.shipped().map(\.name) {
            #expect(text.contains("alertname: \(alert), exp_alerts: []"), "\(alert) is never quiet")
            #expect(text.contains("alertname: \(alert)\n        exp_alerts:\n          - exp_labels"), "\(alert) never fires")
        }
    }

    @Test("Without its bound or its other half, an expression fails its cases: they can fail")
    func casesCanFail() async throws {
        let rules = try String(contentsOfFile: self.rules, encoding: .utf8)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("tests"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(atPath: casesFile, toPath: folder.path + "/tests/rules.yaml")
        for (alert, written, broken) in [
            ("AutomatonDown", " or absent(up{job=\"self-healing-automaton\"}) == 1", ""),
            ("AutomatonNoLeader", "(healing_leader) == 0\n        for: 3m", "(healing_leader) == 0"),
            ("AutomatonTwoLeaders", "sum by (namespace, job) (healing_leader) > 1", "sum by (job) (healing_leader) > 1"),
            ("AutomatonChecksFailing", "> 0.5\n        for: 10m", "> 0.2\n        for: 10m"),
            ("AutomatonWatchStale", "min by (namespace, job, check)", "max by (namespace, job, check)"),
            ("AutomatonConfigurationRejected", "healing_config_last_reload_successful == 0 or ", ""),
            ("AutomatonBreakerOpen", "max by (namespace, job, guard)", "sum by (namespace, job, guard)"),
            ("AutomatonRuleSteppedDown", "(healing_rules_stepped_down) > 0", "(healing_rules_stepped_down) > 1"),
            ("AutomatonStorm", "(healing_storms) > 0", "(healing_storms) > 1"),
            ("AutomatonJournalFailing", " and healing_leader == 1", ""),
            (
                "AutomatonFixUndone", "max by (namespace, job, type) (healing_fixes_drifted)",
                "max by (namespace, job) (healing_fixes_drifted)"
            ),
            ("AutomatonFixesOutOfStep", "== 0\n        for: 15m", "== 0"),
            ("AutomatonHealingFails", " > 2.5) > 0.5", ") > 0.5"),
            (
                "AutomatonRecoverySlow", "(increase(healing_latency_seconds_bucket[6h]))) > 300",
                "(increase(healing_latency_seconds_bucket[6h]))) > 600"
            ),
        ] {
            #expect(rules.contains(written), "\(alert)")
            try rules.replacing(written, with: broken).write(
                to: folder.appendingPathComponent("rules.yaml"), atomically: true, encoding: .utf8)
            let (status, said) = try await Promtool.run(["test", "rules", folder.path + "/tests/rules.yaml"])
            #expect(status != 0, "\(alert): nobody notices that it says '\(broken)'")
            #expect(said.contains("alertname: \(alert)"), "\(alert): \(said)")
        }
    }

    @Test("Each alert has its section of the runbook, with what it means, what to look at and what to do, and each section its alert")
    func runbook() throws {
        let alerts = try AlertRule.shipped()
        #expect(alerts.count >= 11)
        #expect(alerts.allSatisfy { ["critical", "warning", "info"].contains($0.severity) })
        let sections = try Shipped.text("docs/runbook.md").components(separatedBy: "\n## ").dropFirst()
        let titles = sections.map { String($0.prefix { $0 != "\n" }) }
        #expect(titles == alerts.map(\.name), "in the order of the alerts")
        for alert in alerts { #expect(alert.runbook == "docs/runbook.md#\(alert.name.lowercased())") }
        for section in sections {
            for part in ["**What it means.**", "**What to look at.**", "**What to do.**", "```sh\n"] {
                #expect(section.contains(part), "\(section.prefix(30)): \(part)")
            }
        }
    }

    @Test("The runbook names only metrics that exist")
    func metrics() throws {
        for name in try Shipped.text("docs/runbook.md").matches(of: /healing_\w+(\{[^}`]*\})?/) {
            for selector in QueriedMetrics(String(name.0)).selectors { #expect(AskedMetric.complaint(selector) == nil) }
        }
    }
}
