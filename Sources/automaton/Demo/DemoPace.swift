import AutomatonCore
import Checks
import Remediations
import Rules

/// The thresholds of the demo: those that make a person wait are shorter than a cluster would have them. The rules are as shipped.
enum DemoPace {
    /// Each threshold that differs from the default.
    static let thresholds: [(key: String, value: String)] = [
        ("CHECK_INTERVAL", "5"), ("DELAY_HIGH", "4s"), ("DELAY_MEDIUM", "6s"), ("DELAY_LOW", "8s"), ("COOLDOWN", "12s"),
        ("VERIFY_TIMEOUT", "12s"), ("STABLE_FOR", "2s"), ("RESTART_THRESHOLD", "3"), ("RESTART_WINDOW", "1m"), ("STALE_AFTER", "30s"),
    ]

    static func loader(rules path: String, namespace: String) -> ConfigurationLoader {
        ConfigurationLoader(
            thresholds: ThresholdLoader(
                options: Dictionary(uniqueKeysWithValues: thresholds.map { ($0.key, (option: "the demo", value: $0.value)) }),
                allowsShortCooldown: true),
            rulesPath: path,
            rules: RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: namespace))
    }

    /// What is shorter, in a line: the demo says it.
    static var text: String { thresholds.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
