import ArgumentParser

/// `automaton manual`
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page, for man.",
        discussion: """
            automaton manual > /usr/local/share/man/man1/automaton.1, or at once: automaton manual | man -l -

            Exit code 0.
            """)

    func run() throws { Terminal.out(try ManualPage(ToolDescription.ofAutomaton()).text) }
}
