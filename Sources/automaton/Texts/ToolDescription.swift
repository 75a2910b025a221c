import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The commands and options as ArgumentParser describes them (`--experimental-dump-help`), as far as the manual page needs them.
struct ToolDescription: Decodable {
    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }
    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }
        struct Name: Decodable {
            enum Kind: String, Decodable { case long, short, longWithSingleDash }
            var kind: Kind
            var name: String

            /// Without the first dash, as mdoc's macro Fl wants it.
            var flag: String { kind == .long ? "-" + name : name }
        }
        var kind: Kind
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var abstract: String?
        var discussion: String?
    }

    var command: Command

    /// Those of this program.
    static func ofAutomaton() throws -> Command {
        try JSONDecoder().decode(ToolDescription.self, from: Data(AutomatonCommand._dumpHelp().utf8)).command
    }
}
