import ArgumentParser
import AutomatonCore
import Remediations

/// Overrides for quick use outside a cluster; they win over the ConfigMap and the environment.
struct OverrideOptions: ParsableArguments {
    @Option(name: .long, help: "CHECK_INTERVAL: time between two rounds (30, 90s, 5m).")
    var scanInterval: String?

    @Option(name: .long, help: "RESTART_THRESHOLD: more restarts than this within RESTART_WINDOW are a restart loop.")
    var restartThreshold: String?

    @Option(
        name: .long,
        help: """
            What every rule does: 'observe' (plan only), 'notify' (tell a person only), or one remediation in place of the rule's own \
            (\(builtInRemediations.map { $0.name }.joined(separator: ", "))); a rule that it cannot serve tells a person.
            """, completion: Completions.actions)
    var action: String?

    @Flag(name: .long, help: "Plan and guard everything, print before and after, change nothing.")
    var dryRun = false

    func validate() throws {
        guard let action, action != "observe", action != "notify" else { return }
        guard builtInRemediations.contains(where: { $0.name == action }) else {
            let known = (["observe", "notify"] + builtInRemediations.map { $0.name }).joined(separator: ", ")
            throw ValidationError("--action \(action): unknown; known: \(known)")
        }
    }

    /// The thresholds that the options set.
    var thresholds: [String: (option: String, value: String)] {
        var options: [String: (option: String, value: String)] = [:]
        if let scanInterval { options["CHECK_INTERVAL"] = ("--scan-interval", scanInterval) }
        if let restartThreshold { options["RESTART_THRESHOLD"] = ("--restart-threshold", restartThreshold) }
        if dryRun { options["DRY_RUN"] = ("--dry-run", "true") }
        return options
    }

    /// What goes over the rules.
    var ruleOverride: RuleOverride { RuleOverride(action: action) }
}
