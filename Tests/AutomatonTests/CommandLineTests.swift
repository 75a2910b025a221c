import AutomatonCore
import Simulator
import Testing

/// Options and subcommands, as a person uses them.
@Suite("Command line", .timeLimit(.minutes(10)))
struct CommandLineTests {
    @Test("The shipped rules are right")
    func shippedRules() async throws {
        let result = try await Program.run(["rules", "validate", Program.shippedRules])
        #expect(result.end == .exit(0))
        #expect(result.out.contains("12 rules, no errors"))
        for name in ["oom-killed", "crash-loop", "restart-loop"] { #expect(result.out.contains(name)) }
        #expect(result.log == "")
    }

    @Test("Every error of broken rules is printed with its place")
    func brokenRules() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "rules/one.yaml",
            """
            name: one
            check: pod-helth
            when:
              - { reason: OOMKilled, priority: urgent }
            remediations:
              - use: raise-memory
                with: { factr: 2 }
            """)
        try directory.write(
            "rules/two.yaml", "name: two\ncheck: pod-health\nwhen: [{ figure: restarts, above: $(RESTARTS), priority: low }]\n")
        try directory.write("rules/three.yaml", "name: three\n  check: [\n")
        let result = try await Program.run(["rules", "validate", directory.path + "/rules"])
        #expect(result.end == .exit(1))
        let lines = result.log.split(separator: "\n").map(String.init)
        for (file, line, word) in [
            ("one", 2, "pod-health"), ("one", 4, "critical"), ("one", 7, "factor"), ("two", 3, "RESTART_THRESHOLD"), ("three", 2, ""),
        ] {
            #expect(
                lines.contains { $0.contains(try! Regex("rules/\(file)\\.yaml:\(line):[0-9]+: ")) && $0.contains(word) },
                "\(file).yaml:\(line), \(word):\n\(result.log)")
        }
        #expect(lines.last?.contains(/^[0-9]+ errors$/) == true)
    }

    @Test("version, --version and --help end with 0; what it does not know with 64")
    func usage() async throws {
        for arguments in [["version"], ["--version"]] {
            let result = try await Program.run(arguments)
            #expect(result.end == .exit(0))
            #expect(result.out.contains(/[0-9]+\.[0-9]+\.[0-9]+/))
        }
        #expect(try await Program.run(["run", "--help"]).end == .exit(0))
        for arguments in [
            ["run", "--bogus"], ["run", "--state", ""], ["heal"], ["run", "--action", "delete-pod"], ["run", "--listen", "here"],
            ["run", "-A", "-n", "production"],
            ["demo", "--timeout", "0"],
        ] {
            let result = try await Program.run(arguments)
            #expect(result.end == .exit(64), "\(arguments): \(result.log)")
            #expect(result.log.contains("Error:") && result.log.contains("Usage:"))
        }
        let bad = try await Program.run(["run", "--scan-interval", "soon", "--rules", Program.shippedRules])
        #expect(bad.end == .exit(1))
        #expect(bad.log.contains("--scan-interval") && bad.log.contains("CHECK_INTERVAL"), "\(bad.log)")
    }

    @Test("A command that there is not is told with the one that was probably meant, and 64")
    func unknownCommand() async throws {
        for (arguments, meant) in [(["explian"], "automaton explain"), (["rules", "lst"], "automaton rules list")] {
            let result = try await Program.run(arguments)
            #expect(result.end == .exit(64))
            #expect(result.log.contains("did you mean '\(meant)'?"), "\(result.log)")
        }
        let far = try await Program.run(["zzzzzzzzz"])
        #expect(far.end == .exit(64))
        #expect(far.log.contains("There are: run, explain"), "\(far.log)")
        #expect(try await Program.run(["help", "rules"]).end == .exit(0))
    }

    @Test("An --action that no rule in force can use is told, and nothing runs", arguments: ["clean-logs", "scale"])
    func uselessAction(_ action: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "rules/oom.yaml",
            "name: oom\ncheck: pod-health\nwhen: [{ reason: OOMKilled, priority: high }]\nremediations: [{ use: raise-memory }]\n")
        let result = try await Program.run(["run", "--action", action, "--rules", directory.path + "/rules"])
        #expect(result.end == .exit(1))
        #expect(result.log.contains("--action \(action): no rule in force can use it"), "\(result.log)")
    }

    @Test("Dry run and observe make the plan, show it, and write nothing", arguments: [["--dry-run"], ["--action", "observe"]])
    func dryRun(_ options: [String]) async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(options) { automaton in
                try await automaton.line("Listening on")
                try await stage.oom(mebibytes: 1536)
                let shown = try await automaton.line("what it would do") { $0.isDecision("would_act") }
                #expect(shown.changes.contains { $0.contains("limits.memory: 1Gi → 2Gi") }, "\(shown.changes)")
                #expect(shown.changes.contains { $0.contains("requests.memory: 512Mi → 1Gi") }, "\(shown.changes)")
                // The guards are the same: the cooldown begins with what was shown.
                try await automaton.line("the cooldown holds") { $0.isDecision("hold", guard: "cooldown") }
                #expect(stage.requests.writes.isEmpty)
                #expect(await stage.email.stamps.isEmpty)
            }
        }
    }

    @Test("--action puts one remediation over those of every rule")
    func action() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--action", "rollout-restart"]) { automaton in
                try await automaton.line("Listening on")
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Done on oom-killed")
                let email = await stage.email
                #expect(email.restartedAt != nil)
                #expect(email.limits == ["1Gi"])
            }
        }
    }

    @Test("--scan-interval and --restart-threshold win over the environment")
    func overrides() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            let slow = ["CHECK_INTERVAL": "150s", "RESTART_THRESHOLD": "10000"]
            try await stage.withAutomaton(["--scan-interval", "1", "--restart-threshold", "2"], environment: slow) { automaton in
                try await automaton.line("Running healing checks iteration 3")
                try await stage.cluster.write { store, now in try store.restartLoop(Email.workload, every: .seconds(10), at: now) }
                try await automaton.line("Incident opened: restart-loop")
                // DELAY_LOW is an hour, and as long as it is in a crash loop that rule speaks for it: nothing is done yet.
                let hold = try await automaton.line("it is held") { $0["rule"] == "restart-loop" && $0["choice"] == "hold" }
                #expect(!hold["reason"].isEmpty)
                #expect(stage.requests.writes.isEmpty)
            }
        }
    }
}
