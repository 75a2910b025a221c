import AutomatonCore
import Engine
import Rules

/// A rule as it is in force, with every threshold put in.
struct RuleShown: Encodable {
    struct TierShown: Encodable {
        var when: String
        var priority: String
        var delay: String
        var delayFrom: String
    }
    struct StepShown: Encodable {
        var use: String
        var action: String
        var attempts: Int
        var verify: String
        var stable: String
        var revert: String
        var owned: String
        var restoreAfter: String?
    }
    struct ThresholdShown: Encodable {
        var key: String
        var value: String
        var from: String
        var line: Int
    }

    var name: String
    var file: String?
    var line: Int?
    var summary: String
    var check: String
    var parameters: String
    var subject: String?
    var mode: String
    var tiers: [TierShown]
    var predict: String?
    var remediations: [StepShown]
    var inhibits: [String]
    var cooldown: String
    var cooldownFrom: String
    var approveWithin: String?
    var maintenance: Int
    var inForce: Bool
    /// Environment variables of which none is set; empty when it is in force.
    var needs: [String]
    var thresholds: [ThresholdShown]

    /// - Parameter figures: what the rule's check measures.
    init(
        _ rule: Rule, _ thresholds: Thresholds, figures: [Documentation.Figure], needs: [String], origin: RuleOrigin?
    ) {
        let values = thresholds.names
        func from(_ key: String) -> String { "\(key), \(thresholds.origin(of: key))" }
        name = rule.name
        (file, line) = (origin?.file, origin?.line)
        summary = rule.summary
        (check, parameters) = (rule.check.check, rule.check.parameters)
        subject = rule.subject?.description
        mode = rule.mode.rawValue
        tiers = rule.tiers.map { tier in
            let key = "DELAY_\(tier.priority.description.uppercased())"
            return TierShown(
                when: tier.words(figures), priority: tier.priority.description, delay: values[key] ?? "", delayFrom: from(key))
        }
        predict = rule.predict.map { "within \($0.within.configured), by the trend of \($0.window.configured)" }
        remediations = rule.remediations.map {
            StepShown(
                use: $0.use, action: $0.action, attempts: $0.attempts, verify: $0.verify.configured, stable: $0.stable.configured,
                revert: $0.revert.rawValue, owned: $0.owned.rawValue, restoreAfter: $0.restoreAfter?.configured)
        }
        inhibits = rule.inhibits
        cooldown = (rule.cooldown ?? thresholds.policy.cooldown).configured
        cooldownFrom = rule.cooldown == nil ? from("COOLDOWN") : "the rule"
        approveWithin = rule.mode == .approve ? (rule.approveWithin ?? thresholds.policy.approvalTime).configured : nil
        maintenance = rule.maintenance.count
        self.needs = needs
        inForce = needs.isEmpty
        self.thresholds = (origin?.references ?? []).map {
            ThresholdShown(key: $0.key, value: values[$0.key] ?? "", from: thresholds.origin(of: $0.key).description, line: $0.line)
        }
    }
}

extension Tier {
    /// `lag above 15000 messages`, `OOMKilled`.
    fileprivate func words(_ figures: [Documentation.Figure]) -> String {
        func bound(_ name: String?, _ word: String, _ limit: Double) -> String {
            let unit = (figures.first { name == nil || $0.name == name })?.unit ?? ""
            return (name.map { "\($0) " } ?? "") + Figure(word, limit, unit: unit).summary
        }
        return conditions.map { condition in
            switch condition {
            case .above(let figure, let limit): bound(figure, "above", limit)
            case .below(let figure, let limit): bound(figure, "below", limit)
            case .reasons(let reasons): reasons.joined(separator: " or ")
            }
        }.joined(separator: " and ")
    }
}

/// The rules of a directory, as `rules list` and `rules show` tell them.
struct RulesShown {
    let rules: [RuleShown]

    /// Loads them: all rules there, with what each lacks in this environment.
    init(_ configuration: ConfigurationOptions, environment: [String: String]) throws(ConfigurationErrors) {
        let all = try configuration.loader(namespace: "default", environment: nil).load()
        let idle = try configuration.loader(namespace: "default", environment: environment).load().ruleset.idle
        let needs = Dictionary(idle.map { ($0.rule, $0.needs) }) { first, _ in first }
        let origins = RuleLoader.origins(path: configuration.rulesPath)
        rules = all.ruleset.rules.map { rule in
            let check = all.ruleset.checks[rule.check].map { type(of: $0) }
            return RuleShown(
                rule, all.thresholds, figures: check?.documentation.figures ?? [], needs: needs[rule.name] ?? [], origin: origins[rule.name]
            )
        }
    }
}

