import Engine
import Foundation
import Testing

@testable import automaton

/// What the command line is to a shell, to man, and to a terminal.
@Suite("Command line and shells", .timeLimit(.minutes(10)))
struct ShellTests {
    /// A program that is installed here; nil when it is not.
    private static func installed(_ name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let shells = [
        ("bash", "source \"$1\" && complete -p automaton"),
        ("zsh", "autoload -U compinit && compinit -u -d \"$1.dump\" && source \"$1\" && (( $+functions[_automaton] ))"),
        ("fish", "source \"$argv[1]\"; and complete -C 'automaton rules ' | string match -q 'validate*'"),
    ]

    @Test("The script of each shell is taken by the shell", arguments: shells.filter { installed($0.0) != nil })
    func completion(_ shell: String, _ use: String) async throws {
        let program = try #require(Self.installed(shell))
        let directory = try TemporaryDirectory()
        let result = try await Program.run(["completion", shell])
        #expect(result.end == .exit(0))
        let file = try directory.write("automaton.\(shell)", result.out)
        let read = try await Command.run(program, ["-n", file])
        #expect(read.status == 0, "\(read.said)")
        let used = try await Command.run(program, shell == "fish" ? ["-c", use, file] : ["-c", use, shell, file])
        #expect(used.status == 0, "\(used.said)")
        for word in ["explain", "config", "rules"] { #expect(result.out.contains(word)) }
    }

    @Test("Shells that are not installed are skipped", arguments: shells.filter { installed($0.0) == nil }.map(\.0))
    func skipped(_ shell: String) async throws {
        // The script is made all the same.
        let result = try await Program.run(["completion", shell])
        #expect(result.end == .exit(0))
        #expect(result.out.contains("automaton"))
    }

    @Test("The names of rules are offered, read from the directory that is named")
    func ruleNames() async throws {
        let script = try await Program.run(["completion", "bash"])
        let call = try #require(script.out.firstMatch(of: /---completion[^"\n]*show[^"\n]*positional@0/))
        let words =
            call.0.split(separator: " ").map(String.init) + ["5", "0", "automaton", "rules", "show", "--rules", Program.shippedRules, ""]
        let offered = try await Program.run(words)
        #expect(offered.out.contains("oom-killed") && offered.out.contains("kafka-lag"), "\(words): \(offered.out) \(offered.log)")
    }

    @Test("The committed manual page is that of the commands; 'make man' writes it")
    func manual() async throws {
        let result = try await Program.run(["manual"])
        #expect(result.end == .exit(0), "\(result.log)")
        let path = ManifestsTests.repository + "/docs/man/automaton.1"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == result.out)
        for command in ["automaton explain", "automaton rules test", "automaton config show", "automaton notify test"] {
            #expect(result.out.contains(".Ss \(command)\n"))
        }
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES"] {
            #expect(result.out.contains(".Sh \(section)\n"), "\(section)")
        }
    }

