import ArgumentParser
import AutomatonCore
import Rules

/// `automaton rules validate [DIR]`
struct RulesValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check rules, and thresholds where they are given; print every error with its place.",
        discussion: "Exit code 0 when everything is right, 1 when something is wrong, 64 when the command line is wrong.")

    @Argument(help: "The directory of rules, or one file.", completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    /// What `-o json` prints.
    private struct Report: Encodable {
        struct Wrong: Encodable {
            var file: String
            var line: Int?
            var column: Int?
            var message: String
        }
        struct Right: Encodable {
            var name: String
            var check: String
            var mode: String
            var remediations: [String]
        }
        var path: String
        var valid: Bool
        var rules: [Right] = []
        var errors: [Wrong] = []
    }

    func run() throws {
        let path = rules ?? configuration.rulesPath
        let loaded: LoadedConfiguration
        do throws(ConfigurationErrors) {
            loaded = try configuration.loader(rules: path, namespace: "default", environment: nil).load()
        } catch {
            guard output == .json else { throw error.told() }
            let errors = error.problems.map { Report.Wrong(file: $0.file, line: $0.line, column: $0.column, message: $0.message) }
            try AskFailure.telling { () throws(AskFailure) in
                Terminal.out(try Report(path: path, valid: false, errors: errors).prettyJSON())
            }
            throw ExitCode(AskFailure.Exit.nothing.rawValue)
        }
        let rules = loaded.ruleset.rules
        if output == .json {
            let right = rules.map {
                Report.Right(name: $0.name, check: $0.check.check, mode: $0.mode.rawValue, remediations: $0.remediations.map(\.use))
            }
            return try AskFailure.telling { () throws(AskFailure) in
                Terminal.out(try Report(path: path, valid: true, rules: right).prettyJSON())
            }
        }
        Terminal.out("\(path): \(rules.count) rule\(rules.count == 1 ? "" : "s"), no errors")
        for rule in rules {
            let steps = rule.remediations.map(\.use).joined(separator: ", then ")
            Terminal.out("  \(rule.name) (\(rule.check.check), \(rule.mode.rawValue)): \(steps.isEmpty ? "tell a person" : steps)")
        }
    }
}
