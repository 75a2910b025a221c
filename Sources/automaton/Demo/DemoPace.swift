import AutomatonCore
import Checks
import Remediations
import Rules
import Simulator

/// The thresholds of the demo: those that make a person wait are shorter than a cluster would have them. The rules are as shipped.
enum DemoPace {
    /// Each threshold that differs from the default.
    static let thresholds: [(key: String, value: String)] = [
        ("CHECK_INTERVAL", "1"), ("DELAY_HIGH", "4s"), ("DELAY_MEDIUM", "6s"), ("DELAY_LOW", "8s"), ("COOLDOWN", "12s"),
        ("VERIFY_TIMEOUT", "12s"), ("STABLE_FOR", "2s"), ("RESTART_THRESHOLD", "3"), ("RESTART_WINDOW", "1m"), ("STALE_AFTER", "3m"),
        ("IDLE_SESSION_AGE", "10s"), ("RESTORE_AFTER", "12s"),
        // Nearly everything in the shop is broken at once, on purpose.
        ("STORM_SHARE", "100%"), ("NAMESPACE_SHARE", "100%"),
    ]

    /// Forecasts are shipped off; the demo turns them on for the consumer groups, at its own pace.
    static func foresee(_ ruleset: Ruleset) -> Ruleset {
        var ruleset = ruleset
        for index in ruleset.rules.indices where ruleset.rules[index].name == "kafka-lag" {
            ruleset.rules[index].predict = Prediction(within: .seconds(20), window: .seconds(10), observations: 5)
        }
        return ruleset
    }

    /// What the rules need of the environment, and the demo has: a queue always, a database where PostgreSQL is installed.
    private static func needs(hasDatabase: Bool) -> [String: String] {
        ["KAFKA_BOOTSTRAP_SERVERS": "the queue"].merging(hasDatabase ? ["PGHOST": "the database"] : [:]) { $1 }
    }

    static func loader(rules path: String, namespace: String, hasDatabase: Bool) -> ConfigurationLoader {
        ConfigurationLoader(
            thresholds: ThresholdLoader(
                options: Dictionary(uniqueKeysWithValues: (thresholds + names).map { ($0.key, (option: "the demo", value: $0.value)) }),
                allowsShortCooldown: true),
            rulesPath: path,
            rules: RuleLoader(
                checks: builtInChecks, remediations: builtInRemediations, namespace: namespace, environment: needs(hasDatabase: hasDatabase)
            ))
    }

    /// The embedded cluster cannot list its groups and topics, so they are named.
    private static let names = [
        (key: "KAFKA_CONSUMER_GROUPS", value: Shop().orderWorker.name), (key: "KAFKA_TOPICS", value: DemoQueue.topic),
    ]

    /// What is shorter, in a line: the demo says it.
    static var text: String { thresholds.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
