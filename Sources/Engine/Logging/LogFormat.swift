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
    ///   - environment: `NO_COLOR`, not empty, means no colour (no-color.org); so does `TERM=dumb`.
    public static func suited(to output: LogOutput, forced: String? = nil, environment: [String: String]) -> LogFormat {
        let plain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        switch forced {
        case "json": return .json
        case "text": return .readable(colour: output.isTerminal && !plain)
        default: return output.isTerminal ? .readable(colour: !plain) : .json
        }
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