/// What the commands that show rules print.
struct RulesText {
    let ink: Ink

    /// A table of all.
    func list(_ rules: [RuleShown], width: Int?) -> [String] {
        var table = TextTable(
            [
                .init("RULE"), .init("CHECK", yields: true), .init("MODE"), .init("WHEN", least: 19, wraps: true),
                .init("REMEDIATIONS", least: 14, wraps: true), .init("LIMITS", least: 14, wraps: true, yields: true),
                .init("STATE", least: 12, wraps: true),
            ], ink: ink)
        for rule in rules {
            let steps = rule.remediations.map { $0.attempts > 1 ? "\($0.use) ×\($0.attempts)" : $0.use }
            let state: TextTable.Cell =
                rule.inForce ? .init("in force", ink.green) : .init("needs \(rule.needs.joined(separator: " or "))", ink.yellow)
            table.add([
                .init(rule.name), .init(rule.check), .init(rule.mode, rule.mode == "auto" ? { $0 } : ink.yellow),
                .init(rule.tiers.map { "\($0.when): \($0.priority)" }.joined(separator: "; ")),
                .init(steps.isEmpty ? "tell a person" : steps.joined(separator: ", then ")),
                .init(limits(rule)), state,
            ])
        }
        return table.lines(width: width)
    }

    private func limits(_ rule: RuleShown) -> String {
        var limits = ["cooldown \(rule.cooldown)"]
        if rule.maintenance > 0 { limits.append("\(rule.maintenance) maintenance window\(rule.maintenance == 1 ? "" : "s")") }
        if !rule.inhibits.isEmpty { limits.append("inhibits \(rule.inhibits.joined(separator: ", "))") }
        return limits.joined(separator: "; ")
    }

    /// Everything of one.
    func show(_ rule: RuleShown) -> [String] {
        var lines = [ink.bold(rule.name) + (rule.file.map { "  \($0):\(rule.line ?? 1)" } ?? "").harmless]
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(14) + text.harmless) }
        if !rule.summary.isEmpty { add("summary", rule.summary) }
        add("in force", rule.inForce ? "yes" : "no: set \(rule.needs.joined(separator: " or ")) in the environment")
        add("mode", rule.mode)
        add("check", rule.check + (rule.parameters.isEmpty ? "" : " { \(rule.parameters) }"))
        add("subject", rule.subject ?? "what the check reports on")
        for (index, tier) in rule.tiers.enumerated() {
            add(index == 0 ? "when" : "", "\(tier.when): \(tier.priority), acts after \(tier.delay) (\(tier.delayFrom))")
        }
        if let predict = rule.predict { add("predict", predict) }
        for (index, step) in rule.remediations.enumerated() {
            let attempts = step.attempts == 1 ? "1 attempt" : "\(step.attempts) attempts"
            let restore = step.restoreAfter.map { ", put back after \($0)" } ?? ""
            add(
                index == 0 ? "remediations" : "",
                "\(index + 1). \(step.use): \(attempts), verify \(step.verify), stable \(step.stable), revert \(step.revert), owned "
                    + "\(step.owned)\(restore)")
        }
        add(rule.remediations.isEmpty ? "remediations" : "", "\(rule.remediations.isEmpty ? "none: " : "then ")a person is told")
        add("cooldown", "\(rule.cooldown) (\(rule.cooldownFrom))")
        if let approveWithin = rule.approveWithin { add("approve within", approveWithin) }
        if rule.maintenance > 0 {
            add("maintenance", "\(rule.maintenance) window\(rule.maintenance == 1 ? "" : "s") in which nothing is begun")
        }
        if !rule.inhibits.isEmpty { add("inhibits", rule.inhibits.joined(separator: ", ")) }
        for (index, threshold) in rule.thresholds.enumerated() {
            add(index == 0 ? "thresholds" : "", "\(threshold.key) = \(threshold.value) (\(threshold.from)), line \(threshold.line)")
        }
        return lines
    }
}
