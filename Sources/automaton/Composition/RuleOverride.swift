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
    ///
    /// A rule that has the remediation keeps it as it wrote it; one that it cannot serve, or for which it needs parameters, tells a person.
    func apply(to ruleset: Ruleset, _ thresholds: Thresholds) -> Ruleset {
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
                let rule = ruleset.rules[index]
                let (steps, made) = only(action, of: rule, ruleset.checks[rule.check], ruleset.remediations[name] ?? [], thresholds)
                ruleset.rules[index].remediations = steps
                ruleset.remediations[name] = made
            }
        }
        return ruleset
    }

    /// The rules of which the remediation of `--action` is put in force; nil when there is none such.
    func served(in ruleset: Ruleset) -> [String]? {
        guard let action, builtInRemediations.contains(where: { $0.name == action }) else { return nil }
        return ruleset.rules.filter { $0.remediations.contains { $0.use == action } }.map(\.name)
    }

    private func only(
        _ action: String, of rule: Rule, _ check: (any Check)?, _ remediations: [any Remediation], _ thresholds: Thresholds
    ) -> ([RemediationStep], [any Remediation]) {
        if let own = rule.remediations.firstIndex(where: { $0.use == action }), own < remediations.count {
            return ([rule.remediations[own]], [remediations[own]])
        }
        guard let type = builtInRemediations.first(where: { $0.name == action }),
            let made = try? Self.withDefaults(type), let check,
            !made.subjects.isDisjoint(with: rule.subject.map { [$0.kind] } ?? check.subjects),
            made.serverName == nil || made.serverName == check.serverName
        else { return ([], []) }
        return (
            [RemediationStep(use: action, action: type.action, verify: thresholds.verifyTimeout, stable: thresholds.stableFor)], [made]
        )
    }

    private static func withDefaults<R: Remediation>(_ type: R.Type) throws -> any Remediation {
        try R(JSONDecoder().decode(R.Parameters.self, from: Data("{}".utf8)))
    }
}
