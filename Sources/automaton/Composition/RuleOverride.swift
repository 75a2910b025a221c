import AutomatonCore
import Remediations
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the command line puts over every rule.
struct RuleOverride: Hashable, Sendable {
    /// `observe`, `notify`, or the one remediation that every rule uses; nil leaves the rules as they are.
    var action: String?
    /// The demo's own changes.
    var foresees = false

    /// Puts `--action` over the rules' own remediations.
    func apply(to ruleset: Ruleset, _ thresholds: Thresholds) throws -> Ruleset {
        var ruleset = foresees ? DemoPace.foresee(ruleset) : ruleset
        guard let action else { return ruleset }
        for index in ruleset.rules.indices {
            let name = ruleset.rules[index].name
            // A rule that only tells a person does so because nothing helps.
            if ruleset.rules[index].remediations.isEmpty { continue }
            switch action {
            case "observe": ruleset.rules[index].mode = .observe
            case "notify":
                ruleset.rules[index].remediations = []
                ruleset.remediations[name] = []
            default:
                guard let type = builtInRemediations.first(where: { $0.name == action }) else { continue }
                ruleset.rules[index].remediations = [
                    RemediationStep(use: action, action: type.action, verify: thresholds.verifyTimeout, stable: thresholds.stableFor)
                ]
                ruleset.remediations[name] = [try Self.withDefaults(type)]
            }
        }
        return ruleset
    }

    private static func withDefaults<R: Remediation>(_ type: R.Type) throws -> any Remediation {
        try R(JSONDecoder().decode(R.Parameters.self, from: Data("{}".utf8)))
    }
}
