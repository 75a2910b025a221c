import ArgumentParser
import AutomatonCore
import Rules

/// `automaton rules …`
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Work with rules.", subcommands: [RulesValidateCommand.self])
}

/// `automaton rules validate [DIR]`
struct RulesValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check rules, and thresholds where they are given; print every error with its place.",
        discussion: "Exit code 0 when everything is right, 1 when something is wrong.")

    @Argument(help: "The directory of rules, or one file.")
    var rules: String?

    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        let path = rules ?? configuration.rulesPath
        do throws(ConfigurationErrors) {
            let loaded = try configuration.loader(rules: path, namespace: "default", environment: nil).load()
            let count = loaded.ruleset.rules.count
            Terminal.out("\(path): \(count) rule\(count == 1 ? "" : "s"), no errors")
            for rule in loaded.ruleset.rules {
                let steps = rule.remediations.map(\.use).joined(separator: ", then ")
                Terminal.out("  \(rule.name) (\(rule.check.check), \(rule.mode.rawValue)): \(steps.isEmpty ? "tell a person" : steps)")
            }
        } catch {
            for problem in error.problems { Terminal.error(problem.description) }
            let count = error.problems.count
            Terminal.error("\(count) error\(count == 1 ? "" : "s")")
            throw ExitCode.failure
        }
    }
}
