import ArgumentParser
import AutomatonCore
import Checks
import Remediations
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton rules …`
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Work with rules.", subcommands: [RulesValidateCommand.self, RulesDocumentCommand.self])
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

/// `automaton rules document [FILE]`
struct RulesDocumentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document", abstract: "Print what rules can use: every check, remediation and threshold.",
        discussion: "With a FILE, prints that page with the text put between its two marks instead, for rules/README.md.")

    @Argument(help: "A Markdown page with the two marks.")
    var page: String?

    func run() throws {
        let documentation = RuleDocumentation(checks: builtInChecks, remediations: builtInRemediations)
        guard let page else { return Terminal.out(documentation.text) }
        guard let data = FileManager.default.contents(atPath: page) else { throw ValidationError("\(page) cannot be read") }
        guard let text = documentation.inserted(into: String(decoding: data, as: UTF8.self)) else {
            throw ValidationError("\(page) does not have the lines '\(RuleDocumentation.begin)' and '\(RuleDocumentation.end)'")
        }
        Terminal.out(text.last == "\n" ? String(text.dropLast()) : text)
    }
}
