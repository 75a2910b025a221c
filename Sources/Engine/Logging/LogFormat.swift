public import AutomatonCore
public import Logging

/// How log lines look.
public enum LogFormat: Hashable, Sendable {
    /// One JSON object a line, for machines.
    case json
    /// For people at a terminal.
    case readable(colour: Bool)

    /// The form that suits an output: readable on a terminal, else JSON.
    /// - Parameters:
    ///   - forced: `json` or `text`, as asked for on the command line; anything else leaves the choice automatic.
    ///   - environment: what ``wantsColour(isTerminal:environment:)`` looks at.
    public static func suited(to output: LogOutput, forced: String? = nil, environment: [String: String]) -> LogFormat {
        let colour = wantsColour(isTerminal: output.isTerminal, environment: environment)
        switch forced {
        case "json": return .json
        case "text": return .readable(colour: colour)
        default: return output.isTerminal ? .readable(colour: colour) : .json
        }
    }

    /// Whether an output is to be coloured: on a terminal that knows colours, unless `NO_COLOR` is set and not empty (no-color.org).
    /// `CLICOLOR_FORCE`, neither empty nor `0`, wants colours elsewhere, too.
    public static func wantsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
        if let no = environment["NO_COLOR"], !no.isEmpty { return false }
        if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
        return isTerminal && environment["TERM"] != "dumb"
    }

    /// Makes a handler, for `LoggingSystem.bootstrap`.
    /// - Parameters:
    ///   - label: the logger's name.
    ///   - level: the least level that is written.
    ///   - now: the clock of the lines' time.
    public func handler(
        label: String, output: LogOutput, level: Logger.Level = .info, now: @escaping @Sendable () -> Instant = WallClock.read
    ) -> any LogHandler {
        switch self {
        case .json: JSONLogHandler(label: label, output: output, logLevel: level, now: now)
        case .readable(let colour): ReadableLogHandler(label: label, output: output, colour: colour, logLevel: level, now: now)
        }
    }
}

extension LogEvent {
    /// What the event says, over what its handler and the task say; sorted, so that lines can be compared.
    func fields(_ handler: Logger.Metadata, _ provider: Logger.MetadataProvider?) -> [(key: String, value: Logger.MetadataValue)] {
        var all = handler
        if let provider { all.merge(provider.get()) { $1 } }
        if let metadata { all.merge(metadata) { $1 } }
        if let error { all["error"] = .string("\(error)") }
        return all.sorted { $0.key < $1.key }
    }
}
