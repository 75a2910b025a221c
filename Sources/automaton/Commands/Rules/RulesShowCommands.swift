import ArgumentParser
import AutomatonCore
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton rules list`
struct RulesListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the rules: when each fires, what it does, and whether it is in force.",
        discussion: "Exit code 0 when they were told, 1 when the rules or thresholds are wrong, 64 when the command line is wrong.")

    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    func run() throws {
        let rules = try RulesShown.told(configuration)
        switch output {
        case .json: try AskFailure.telling { () throws(AskFailure) in Terminal.out(try rules.prettyJSON()) }
        case .text: for line in RulesText(ink: Terminal.ink).list(rules, width: Terminal.width()) { Terminal.out(line) }
        }
    }
}

/// `automaton rules show NAME`
struct RulesShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all of one rule, with every threshold put in and where each comes from.",
        discussion: """
            Exit code 0 when it was told, 1 when there is no such rule, or the rules or thresholds are wrong, 64 when the command line is \
            wrong.
            """)

    @Argument(help: "The rule's name.", completion: Completions.rules)
    var name: String

    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    func run() throws {
        let rules = try RulesShown.told(configuration)
        guard let rule = rules.first(where: { $0.name == name }) else {
            throw AskFailure(NearestName.unknown("rule", name, known: rules.map(\.name)), exit: .nothing).told()
        }
        switch output {
        case .json: try AskFailure.telling { () throws(AskFailure) in Terminal.out(try rule.prettyJSON()) }
        case .text: for line in RulesText(ink: Terminal.ink).show(rule) { Terminal.out(line) }
        }
    }
}

extension RulesShown {
    /// All of them; what is wrong ends the program.
    static func told(_ configuration: ConfigurationOptions) throws -> [RuleShown] {
        do throws(ConfigurationErrors) {
            return try RulesShown(configuration, environment: ProcessInfo.processInfo.environment).rules
        } catch {
            throw error.told()
        }
    }
}
