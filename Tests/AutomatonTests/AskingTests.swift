import AutomatonCore
import Foundation
import Simulator
import Testing

/// What a person asks of a running automaton, through the real binary on both sides.
@Suite("Asking", .timeLimit(.minutes(10)))
struct AskingTests {
    @Test("Explain, pause, silence, resume and decisions against a running automaton")
    func conversation() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                let port = try await Scrape(of: automaton).port
                func ask(_ arguments: String..., exit: Int32 = 0) async throws -> (out: String, log: String) {
                    let result = try await Program.run(
                        arguments, environment: ["AUTOMATON_API": "http://127.0.0.1:\(port)", "USER": "anna"])
                    #expect(result.end == .exit(exit), "\(arguments): \(result.out)\(result.log)")
                    return (result.out, result.log)
                }
                try await until("it watches", context: { automaton.transcript }) {
                    let answer = try await Program.run(["explain", "deployment/email-service", "--api", "http://127.0.0.1:\(port)"])
                    return answer.out.contains(/nothing wrong for crash-loop, .*oom-killed/)
                }
                #expect(try await ask("explain").out.contains("No open incident"))
                #expect(
                    try await ask("explain", "deploy/other").out.contains(
                        "nothing is reported of deployment/other: it is well, or there is no such"))
                #expect(try await ask("explain", "database/orders", exit: 1).out.contains("no rule looks at database/orders"))

                let paused = try await ask("pause", "--rule", "oom-killed", "--why", "looking at it").out
                #expect(paused.contains("paused: rule oom-killed, by anna@") && paused.contains("looking at it"))
                try await stage.oom(mebibytes: 1536)
                try await until("it is held", context: { automaton.transcript }) {
                    automaton.lines.contains { $0.isDecision("hold", guard: "paused") }
                }
                let explained = try await ask("explain", "production/deployment/email-service", "--rule", "oom-killed").out
                #expect(explained.contains("CRITICAL  production/deployment/email-service  rule oom-killed"))
                #expect(explained.contains("now    paused by anna@"))
                #expect(!explained.contains("\u{1B}"), "no colour without a terminal")
                _ = try await ask("approve", "deployment/email-service", "--rule", "oom-killed", exit: 2)
                #expect(stage.requests.writes.isEmpty)

                let silenced = try await ask("silence", "--subject", "deployment/other", "--for", "30m")
                #expect(silenced.log.contains("no subject named deployment/other is known"))
                let everything = try await ask("pause", "--why", "all of it").out
                let lifted = try await ask("resume", "--rule", "oom-killed")
                #expect(lifted.out.contains("Lifted paused: rule oom-killed"))
                #expect(lifted.log.contains("still paused: everything") && lifted.log.contains("all of it"))
                let id = try #require(everything.firstMatch(of: /automaton resume (p-\w+)/)).1
                _ = try await ask("resume", String(id))
                _ = try await ask("pause", "--rule", "oom-kiled", exit: 1)
                try await automaton.line("Done on oom-killed")
                _ = try await ask("resume", "--rule", "oom-killed", exit: 1)
                #expect(try await ask("resume", "--all").out.contains("Lifted silenced"))

                let decisions = try await ask("decisions", "--since", "10m", "--rule", "oom-killed").out
                for word in ["opened", "held", "acts", "done"] { #expect(decisions.contains(try Regex("Z +\(word) ")), "\(decisions)") }
                let json = try await ask("explain", "--output", "json").out
                #expect((try? JSON(parsing: json))?["automaton"]?["leads"] == .bool(true))

                _ = try await ask("approve", "deployment/nobody", "--rule", "oom-killed", exit: 1)
            }
        }
    }

    @Test("A token is asked for, and nothing shows it")
    func token() async throws {
        try await withStage { stage in
            let file = try stage.directory.write("token", "0123456789abcdef0123456789abcdef\n")
            try await stage.withAutomaton(["--api-token-file", file]) { automaton in
                let port = try await Scrape(of: automaton).port
                let api = ["--api", "http://127.0.0.1:\(port)"]
                let refused = try await Program.run(["pause"] + api)
                #expect(refused.end == .exit(2))
                #expect(refused.log.contains("Authorization: Bearer TOKEN"))
                let done = try await Program.run(
                    ["pause", "--for", "1m"] + api, environment: ["API_TOKEN": "0123456789abcdef0123456789abcdef"])
                #expect(done.end == .exit(0), "\(done.log)")
                #expect(try await Program.run(["explain"] + api).end == .exit(0), "reading is open")
                #expect(!(automaton.log + automaton.output + done.out + done.log).contains("0123456789abcdef"))
            }
        }
    }

    @Test("Where reading is protected, the token is sent for it, too")
    func protectedReading() async throws {
        try await withStage { stage in
            let file = try stage.directory.write("token", "0123456789abcdef0123456789abcdef\n")
            try await stage.withAutomaton(["--api-token-file", file, "--protect-reading"]) { automaton in
                let port = try await Scrape(of: automaton).port
                let api = ["--api", "http://127.0.0.1:\(port)"]
                #expect(try await Program.run(["explain"] + api).end == .exit(2))
                let explained = try await Program.run(["explain"] + api + ["--api-token-file", file])
                #expect(explained.end == .exit(0), "\(explained.log)")
                #expect(!(explained.out + explained.log + automaton.log).contains("0123456789abcdef"))
            }
        }
    }

    @Test("Who cannot be reached, and what makes no sense")
    func failures() async throws {
        let nobody = try await Program.run(["explain", "--api", "http://127.0.0.1:1"])
        #expect(nobody.end == .exit(2))
        #expect(nobody.log.contains("127.0.0.1:1") && nobody.log.contains("--api"))
        for arguments in [
            ["explain", "email-service"], ["explain", "--api", "ftp://x"], ["explain", "--api", "http://x", "--state", "y"], ["silence"],
            ["pause", "--for", "soon"], ["resume"], ["resume", "p-1", "--all"], ["approve", "deployment/x"],
            ["decisions", "--since", "then"], ["explain", "--state", "x", "--journal", "dbname=y"], ["simulate", "--seeds", "9..1"],
            ["decisions", "--limit", "0"], ["replay", "--state", "x"],
            ["replay", "--rules", "x", "--state", "x", "--since", "1h", "--until", "2h"],
        ] {
            let result = try await Program.run(arguments)
            #expect(result.end == .exit(64), "\(arguments): \(result.log)")
        }
        let soon = try await Program.run(["pause", "--for", "soon"])
        #expect(soon.log.contains("write a time span of at most 366 d"), "\(soon.log)")
        let short = try await Program.run(["pause"], environment: ["API_TOKEN": "short"])
        #expect(short.end == .exit(64))
        #expect(short.log.contains("API_TOKEN") && !short.log.contains("'short'"))
    }

    @Test("A replay with wrong rules says what is wrong with them")
    func replayOfWrongRules() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("rules/one.yaml", "name: one\ncheck: pod-helth\nwhen: [{ reason: OOMKilled, priority: high }]\n")
        let result = try await Program.run(["replay", "--rules", directory.path + "/rules", "--state", directory.path])
        #expect(result.end == .exit(1))
        #expect(result.log.contains("did you mean 'pod-health'?"), "\(result.log)")
    }
}
