import ArgumentParser

/// The command line: `automaton run`, `explain`, `pause`, `replay`, `demo`, …
@main
struct AutomatonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "automaton",
        abstract: "Notices what is wrong in a Kubernetes namespace, and mends it within limits that it can prove.",
        discussion: """
            See it at work without a cluster: automaton demo
            Look before it acts:              automaton run --dry-run
            Ask why it does what it does:     automaton explain
            """,
        version: Version.text,
        subcommands: [
            RunCommand.self, ExplainCommand.self, DecisionsCommand.self, PauseCommand.self, SilenceCommand.self, ResumeCommand.self,
            ApproveCommand.self, HealthCommand.self, HealCommand.self, IncidentsCommand.self, RevertCommand.self, FixesCommand.self,
            NotifyCommand.self, ReplayCommand.self, SimulateCommand.self,
            DemoCommand.self,
            RulesCommand.self, ConfigCommand.self, RBACCommand.self, DashboardCommand.self, CompletionCommand.self, ManualCommand.self,
            VersionCommand.self,
        ]
    )

    static func main() async {
        if let failure = UnknownCommand.failure(in: Array(CommandLine.arguments.dropFirst())) { exit(withError: failure.told()) }
        await main(nil)
    }
}
