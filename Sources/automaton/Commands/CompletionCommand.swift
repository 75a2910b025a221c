import ArgumentParser

/// `automaton completion SHELL`
struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var generated: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that lets a shell complete commands, options, rules and thresholds.",
        discussion: """
            bash: automaton completion bash > /etc/bash_completion.d/automaton
            zsh:  automaton completion zsh > /usr/local/share/zsh/site-functions/_automaton
            fish: automaton completion fish > ~/.config/fish/completions/automaton.fish

            Exit code 0, or 64 when there is no such shell.
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() { Terminal.out(AutomatonCommand.completionScript(for: shell.generated)) }
}
