import ArgumentParser
import AutomatonCore
import Foundation
import Simulator
import Testing

@testable import automaton

/// Every command that the documents show is run, or read by the program that would run it.
@Suite("Commands of the documents", .timeLimit(.minutes(5)))
struct DocumentCommandTests {
    private static func lines(_ trial: ShellLine.Trial) -> [ShellLine] { ShellLine.all.filter { $0.trial == trial } }

    @Test("It is known how each can be tried, and the automaton takes its arguments")
    func known() async throws {
        let words = try await Documents.words()
        #expect(ShellLine.all.count >= 40)
        for line in ShellLine.all {
            if line.trial == nil {
                Issue.record(
                    """
                    \(line.place): no test knows how to try '\(line.text)'. Add its program to ShellLine.trial, or the command of the \
                    automaton to ShellLine.subcommands.
                    """)
            }
            for program in line.programs where program[0] == "automaton" && line.trial != nil {
                let arguments = program.dropFirst().map { DocumentPlace.filled($0) }
                do { _ = try AutomatonCommand.parseAsRoot(arguments) } catch {
                    let said = AutomatonCommand.fullMessage(for: error)
                    if AutomatonCommand.exitCode(for: error) != .success { Issue.record("\(line.place): '\(line.text)': \(said)") }
                }
            }
            if line.programs.isEmpty, let variable = line.text.prefixMatch(of: /[A-Z_]+/) {
                #expect(words.contains(variable.output), "\(line.place): nothing reads \(variable.output)")
            }
            for program in line.programs where program[0] == "swift" {
                guard let filter = program.firstIndex(of: "--filter").map({ program[$0 + 1] }) else { continue }
                #expect(words.contains(filter[...]), "\(line.place): there is no suite \(filter)")
            }
        }
    }

    @Test("What needs no cluster runs", arguments: lines(.alone))
    func alone(_ line: ShellLine) async throws {
        let place = try DocumentPlace()
        let result = try await place.run(line)
        #expect(result.status == 0, "\(line.place): '\(line.text)' ends with \(result.status): \(result.said.suffix(2000))")
    }

    @Test(
        "kubectl takes it, builds what is to be built, and asks a server",
        .enabled(if: Command.kubectl != nil, "kubectl is missing"), arguments: lines(.kubectl))
    func kubectl(_ line: ShellLine) async throws {
        let place = try DocumentPlace()
        let result = try await place.run(line)
        #expect(result.status == 0, "\(line.place): '\(line.text)' ends with \(result.status): \(result.said.suffix(2000))")
    }

