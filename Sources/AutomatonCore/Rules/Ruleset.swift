/// The rules in force and the plugins that their names stand for. Replaced as a whole, never in part.
public struct Ruleset: Sendable {
    /// The rules, sorted by name.
    public var rules: [Rule]
    /// The runs of checks that the rules share.
    public var checks: [CheckID: any Check]
    /// By rule name: its remediations, in the order of ``Rule/remediations``.
    public var remediations: [String: [any Remediation]]

    /// Makes a ruleset.
    public init(rules: [Rule] = [], checks: [CheckID: any Check] = [:], remediations: [String: [any Remediation]] = [:]) {
        self.rules = rules
        self.checks = checks
        self.remediations = remediations
    }
}
