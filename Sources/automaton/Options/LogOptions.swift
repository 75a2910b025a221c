import ArgumentParser
import Engine
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How the log looks.
struct LogOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, text
    }

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case debug, info, notice, warning, error

        var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
    }

    @Option(name: .long, help: "How log lines look. Default: text on a terminal, else json.")
    var logFormat: Format?

    @Option(name: .long, help: "The least level that is logged.")
    var logLevel: Level = .info

    /// Makes the loggers of the whole program; call once.
    func bootstrap(_ output: LogOutput = .standardError) {
        let format = LogFormat.suited(to: output, forced: logFormat?.rawValue, environment: ProcessInfo.processInfo.environment)
        let level = logLevel.level
        LoggingSystem.bootstrap { format.handler(label: $0, output: output, level: level) }
    }
}
