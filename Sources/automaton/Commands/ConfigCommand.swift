import ArgumentParser
import AutomatonCore
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton config …`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the configuration.", subcommands: [ConfigShowCommand.self])
}

/// `automaton config show [KEY]`
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show each threshold, where its value comes from, and which other settings are there.",
        discussion: """
            Read as 'automaton run' reads it here and now, with the same options; the later of these wins: the default, the ConfigMap \
            (--config), the environment, the command line. No secret is shown: of other variables only whether they are set.

            Exit code 0 when it was told, 1 when a value is wrong or there is no such key, 64 when the command line is wrong.
            """)

    @Argument(help: "Only this one, with its range and what it overrides.", completion: Completions.thresholds)
    var key: String?

    @Option(
        name: .long,
        help:
            "Thresholds: the directory where the ConfigMap is mounted, or a single file. Default: \(ConfigurationOptions.mountedConfig) if there.",
        completion: .file())
    var config: String?

    @OptionGroup var overrides: OverrideOptions

    @Flag(name: .long, help: "Leave out what is as it is by default.")
    var changed = false

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let mounted = ConfigurationOptions.mountedConfig
        let path = config ?? (FileManager.default.fileExists(atPath: mounted) ? mounted : nil)
        let report = ThresholdLoader(path: path, environment: environment, options: overrides.thresholds).report()
        var shown = ConfigurationShown(report, environment)
        if let key {
            shown.keep(key)
            guard !shown.settings.isEmpty || !shown.environment.isEmpty else {
                let known = report.settings.map(\.threshold.key) + EnvironmentVariables.all.map(\.name)
                let near = NearestName.of(key, among: known).map { "; did you mean '\($0)'?" } ?? ":"
                throw AskFailure("there is no key '\(key)'\(near) 'automaton config show' lists all of them", exit: .nothing).told()
            }
        } else if changed {
            shown.settings.removeAll { ($0.isDefault || $0.value == $0.standard) && $0.problems.isEmpty }
            shown.environment.removeAll { !$0.isSet }
        }
        switch output {
        case .json: try AskFailure.telling { () throws(AskFailure) in Terminal.out(try shown.prettyJSON()) }
        case .text:
            let text = ConfigurationText(ink: Terminal.ink)
            for line in key == nil ? text.all(shown, width: Terminal.width()) : text.one(shown) { Terminal.out(line) }
        }
        if output == .text { for variable in shown.mistyped { Terminal.error("warning: \(variable.words)") } }
        let problems = key == nil ? report.problems : report.settings.filter { $0.threshold.key == key }.flatMap(\.problems)
        if !problems.isEmpty { throw ConfigurationErrors(problems).told() }
    }
}
