import ArgumentParser
import Checks
import Engine
import Rehearsal
import Remediations

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton rules test [FILE…]`
struct RulesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Play examples beside rules: findings in, decisions out, in virtual time.",
        discussion: """
            An example says what a check finds when, what becomes of attempts, and which decisions are expected. The core, the rules and the \
            remediations are the real ones; the world is what the example says. Whatever is done and not expected is a failure, too. \
            docs/commands.md describes the files.

            Exit code 0 when everything came out as expected, 1 when something did not or a file is wrong, 64 when the command line is wrong.
            """)

    @Argument(
        help: "Files of examples, or directories of them. Default: the directory tests beside the rules.",
        completion: .file(extensions: ["yaml", "yml"]))
    var files: [String] = []

    @Flag(name: [.short, .long], help: "Print also what came out as expected.")
    var verbose = false

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        let rehearsal = Rehearsal(checks: builtInChecks, remediations: builtInRemediations)
        let paths = files.isEmpty ? [try Self.besideRules()] : files
        var played: [RehearsalReport.File] = []
        for path in paths { played += await rehearsal.play(path) }
        let report = RehearsalReport(played)
        switch output {
        case .json: try AskFailure.telling { () throws(AskFailure) in Terminal.out(try report.prettyJSON()) }
        case .text:
            let text = RehearsalText(report, isVerbose: verbose, ink: Terminal.ink)
            for line in text.lines { Terminal.out(line) }
        }
        guard report.isGood else { throw ExitCode(AskFailure.Exit.nothing.rawValue) }
    }

    private static func besideRules() throws -> String {
        let path = ConfigurationOptions.usualRules + "/tests"
        guard FileManager.default.fileExists(atPath: path) else {
            throw ValidationError("there is no \(path): name the files of examples (automaton rules test my-rules/tests)")
        }
        return path
    }
}

/// What came of examples, for people.
struct RehearsalText {
    private(set) var lines: [String] = []

    init(_ report: RehearsalReport, isVerbose: Bool, ink: Ink) {
        for file in report.files {
            let count = file.cases.count
            guard file.passed else {
                lines.append("\(ink.red("FAILED")) \(file.file.harmless)")
                for problem in file.problems { lines.append("  " + problem.harmless) }
                for test in file.cases where !test.passed {
                    lines.append("  \(ink.bold(test.name.harmless))")
                    for failure in test.failures {
                        lines.append("    \(file.file):\(failure.line): at \(failure.at)".harmless)
                        lines.append("      expected: " + (failure.expected ?? "nothing to be done").harmless)
                        lines.append("      instead:  " + failure.instead.harmless)
                    }
                }
                continue
            }
            lines.append("\(ink.green("ok")) \(file.file.harmless): \(count) example\(count == 1 ? "" : "s")")
            if isVerbose { for test in file.cases { lines.append("  " + test.name.harmless) } }
        }
        let broken = report.broken > 0 ? ", \(report.broken) file\(report.broken == 1 ? "" : "s") could not be played" : ""
        lines.append("\(report.passed) passed, \(report.failed) failed\(broken)")
    }
}
