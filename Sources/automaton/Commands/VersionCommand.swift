import ArgumentParser

/// `automaton version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.", discussion: "Exit code 0.")

    func run() {
        Terminal.out("automaton \(Version.text)")
    }
}