    /// What a person says to an automaton that healed `deployment/catalog` a moment ago, while `deployment/checkout` crashes.
    @Test("A running automaton answers")
    func asked() async throws {
        let lines = Self.lines(.asked).filter { line in !["approve", "heal"].contains { line.text.contains("automaton \($0) ") } }
        #expect(lines.count >= 15)
        try await withFaults(Self.quick) { place in
            let ready = ShellLine(page: "", line: 0, text: "curl -s http://127.0.0.1:8000/readyz")
            try await until("it is ready") { try await place.run(ready).status == 0 }
            for line in lines {
                if let preparation = Self.preparations.first(where: { line.text.contains($0.0) }) {
                    try await place.run(ShellLine(page: line.page, line: line.line, text: preparation.1(line.text)))
                }
                let result = try await place.run(line)
                let expected = Self.expected.first { line.text.contains($0.0) }?.1 ?? [0]
                #expect(
                    expected.contains(result.status),
                    "\(line.place): '\(line.text)' ends with \(result.status), not \(expected): \(result.said.suffix(1500))")
            }
        }
    }

    @Test("A plan that waits for a person is approved", arguments: plans)
    func approved(_ line: ShellLine) async throws {
        try await withFaults(Self.quick, replacing: ("check: pod-health", "mode: approve\ncheck: pod-health"), until: "ask_approval") {
            let result = try await $0.run(line)
            #expect(result.status == 0, "\(line.place): \(result.said)")
        }
    }

    /// What is asked of a fix is approved in the tests of fixes.
    private static let plans = ShellLine.all.filter { $0.text.contains("automaton approve ") && !$0.text.contains("fix-drift") }

    @Test("An incident that waits for its delay is healed at once", arguments: ShellLine.all.filter { $0.text.contains("automaton heal ") })
    func hurried(_ line: ShellLine) async throws {
        try await withFaults(Self.slow, until: "delay") {
            let result = try await $0.run(line)
            // 64: it would ask first, and there is no terminal.
            #expect([0, 64].contains(result.status), "\(line.place): \(result.said)")
        }
    }

    @Test("It watches a cluster until it is ended", arguments: lines(.watches))
    func watches(_ line: ShellLine) async throws {
        try await withStage { stage in
            let program = try #require(line.programs.first { $0.starts(with: ["automaton", "run"]) })
            let directory = stage.directory.path
            let arguments = program.dropFirst().map { word in
                switch word {
                case "~/.kube/config": stage.kubeconfig
                case "rules", "rules/": Program.shippedRules
                default: DocumentPlace.filled(word)
                }
            }
            var options = ["--listen", "127.0.0.1:0", "--rules", Program.shippedRules, "--kubeconfig", stage.kubeconfig]
            if !arguments.contains("--state"), arguments.contains(where: { $0.hasPrefix("/var") }) { options += ["--state", directory] }
            // What the document leaves to the defaults of a pod is given here.
            let given = stride(from: 0, to: options.count, by: 2).filter { !arguments.contains(options[$0]) }
            let automaton = try Program(
                arguments + given.flatMap { [options[$0], options[$0 + 1]] }
                    + ["--log-format", "json"].filter { _ in
                        !arguments.contains { $0.hasPrefix("--log-format") }
                    }, environment: Stage.impatient)
            defer { automaton.kill() }
            try await automaton.line("Listening on")
            automaton.terminate()
            #expect(try await automaton.wait() == .exit(0), "\(line.place): \(automaton.transcript)")
        }
    }

    /// What has to be so before: a person lifts what was asked for, and takes back what was done.
    private static let preparations: [(String, @Sendable (String) -> String)] = [
        ("automaton resume --all", { _ in "automaton pause" }),
        ("automaton resume --rule ", { $0.replacing("resume", with: "pause") }),
    ]

    /// Where an answer may be another than yes: that there is nothing such now.
    private static let expected: [(String, [Int32])] = [
        ("automaton explain", [0, 1]), ("automaton decisions", [0, 1]), ("automaton incidents", [0, 1]),
        // With nothing kept, git says that there is no patch.
        ("| git apply", [0, 1, 128]), ("automaton fixes", [0, 1]),
        ("automaton health", [0, 1, 2]),
        // Little was recorded by then.
        ("automaton replay", [0, 1]),
    ]

    private static let quick = Stage.impatient.merging(["DELAY_LOW": "10s", "DELAY_MEDIUM": "0s"]) { $1 }
    private static let slow = ["CHECK_INTERVAL": "1s", "DELAY_CRITICAL": "15m", "DELAY_HIGH": "15m"]

    private func withFaults(
        _ thresholds: [String: String], replacing change: (String, String)? = nil, until choice: String? = nil,
        _ body: @escaping @Sendable (DocumentPlace) async throws -> Void
    ) async throws {
        try await withStage(features: .complete) { stage in
            let catalog = WorkloadName.deployment("catalog", in: Email.namespace)
            let checkout = WorkloadName.deployment("checkout", in: Email.namespace)
            try await stage.deploy(WorkloadBlueprint("catalog", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30)))
            try await stage.deploy(WorkloadBlueprint("checkout", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30)))
            try await stage.deploy(Email.blueprint)
            let place = try DocumentPlace()
            let rules = try place.rules(replacing: change)
            let options = ["--rules", rules, "--state", place.directory.path + "/state", "--namespace", Email.namespace]
            // Servers that nobody runs: the rules are in force, and what they watch is unknown.
            let servers = ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "nobody"]
            let program = try Program(
                ["run", "--kubeconfig", stage.kubeconfig, "--listen", "127.0.0.1:0"] + options,
                environment: thresholds.merging(servers) { $1 })
            defer { program.kill() }
            try await program.line("Watching") { $0.message.hasPrefix("Listening on") }
            let port = try #require(program.lines.first { $0.message.hasPrefix("Listening on") }?.json["port"]?.int)
            try await stage.cluster.write { store, now in
                try store.oom(catalog, needs: ByteQuantity(bytes: 1536 << 20), at: now)
                try store.breakForGood(checkout, at: now)
            }
            if let choice {
                try await program.line("\(choice) of oom-killed") {
                    $0["rule"] == "oom-killed" && ($0["choice"] == choice || $0["guard"] == choice)
                }
            } else {
                try await program.line("Healed: oom-killed")
            }
            do {
                try await body(place.asking(port: port, kubeconfig: stage.kubeconfig))
            } catch let error as NotInTime {
                throw NotInTime(what: error.what, limit: error.limit, context: program.transcript)
            }
        }
    }
}
