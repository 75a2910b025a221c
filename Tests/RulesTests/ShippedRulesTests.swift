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
        // The real plugins: they refuse parameters that make no sense.
        let loader = RuleLoader(checks: builtInChecks, remediations: builtInRemediations)
        return try loader.load(path: Self.directory, thresholds: Thresholds())
    }

    @Test func theyLoadAndShareOneRunOfTheCheck() throws {
        let ruleset = try load()
        #expect(
            ruleset.rules.map(\.name)
                == ["crash-loop", "deadline-exceeded", "evicted", "oom-killed", "restart-loop", "start-failure"])
        #expect(ruleset.checks.count == Set(ruleset.rules.map(\.check.check)).count)
        #expect(ruleset.rules.allSatisfy { $0.mode == .auto && !$0.summary.isEmpty })
    }

    @Test func everyFileIsNamedAfterItsRuleAndInTheReadme() throws {
        let readme = try String(contentsOfFile: Self.directory + "/README.md", encoding: .utf8)
        for rule in try load().rules {
            #expect(FileManager.default.fileExists(atPath: "\(Self.directory)/\(rule.name).yaml"))
            #expect(readme.contains("`\(rule.name).yaml`"))
        }
        for key in RuleReader.keys { #expect(readme.contains("`\(key)`")) }
    }

    @Test func theReadmeHasTheTableOfThresholds() throws {
        let readme = try String(contentsOfFile: Self.directory + "/README.md", encoding: .utf8)
        for threshold in Threshold.all {
            let row = "| `\(threshold.key)` | \(threshold.defaultText) | \(threshold.expectation) | \(threshold.summary) |"
            #expect(readme.contains(row), "missing or outdated: \(row)")
        }
    }

    @Test func theyDoWhatIsPromised() throws {
        let rules = Dictionary(uniqueKeysWithValues: try load().rules.map { ($0.name, $0) })
        let oom = try #require(rules["oom-killed"])
        #expect(oom.remediations.map(\.use) == ["raise-memory"])
        #expect(oom.remediations.first?.attempts == 2)
        #expect(oom.inhibits == ["crash-loop", "restart-loop"])
        #expect(oom.verdict(.seen(Evidence(reasons: [Reason("OOMKilled"), Reason("CrashLoopBackOff")]))) == .unhealthy(.critical))
        let crash = try #require(rules["crash-loop"])
        #expect(crash.remediations == [RemediationStep(use: "rollout-restart", action: "restart_deployment")])
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
