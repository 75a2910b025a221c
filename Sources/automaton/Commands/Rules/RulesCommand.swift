import ArgumentParser

/// `automaton rules …`
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Work with rules: check, test and show them.",
        subcommands: [
            RulesValidateCommand.self, RulesTestCommand.self, RulesListCommand.self, RulesShowCommand.self, RulesDocumentCommand.self,
        ])
}
