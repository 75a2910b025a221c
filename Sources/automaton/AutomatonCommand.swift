import ArgumentParser

/// The command line: `automaton run`, `demo`, `rules`, `simulate`, `version`.
@main
struct AutomatonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "automaton",
        abstract: "Notices what is wrong in a Kubernetes namespace, and mends it within limits that it can prove.",
        discussion: """
            See it at work without a cluster: automaton demo
            Look before it acts:              automaton run --dry-run
            """,
        version: Version.text,
        subcommands: [RunCommand.self, DemoCommand.self, RulesCommand.self, SimulateCommand.self, VersionCommand.self]
    )
}
