import Simulator
import Testing

/// The same scenarios against any API server: against the simulated one always, against a real one where `TEST_KUBECONFIG` names the
/// kubeconfig of a cluster whose controllers run (kubelets are not needed) and where namespaces may be made.
@Suite("Through the API alone", .timeLimit(.minutes(10)))
struct ClusterTests {
    enum Scenario: CaseIterable, Sendable {
        case outOfMemory, crashLoop, killedWhileActing
    }

    @Test("Simulated cluster", arguments: Scenario.allCases)
    func simulated(_ scenario: Scenario) async throws {
        try await withStage { stage in try await Self.play(scenario, stage.kubeconfig) }
    }

    @Test(
        "Real cluster",
        .enabled(if: RemoteCluster.realKubeconfig != nil, "there is no real cluster: TEST_KUBECONFIG does not name a kubeconfig"),
        .serialized, arguments: Scenario.allCases)
    func real(_ scenario: Scenario) async throws {
        try await Self.play(scenario, try #require(RemoteCluster.realKubeconfig))
    }

    private static func play(_ scenario: Scenario, _ kubeconfig: String) async throws {
        try await RemoteCluster.with(kubeconfig) { cluster in
            switch scenario {
            case .outOfMemory: try await outOfMemory(cluster)
            case .crashLoop: try await crashLoop(cluster)
            case .killedWhileActing: try await killedWhileActing(cluster)
            }
        }
    }

    /// Memory 1Gi → 2Gi, requests 512Mi → 1Gi; a second OOM within 5 minutes leads to no second patch and a decision that says why.
    private static func outOfMemory(_ cluster: RemoteCluster) async throws {
        try await cluster.withAutomaton { automaton in
            let old = try await cluster.pod()
            try await cluster.killForMemory(old)
            try await automaton.line("Done on oom-killed")
            try await expectOneAttempt(cluster, "raise-memory", memory: ["2Gi", "1Gi"])
            let new = try await cluster.pod(other: [old])
            try await cluster.run(new)
            try await automaton.line("Healed: oom-killed")
            try await cluster.killForMemory(new)
            try await expectCooldown(automaton, "oom-killed")
            try await expectOneAttempt(cluster, "raise-memory", memory: ["2Gi", "1Gi"])
        }
    }

    /// One rollout restart, and no second one within 5 minutes.
    private static func crashLoop(_ cluster: RemoteCluster) async throws {
        try await cluster.withAutomaton { automaton in
            let old = try await cluster.pod()
            try await cluster.crash(old)
            try await automaton.line("Done on crash-loop")
            let template = try await cluster.deployment()["spec", "template", "metadata", "annotations"]
            #expect(template?["kubectl.kubernetes.io/restartedAt"]?.string?.isEmpty == false)
            let new = try await cluster.pod(other: [old])
            try await cluster.run(new)
            try await automaton.line("Healed: crash-loop")
            try await cluster.crash(new)
            try await expectCooldown(automaton, "crash-loop")
            try await expectOneAttempt(cluster, "rollout-restart", memory: ["1Gi", "512Mi"])
        }
    }

    /// SIGKILL between the decision and the verification; the next process finds the stamp.
    private static func killedWhileActing(_ cluster: RemoteCluster) async throws {
        let old = try await cluster.pod()
        try await cluster.withAutomaton { automaton in
            try await cluster.killForMemory(old)
            try await automaton.line("the decision to act") { $0.isDecision("act") }
            automaton.kill()
            #expect(try await automaton.wait() == .signal(9))
        }
        try await cluster.withAutomaton { automaton in
            // Were it killed before its PATCH had left, this one makes the attempt.
            try await until("the attempt is made", context: { automaton.transcript }) { try await cluster.memory() == ["2Gi", "1Gi"] }
            let new = try await cluster.pod(other: [old])
            try await cluster.killForMemory(new)
            try await expectCooldown(automaton, "oom-killed")
            try await expectOneAttempt(cluster, "raise-memory", memory: ["2Gi", "1Gi"])
        }
    }

    private static func expectCooldown(_ automaton: Program, _ rule: String) async throws {
        let hold = try await automaton.line("the cooldown holds") { $0.isDecision("hold", guard: "cooldown", rule: rule) }
        #expect(hold["reason"].contains(HealingTests.cooldown), "\(hold["reason"])")
    }

    private static func expectOneAttempt(_ cluster: RemoteCluster, _ remediation: String, memory: [String]) async throws {
        let deployment = try await cluster.deployment()
        #expect(try await cluster.memory() == memory)
        #expect(Email.stamps(of: deployment).map { $0["remediation"]?.string } == [remediation])
        #expect(deployment["metadata", "generation"]?.int == 2)
    }
}