    @Test("mandoc finds nothing to complain of", .enabled(if: installed("mandoc") != nil))
    func mandoc() async throws {
        let lint = try await Command.run(
            try #require(Self.installed("mandoc")), ["-T", "lint", "-W", "warning", ManifestsTests.repository + "/docs/man/automaton.1"])
        #expect(lint.status == 0, "\(lint.said)")
        #expect(lint.said.isEmpty, "\(lint.said)")
    }

    @Test("Every command says in its help with which codes it ends, and every code is in the list of all")
    func exitCodes() throws {
        func leaves(_ command: ToolDescription.Command, _ path: [String]) -> [(path: String, command: ToolDescription.Command)] {
            let path = path + [command.commandName]
            let inner = (command.subcommands ?? []).filter { $0.commandName != "help" }
            return inner.isEmpty ? [(path.joined(separator: " "), command)] : inner.flatMap { leaves($0, path) }
        }
        let known = Set(ExitCodes.all.map(\.code))
        let document = try String(contentsOfFile: ManifestsTests.repository + "/docs/commands.md", encoding: .utf8)
        for (path, command) in leaves(try ToolDescription.ofAutomaton(), []) {
            let discussion = command.discussion ?? ""
            #expect(discussion.contains("Exit code 0"), "\(path)")
            if let sentence = discussion.range(of: "Exit code 0") {
                let numbers = discussion[sentence.lowerBound...].matches(of: /(?:code|,|and) ([0-9]+)\b/).compactMap { Int($0.1) }
                #expect(Set(numbers).isSubset(of: known), "\(path): \(numbers)")
            }
            #expect(document.contains("`\(path)"), "\(path) is not in docs/commands.md")
        }
    }

    @Test("Colour: a terminal, NO_COLOR, TERM=dumb, CLICOLOR_FORCE")
    func colourRules() {
        func wants(_ terminal: Bool, _ environment: [String: String]) -> Bool {
            LogFormat.wantsColour(isTerminal: terminal, environment: environment)
        }
        #expect(wants(true, [:]))
        #expect(!wants(false, [:]))
        #expect(!wants(true, ["NO_COLOR": "1"]))
        #expect(wants(true, ["NO_COLOR": ""]))
        #expect(!wants(true, ["TERM": "dumb"]))
        #expect(wants(false, ["CLICOLOR_FORCE": "1"]))
        #expect(!wants(false, ["CLICOLOR_FORCE": "0"]))
        #expect(!wants(false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
    }

    /// Runs the program on a terminal of its own, and answers with all that it wrote there.
    private func onTerminal(_ arguments: String, environment: String = "") async throws -> String {
        // script(1) of util-linux makes a real pseudo-terminal.
        let program = try #require(Self.installed("script"))
        let directory = try TemporaryDirectory()
        let file = directory.path + "/typed"
        let automaton = try Program.executable().path
        let ran = try await Command.run(program, ["-qefc", "env -u NO_COLOR TERM=xterm \(environment) \(automaton) \(arguments)", file])
        #expect(ran.status == 0 || ran.status == 1, "\(ran.said)")
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    @Test("On a terminal commands are coloured, with NO_COLOR or TERM=dumb they are not", .enabled(if: installed("script") != nil))
    func terminal() async throws {
        let command = "rules list --rules \(Program.shippedRules)"
        #expect(try await onTerminal(command).contains("\u{1B}[32min force"))
        #expect(!(try await onTerminal(command, environment: "NO_COLOR=1")).contains("\u{1B}[3"))
        #expect(!(try await onTerminal(command, environment: "TERM=dumb")).contains("\u{1B}"))
        #expect(!(try await onTerminal(command + " | cat")).contains("\u{1B}"))
        #expect(try await onTerminal("rules test \(Program.shippedRules)/tests/evicted.yaml").contains("\u{1B}[32mok"))
    }

    @Test("Long work shows its progress on a terminal, and nothing elsewhere", .enabled(if: installed("script") != nil))
    func progress() async throws {
        let command = "simulate --seeds 1..3 --hours 1 --jobs 2"
        let shown = try await onTerminal(command)
        #expect(shown.contains("Simulating  [") && shown.contains(" %"), "\(shown.prefix(400))")
        #expect(shown.contains("No limit was broken."))
        let quiet = try await Program.run(command.split(separator: " ").map(String.init))
        #expect(quiet.log.isEmpty, "\(quiet.log)")
    }

    @Test("The line of progress: share, rate, time left")
    func progressLine() {
        #expect(Progress.line("Doing", 0, of: 200, "seeds", after: .zero) == "Doing  [------------------------]  0 %")
        #expect(
            Progress.line("Doing", 50, of: 200, "seeds", after: .seconds(5))
                == "Doing  [######------------------]  25 %, seeds 10/s, 15 s left")
        #expect(
            Progress.line("Doing", 1, of: 4, "clusters", after: .seconds(8))
                == "Doing  [######------------------]  25 %, clusters 7.5/min, 24 s left")
        #expect(Progress.line("Doing", 1, of: 1, "", after: .seconds(5)) == "Doing  [########################]  100 %")
    }
}
