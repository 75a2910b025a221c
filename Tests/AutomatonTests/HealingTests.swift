import AutomatonCore
import Foundation
import Simulator
import Testing

/// The two faults that matter most, from the fault to the healed workload, through the real binary and the real HTTP API.
@Suite("Pods heal", .timeLimit(.minutes(10)))
struct HealingTests {
    @Test("An OOM doubles the memory once; a second one within the cooldown changes nothing, and the log says why")
    func outOfMemory() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                let metrics = try await Scrape(of: automaton)
                for series in [
                    #"healing_actions_total{action="increase_pod_memory",success="true"}"#,
                    #"healing_actions_total{action="restart_deployment",success="false"}"#,
                    #"healing_incidents_total{rule="oom-killed"}"#, #"healing_latency_seconds_count{rule="oom-killed"}"#,
                    #"healing_suppressed_total{guard="cooldown"}"#, #"healing_incidents_open{priority="critical",rule="oom-killed"}"#,
                    "healing_last_action_timestamp_seconds",
                ] {
                    #expect(try await metrics.value(series) == "0", "\(series)")
                }

                try await stage.oom(mebibytes: 1536)
                let act = try await automaton.line("the decision to act") { $0.isDecision("act") }
                #expect(act.changes.contains { $0.contains("limits.memory: 1Gi → 2Gi") }, "\(act.changes)")
                #expect(act.changes.contains { $0.contains("requests.memory: 512Mi → 1Gi") }, "\(act.changes)")
                #expect(act["subject"].contains("email-service"))
                try await automaton.line("Healed: oom-killed")
                let healed = await stage.email
                #expect(healed.limit == "2Gi" && healed.request == "1Gi")
                #expect(healed.stamps.count == 1)
                #expect(healed.stamps.first?["remediation"]?.string == "raise-memory")
                #expect(healed.generation == 2)
                // What was done stands on the object, as `kubectl describe` looks for it.
                try await until("it is noted on the Deployment", context: { automaton.transcript }) {
                    await stage.notes.map(\.reason) == ["RemediationApplied", "RemediationHelped"]
                }
                #expect(await stage.notes.first?.text.contains("rule oom-killed") == true)
                #expect(stage.requests.notes.count == 2)

                for series in [
                    #"healing_actions_total{action="increase_pod_memory",success="true"}"#,
                    #"healing_latency_seconds_count{rule="oom-killed"}"#,
                    #"healing_kubernetes_requests_total{code="200",method="PATCH"}"#, "healing_config_last_reload_successful",
                ] {
                    #expect(try await metrics.value(series) == "1", "\(series)")
                }
                #expect(try await promtool(metrics.text()) == "")

                try await stage.oom(mebibytes: 3072)
                let hold = try await automaton.line("the decision to hold") { $0.isDecision("hold", guard: "cooldown") }
                #expect(hold["reason"].contains(Self.cooldown), "\(hold["reason"])")
                #expect(!hold["until"].isEmpty)
                // One PATCH was carried out; there may have been one more that was a conflict.
                #expect(stage.requests.writes.allSatisfy { $0 == .init(method: "PATCH", path: Email.path) })
                #expect(try await metrics.value(#"healing_kubernetes_requests_total{code="200",method="PATCH"}"#) == "1")
                let email = await stage.email
                #expect(email.limits == ["1Gi", "2Gi"])
                #expect(email.stamps.count == 1)
                #expect(email.generation == 2)
            }
        }
    }

    @Test("A crash loop that no release is to blame for gets one rollout restart, and no second one within the cooldown")
    func crashLoop() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Listening on")
                for (again, sign) in [(false, "Healed: crash-loop"), (true, "Holding crash-loop")] {
                    let mark = automaton.lines.count
                    try await stage.cluster.write { store, now in try store.crashLoop(Email.workload, message: "lock held", at: now) }
                    try await automaton.line(sign) {
                        $0.message.contains(sign) && (!again || $0.isDecision("hold", guard: "cooldown", rule: "crash-loop"))
                    }
                    #expect(automaton.lines.count > mark)
                }
                let email = await stage.email
                // There is no revision before the first: the rule goes on to its next remediation.
                let refusal = try await automaton.line("the refusal") { $0.isDecision("hold", guard: "refused", rule: "crash-loop") }
                #expect(refusal["reason"].contains("rollout-undo refused: "), "\(refusal["reason"])")
                #expect(email.restartedAt != nil)
                #expect(email.stamps.count == 1)
                #expect(email.stamps.first?["remediation"]?.string == "rollout-restart")
                #expect(email.limits == ["1Gi"])
                #expect(email.generation == 2)
                #expect(stage.requests.writes.allSatisfy { $0 == .init(method: "PATCH", path: Email.path) })
            }
        }
    }

    @Test("A release that crashes is taken back to the one before")
    func badRelease() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Listening on")
                try await stage.cluster.write { store, _ in
                    try store.rollOutBadRelease(of: Email.workload, image: "registry.example.com/email-service:3.0.0")
                }
                let act = try await automaton.line("the decision to act") { $0.isDecision("act", rule: "crash-loop") }
                #expect(
                    act["reason"].contains(
                        "take deployment/email-service back from revision 2 (registry.example.com/email-service:3.0.0) to revision 1 "
                            + "(registry.example.com/email-service:2.4.1)"), "\(act["reason"])")
                try await automaton.line("Healed: crash-loop")
                let email = await stage.email
                #expect(email.image == "registry.example.com/email-service:2.4.1" && email.revision == "3" && email.isRolledOut)
                #expect(email.stamps.map { $0["remediation"] } == ["rollout-undo"] && email.restartedAt == nil)
                #expect(email.generation == 3)
                #expect(stage.requests.writes.allSatisfy { $0 == .init(method: "PATCH", path: Email.path) })
                let metrics = try await Scrape(of: automaton)
                #expect(try await metrics.value(#"healing_actions_total{action="rollback_deployment",success="true"}"#) == "1")

                #expect(try await metrics.value(#"healing_actions_total{action="restart_deployment",success="true"}"#) == "0")
            }
        }
    }

    /// `cooldown: 4 min 51 s left since the attempt at 12:00:03Z`
    static var cooldown: Regex<Substring> { /cooldown: .*[0-9]+ s.* left since the attempt at [0-9]{2}:[0-9]{2}:[0-9]{2}Z/ }

    /// What `promtool check metrics` has to say.
    private func promtool(_ metrics: String) async throws -> String {
        let directory = try TemporaryDirectory()
        let file = try directory.write("metrics", metrics)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        let said = try directory.write("said", "")
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: said))
        process.standardOutput = output
        process.standardError = output
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        try await until("promtool ends") { !process.isRunning }
        #expect(process.terminationStatus == 0)
        return try String(contentsOfFile: said, encoding: .utf8)
    }
}
