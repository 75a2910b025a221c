import Foundation
import Simulator
import Testing

/// Thresholds and rules of a running automaton, and what keeps one from running.
@Suite("Configuration", .timeLimit(.minutes(10)))
struct ConfigurationTests {
    @Test("A bad ConfigMap is told and the last good one goes on; a good one is in force within CHECK_INTERVAL")
    func reload() async throws {
        try await withStage { stage in
            let good = ["CHECK_INTERVAL": "1s\n", "DRY_RUN": "true\n", "MEMORY_THRESHOLD": "85\n"]
            let mount = try stage.directory.project(good, into: "config")
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--config", mount], environment: [:]) { automaton in
                let metrics = try await Scrape(of: automaton)
                let series = "healing_config_last_reload_successful"
                #expect(try await metrics.value(series) == "1")

                let bad = good.merging(["MEMORY_THRESHOLD": "85%\n", "DRY_RUN": "false\n"]) { $1 }
                _ = try stage.directory.project(bad, into: "config")
                let rejected = try await automaton.line("Configuration rejected")
                let problem = rejected["problem"]
                #expect(problem.contains(mount + "/MEMORY_THRESHOLD"), "the file: \(problem)")
                #expect(problem.contains("MEMORY_THRESHOLD: '85%'"), "key and value: \(problem)")
                #expect(problem.contains("write 85"), "what would be right: \(problem)")
                try await until("the metric says so") { try await metrics.value(series) == "0" }
                let settings = try await metrics.page("/settings")
                #expect(settings.contains("Rejected: the last good configuration stays in force"))
                #expect(settings.contains("MEMORY_THRESHOLD: &#39;85%&#39;"), "what is wrong: \(settings)")
                #expect(settings.contains("<strong>\(mount)/DRY_RUN</strong>"), "where a value comes from: \(settings)")
                #expect(try await metrics.page("/").contains("it runs dry"))

                // DRY_RUN=false came with the bad value: none of it is in force.
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("the plan is shown") { $0.isDecision("would_act") }
                #expect(stage.requests.writes.isEmpty)

                let swapped = ContinuousClock.now
                _ = try stage.directory.project(good.merging(["DRY_RUN": "false\n"]) { $1 }, into: "config")
                let reloaded = try await automaton.line("Configuration reloaded")
                #expect(reloaded.json["changed"]?.array?.compactMap(\.string) == ["DRY_RUN: true → false"])
                // CHECK_INTERVAL is 1 s; the rest is for a busy machine.
                #expect(swapped.duration(to: .now) < .seconds(60))
                try await until("the metric says so") { try await metrics.value(series) == "1" }
                #expect(try await metrics.page("/settings").contains("The files are what is in force"))
                try await automaton.line("Healed: oom-killed")
                #expect(await stage.email.limits == ["1Gi", "2Gi"])
            }
        }
    }

    @Test("A bad configuration at the start is told as a whole, with exit code 1")
    func badStart() async throws {
        let directory = try TemporaryDirectory()
        let mount = try directory.project(["MEMORY_THRESHOLD": "85%", "MIN_REPLICAS": "20", "KAFKA_LAG": "1"], into: "config")
        let result = try await Program.run(
            ["run", "--config", mount, "--rules", Program.shippedRules, "--kubeconfig", "/nowhere", "--listen", "127.0.0.1:0"])
        #expect(result.end == .exit(1))
        for part in [
            "MEMORY_THRESHOLD: '85%'", "MIN_REPLICAS (20", "MAX_REPLICAS (10, the default)", "KAFKA_LAG_THRESHOLD",
        ] {
            #expect(result.log.contains(part), "\(part) in\n\(result.log)")
        }
    }

    @Test("A COOLDOWN below 5 minutes is refused at the start")
    func shortCooldown() async throws {
        let result = try await Program.run(
            ["run", "--rules", Program.shippedRules, "--kubeconfig", "/nowhere"], environment: ["COOLDOWN": "10s"])
        #expect(result.end == .exit(1))
        #expect(result.log.contains("COOLDOWN: 10s is too short"))
    }

    @Test("Without access to a cluster it says where it looked, with exit code 1")
    func noCluster() async throws {
        let directory = try TemporaryDirectory()
        let missing = directory.path + "/kubeconfig"
        for (options, environment) in [(["--kubeconfig", missing], [:]), ([], ["KUBECONFIG": missing]), ([], [:])]
            as [([String], [String: String])]
        {
            let result = try await Program.run(["run", "--rules", Program.shippedRules] + options, environment: environment)
            #expect(result.end == .exit(1), "\(result.log)")
            let line = try #require(
                result.log.split(separator: "\n").compactMap(LogLine.init).first { $0.message == "No access to a cluster" })
            #expect(line["problem"].contains("kube"), "\(line["problem"])")
            if !(options.isEmpty && environment.isEmpty) { #expect(line["problem"].contains(missing), "\(line["problem"])") }
        }
    }
}
