import ArgumentParser
import AutomatonCore

/// A command that there is not: which one was probably meant. ArgumentParser only says that it did not expect the word.
enum UnknownCommand {
    /// Why these arguments name no command; nil when they do, or name none at all.
    static func failure(in arguments: [String]) -> AskFailure? {
        var command: any ParsableCommand.Type = AutomatonCommand.self
        var path = "automaton"
        for word in arguments {
            let inner = command.configuration.subcommands
            // What begins with a dash is an option; --help and the like are the parser's.
            guard !inner.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            let names = inner.compactMap { $0.configuration.commandName }
            guard let next = inner.first(where: { $0.configuration.commandName == word }) else {
                let near = NearestName.of(word, among: names).map { "; did you mean '\(path) \($0)'?" } ?? "."
                return AskFailure(
                    "there is no command '\(path) \(word)'\(near) There are: \(names.joined(separator: ", ")). '\(path) --help' tells more",
                    exit: .usage)
            }
            command = next
            path += " \(word)"
        }
        return nil
    }
}
