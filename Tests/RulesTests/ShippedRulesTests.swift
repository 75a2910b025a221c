import AutomatonCore
import Checks
import Foundation
import Remediations
import Testing

@testable import Rules

@Suite struct ShippedRulesTests {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("rules").path

    private func load() throws -> Ruleset {
        let loader = RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: "production")
        return try loader.load(path: Self.directory, thresholds: Thresholds())
    }

    @Test func theyLoadAndShareOneRunOfTheCheck() throws {
        let ruleset = try load()
        #expect(
            ruleset.rules.map(\.name)
                == [
                    "crash-loop", "deadline-exceeded", "disk-usage", "evicted", "fix-drift", "kafka-lag", "kafka-stuck-consumer",
                    "memory-usage", "oom-killed",
                    "postgres-connections", "restart-loop", "start-failure",
                ])
        #expect(ruleset.checks.count == 6)
        // What somebody else wrote is applied again when a person says so.
        #expect(ruleset.rules.allSatisfy { ($0.mode == .auto || $0.name == "fix-drift") && !$0.summary.isEmpty })
    }

    @Test func everyFileIsNamedAfterItsRuleAndInTheReadme() throws {
        let readme = try String(contentsOfFile: Self.directory + "/README.md", encoding: .utf8)
        for rule in try load().rules {
            #expect(FileManager.default.fileExists(atPath: "\(Self.directory)/\(rule.name).yaml"))
            #expect(readme.contains("`\(rule.name).yaml`"))
        }
        for key in RuleReader.keys { #expect(readme.contains("`\(key)`")) }
    }

    @Test func theReadmeIsMadeFromThePlugins() throws {
        let readme = try String(contentsOfFile: Self.directory + "/README.md", encoding: .utf8)
        let made = RuleDocumentation(checks: builtInChecks, remediations: builtInRemediations).inserted(into: readme)
        #expect(readme == made, "outdated: run 'make docs'")
    }

    @Test(arguments: builtInChecks.map { ($0.name, $0.documentation) } + builtInRemediations.map { ($0.name, $0.documentation) })
    func everyPluginIsDocumentedWithAnExampleThatLoads(_ name: String, _ documentation: Documentation) throws {
        #expect(documentation.summary.hasSuffix("."))
        #expect(documentation.example.contains(": \(name)\n") || documentation.example.hasSuffix(": \(name)"))
        let loader = RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: "production")
        let outcome = loader.outcome(documentation.example)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test(arguments: builtInChecks.map { ($0.name, $0.documentation.figures.map(\.name), $0.vocabulary.figures) })
    func everyFigureIsDocumented(_ name: String, _ documented: [String], _ vocabulary: [String]) {
        #expect(documented == vocabulary, "of check \(name)")
    }

    /// What would only be found out when somebody needs it.
    @Test(arguments: [
        (
            "kafka-lag", "{ group: a }", "", "scale", "{ perReplica: 1 }",
            "use: scale mends deployment, statefulset here, and kafka-lag reports on consumergroup here: write which workload is meant "
                + "(subject: deployment/NAME)"
        ),
        (
            "kafka-lag", "{ group: a }", "subject: daemonset/a", "scale", "{ perReplica: 1 }",
            "use: scale mends deployment, statefulset here, and the rule's subject is a daemonset"
        ),
        (
            "postgres-connections", "{}", "", "raise-memory", "{ factor: 2 }",
            "raise-memory mends daemonset, deployment, statefulset here, and"
        ),
        (
            "kafka-lag", "{ group: a }", "", "terminate-idle-sessions", "{}",
            "terminate-idle-sessions mends database here, and kafka-lag reports"
        ),
        ("disk-usage", "{ source: local, paths: [/tmp] }", "", "rollout-restart", "{}", "and disk-usage reports on host here"),
        (
            "disk-usage", "{ source: local, paths: [/tmp] }", "", "clean-logs", "{ source: pods, path: /a/b, name: x }",
            "and disk-usage reports on host here"
        ),
        ("disk-usage", "{ source: kubelet }", "", "clean-logs", "{ source: local, path: /a/b, name: x }", "clean-logs mends host here"),
        ("disk-usage", "{ subject: volume }", "", "rollout-restart", "{}", "and disk-usage reports on volume here"),
        (
            "postgres-connections", "{ connection: host=a }", "", "terminate-idle-sessions", "{}",
            "with: terminate-idle-sessions goes to another server than postgres-connections reads: write connection and name alike"
        ),
        (
            "kafka-lag", "{ group: a }", "subject: deployment/a", "scale", "{ perReplica: 1, figure: maxPartitionLagg }",
            "with: unknown figure 'maxPartitionLagg'; did you mean 'maxPartitionLag'?"
        ),
    ])
    func whatDoesNotFitTogetherIsTold(
        _ check: String, _ with: String, _ subject: String, _ use: String, _ parameters: String, _ problem: String
    ) {
        let loader = RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: "production")
        let outcome = loader.outcome(
            """
            name: a
            check: \(check)
            with: \(with)
            \(subject)
            when: [{ above: 5, priority: low }]
            remediations:
              - { use: \(use), with: \(parameters) }
            """)
        #expect(outcome.errors.count == 1 && outcome.errors[0].hasPrefix("r.yaml:7:5: "), "\(outcome.errors)")
        #expect(outcome.errors.first?.contains(problem) == true, "\(outcome.errors)")
    }

    @Test(arguments: [("memory-usage", "{}", "group", "{name}"), ("kafka-lag", "{ group: a }", "volume", "{group}")])
    func aPlaceholderNamesWhatTheCheckReportsOn(_ check: String, _ with: String, _ word: String, _ right: String) {
        let loader = RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: "production")
        let text = """
            name: a
            check: \(check)
            with: \(with)
            subject: deployment/{\(word)}
            when: [{ above: 5, priority: low }]
            remediations: [{ use: rollout-restart }]
            """
        #expect(
            loader.outcome(text).errors == [
                "r.yaml:4:10: subject: {\(word)} is nothing that \(check) reports on: write \(right)"
            ])
    }

    @Test func theyDoWhatIsPromised() throws {
        let rules = Dictionary(uniqueKeysWithValues: try load().rules.map { ($0.name, $0) })
        let oom = try #require(rules["oom-killed"])
        #expect(oom.remediations.map(\.use) == ["raise-memory"])
        #expect(oom.remediations.first?.attempts == 2)
        #expect(oom.inhibits == ["crash-loop", "restart-loop", "memory-usage"])
        #expect(oom.verdict(.seen(Evidence(reasons: [Reason("OOMKilled"), Reason("CrashLoopBackOff")]))) == .unhealthy(.critical))
        let crash = try #require(rules["crash-loop"])
        #expect(
            crash.remediations == [
                RemediationStep(use: "rollout-undo", action: "rollback_deployment", revert: .ineffective),
                RemediationStep(use: "rollout-restart", action: "restart_deployment"),
            ])
        #expect(crash.verdict(.seen(Evidence(reasons: [Reason("CrashLoopBackOff")]))) == .unhealthy(.high))
        #expect(crash.verdict(.seen(Evidence(reasons: [Reason("Error")]))) == .healthy)
        let restarts = try #require(rules["restart-loop"])
        #expect(restarts.verdict(.seen(Evidence(figures: [Figure("restarts", 5)]))) == .healthy)
        #expect(restarts.verdict(.seen(Evidence(figures: [Figure("restarts", 6)]))) == .unhealthy(.low))
        // Its comment promises that what opened the incident has left the window when it acts.
        let thresholds = Thresholds()
        #expect(thresholds.policy.delay(.low) >= thresholds.restartWindow)
        for name in ["start-failure", "deadline-exceeded", "evicted"] { #expect(rules[name]?.remediations.isEmpty == true) }
    }
}
