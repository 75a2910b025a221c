import ArgumentParser
import Checks
import Remediations
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where rules and thresholds come from.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The directory of rules (a mounted ConfigMap or plain files). Default: \(Self.mountedRules) if there, else ./rules.",
        completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @Option(
        name: .long,
        help: "Thresholds: the directory where the ConfigMap is mounted, or a single file. Default: \(Self.mountedConfig) if there.",
        completion: .file())
    var config: String?

    static let mountedRules = "/etc/self-healing-automaton/rules"
    static let mountedConfig = "/etc/self-healing-automaton/config"

    /// The directory of rules in force.
    var rulesPath: String { rules ?? Self.usualRules }

    /// Where rules are when nobody says.
    static var usualRules: String { FileManager.default.fileExists(atPath: mountedRules) ? mountedRules : "rules" }

    /// Where thresholds are read from; nil for the environment alone.
    var configPath: String? {
        config ?? (FileManager.default.fileExists(atPath: Self.mountedConfig) ? Self.mountedConfig : nil)
    }

    /// A loader of everything, with options of the command line over it.
    /// - Parameters:
    ///   - namespace: where a rule's subject is that names no namespace; nil when all are watched.
    ///   - environment: what decides which rules are in force; nil for all.
    ///   - options: thresholds by key, each with the option that sets it.
    func loader(
        rules path: String? = nil, namespace: String?, environment: [String: String]?,
        options: [String: (option: String, value: String)] = [:],
        allowsShortCooldown: Bool = false
    ) -> ConfigurationLoader {
        ConfigurationLoader(
            thresholds: ThresholdLoader(
                path: configPath, environment: ProcessInfo.processInfo.environment, options: options,
                allowsShortCooldown: allowsShortCooldown),
            rulesPath: path ?? rulesPath,
            rules: RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: namespace, environment: environment))
    }
}
