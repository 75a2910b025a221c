import AutomatonCore
import Foundation
import Simulator
import Testing

/// `automaton heal` and `automaton incidents`, against a running automaton.
@Suite("Heal", .timeLimit(.minutes(10)))
struct HealCommandTests {
    /// Nothing is done by itself for five minutes.
    private static let patient = Stage.impatient.merging(["DELAY_CRITICAL": "5m", "DELAY_HIGH": "5m", "VERIFY_TIMEOUT": "10m"]) { $1 }

    /// An automaton that waits with an OOM kill, and what is asked of it.
    private func withWaiting(
        _ options: [String] = [], environment: [String: String] = Self.patient,
        _ body: @escaping @Sendable (Stage, Asker) async throws -> Void
    ) async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(options, environment: environment) { automaton in
                let asker = Asker(environment: [
                    "AUTOMATON_API": "http://127.0.0.1:\(try await Scrape(of: automaton).port)", "USER": "anna",
                ])
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("it waits") { $0.isDecision("hold", guard: "delay") }
                try await body(stage, asker)
            }
        }
    }

    private struct Asker: Sendable {
        let environment: [String: String]

        func ask(_ arguments: String..., exit: Int32 = 0) async throws -> (out: String, log: String) {
            let result = try await Program.run(arguments, environment: environment)
            #expect(result.end == .exit(exit), "\(arguments): \(result.out)\(result.log)")
            return (result.out, result.log)
        }

        func terminal(_ arguments: String..., columns: UInt16 = 120) throws -> TerminalProgram {
            try TerminalProgram(arguments, columns: columns, environment: environment)
        }
    }

    @Test("It shows, asks, and does what was shown; the history tells it")
    func heals() async throws {
        let state = try TemporaryDirectory()
        try await withWaiting(["--state", state.path]) { stage, asker in
            let shown = try await asker.ask("heal", "oom-killed", "--dry-run").out
            #expect(shown.contains("CRITICAL  production/deployment/email-service  rule oom-killed"), "\(shown)")
            #expect(shown.contains("plan   raise-memory: "))
            #expect(shown.contains("limits.memory  1Gi → 2Gi") && shown.contains("requests.memory  512Mi → 1Gi"))
            let mute = try await asker.ask("heal", "deploy/email-service", exit: 64)
            #expect(mute.log.contains("nothing was done: there is no terminal to ask at. --yes does it"), "\(mute.log)")

            let no = try asker.terminal("heal", "--all")
            try await no.sees("Do this? [y/N] ")
            try no.type("no")
            #expect(try await no.wait() == .exit(1))
            #expect(no.screen.contains("Nothing was done") && no.screen.contains("\u{1B}[31mCRITICAL\u{1B}[0m"), "\(no.screen)")
            #expect(stage.requests.writes.isEmpty)

            let yes = try asker.terminal("heal", "deployment/email-service", "--rule", "oom-killed")
            try await yes.sees("Do this? [y/N] ")
            try yes.type("y")
            #expect(try await yes.wait() == .exit(0), "\(yes.screen)")
            #expect(yes.screen.contains("done") && yes.screen.contains("whether it helps: automaton explain"), "\(yes.screen)")
            #expect(await stage.email.limits == ["1Gi", "2Gi"])

            try await until("it is healed") {
                try await asker.ask("incidents", "--rule", "oom-killed").out.contains(/healed +oom-killed[ ]/)
            }
            let list = try await asker.ask("incidents", "--subject", "deploy/email-service", "--status", "healed").out
            #expect(list.contains(/^WHEN \(UTC\) +TOOK +STATUS +RULE +SUBJECT +WHAT WAS DONE +ID\n/), "\(list)")
            let id = String(try #require(list.firstMatch(of: /healed +oom-killed .*  ([0-9TZ]+-[0-9a-f]{8})\n/)).1)
            let story = try await asker.ask("incidents", id).out
            #expect(story.hasPrefix("HEALED  production/deployment/email-service  rule oom-killed\n"), "\(story)")
            for line in ["  id        \(id)", "limits.memory  1Gi → 2Gi", "  tried     ", "            helped", "  over      "] {
                #expect(story.contains(line), "\(line): \(story)")
            }
            let json = try #require(try? JSON(parsing: try await asker.ask("incidents", "-o", "json", "--limit", "1").out))
            #expect(json["incidents"]?.array?.count == 1)
            _ = try await asker.ask("incidents", "--rule", "oom-killed", "--open", exit: 1)
            _ = try await asker.ask("incidents", "20000101T000000Z-00000000", exit: 1)
            func timeless(_ text: String) -> [Substring] {
                // What it explains a running automaton knows alone.
                text.split(separator: "\n").filter { !$0.contains(" ago (times") && !$0.hasPrefix("  explains") }
            }
            // A summary may come after the end.
            var told: [[Substring]] = []
            try await until("the journal tells the same", context: { told.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") }) {
                told = [
                    timeless(try await asker.ask("incidents", id, "--state", state.path).out),
                    timeless(try await asker.ask("incidents", id).out),
                ]
                return told[0] == told[1]
            }
            #expect(try await asker.ask("incidents", "--state", state.path, "--status", "healed").out.contains(id))
            _ = try await asker.ask("incidents", "nobody", "--state", state.path, exit: 1)
            // It is over.
            #expect(try await asker.ask("heal", "oom-killed", "--yes", exit: 1).log.contains("no incident is open of rule oom-killed"))
        }
    }

    @Test("What was shown is not written over what changed before the yes")
    func changed() async throws {
        try await withWaiting { stage, asker in
            let asked = try asker.terminal("heal", "oom-killed", "--wait", "30")
            try await asked.sees("Do this? [y/N] ")
            try await stage.cluster.write { store, _ in
                _ = try store.update(.deployments, namespace: Email.namespace, name: "email-service") {
                    $0["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"] = "1200Mi"
                }
            }
            try asked.type("yes")
            // The change replaces the pods, so that the incident may be over before anything else is planned.
            let end = try await asked.wait()
            #expect(asked.screen.contains(end == .exit(2) ? "not done" : "before anything was changed"), "\(asked.screen)")
            #expect(await stage.email.limits == ["1Gi", "1200Mi"])
        }
    }

    @Test("What is held says by which guard; scripts get JSON")
    func heldAndScripts() async throws {
        try await withWaiting { stage, asker in
            let pause = try await asker.ask("pause", "--why", "looking").out
            let held = try await asker.ask("heal", "--all", "--yes", exit: 2)
            #expect(held.out.contains("held   paused by anna@") && held.log.contains(/[0-9] of [0-9] not done/), "\(held)")
            let id = String(try #require(pause.firstMatch(of: /automaton resume (p-\w+)/)).1)
            #expect(held.out.contains("to lift it: automaton resume \(id)\n"), "\(held)")
            #expect(try await asker.ask("heal", "--all", "--dry-run", exit: 2).log.contains(/[0-9] of [0-9] cannot be healed now/))
            _ = try await asker.ask("resume", id)
            let json = try #require(try? JSON(parsing: try await asker.ask("heal", "oom-killed", "-y", "-o", "json").out))
            #expect(json["plans", 0, "outcome"]?.string == "act" && json["results", 0, "outcome"]?.string == "done", "\(json)")
            #expect(await stage.email.limits == ["1Gi", "2Gi"])
            #expect(try await asker.ask("heal", "oom-kiled", "--yes", exit: 1).log.contains("did you mean 'oom-killed'?"))
        }
    }

    @Test("What was begun before is followed until it is known to be written; nothing open is no failure of --all")
    func underway() async throws {
        // Whether it helps is watched for longer than the test takes.
        try await withWaiting(environment: Self.patient.merging(["STABLE_FOR": "10m"]) { $1 }) { stage, asker in
            _ = try await asker.ask("heal", "oom-killed", "--yes")
            let again = try await asker.ask("heal", "oom-killed", "--yes").out
            #expect(
                again.contains("  held   in flight: attempt ")
                    && again.contains("underway production/deployment/email-service oom-killed: "))
            let json = try #require(try? JSON(parsing: try await asker.ask("heal", "oom-killed", "-y", "-o", "json").out))
            #expect(json["results", 0, "outcome"]?.string == "underway", "\(json)")
            #expect(await stage.email.limits == ["1Gi", "2Gi"], "nothing was done twice")
        }
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Self.patient) { automaton in
                let asker = Asker(environment: ["AUTOMATON_API": "http://127.0.0.1:\(try await Scrape(of: automaton).port)"])
                try await until("it leads") {
                    try await Program.run(["heal", "--all", "--yes"], environment: asker.environment).end == .exit(0)
                }
                #expect(try await asker.ask("heal", "--all", "--dry-run").out.contains("No open incident: nothing is to be healed"))
            }
        }
    }

    @Test(
        "What makes no sense",
        arguments: [
            ["heal"], ["heal", "oom-killed", "--all"], ["heal", "a", "--rule", "b"], ["heal", "x/y"], ["heal", "--all", "-o", "json"],
            ["heal", "--all", "--yes", "--dry-run"], ["heal", "--all", "--wait", "0"], ["incidents", "x", "--open"],
            ["incidents", "--limit", "0"],
            ["incidents", "--status", "well"], ["incidents", "--since", "then"],
        ])
    func senseless(_ arguments: [String]) async throws {
        let result = try await Program.run(arguments)
        #expect(result.end == .exit(64), "\(arguments): \(result.log)")
        #expect(result.log.contains("Error:") && result.log.contains("Usage:"))
    }
}
