import ArgumentParser

/// `automaton version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("automaton \(Version.text)")
    }
}
