/// The rules in force and the plugins that their names stand for. Replaced as a whole, never in part.
public struct Ruleset: Sendable {
    /// The rules, sorted by name.
    public var rules: [Rule]
    /// The runs of checks that the rules share.
    public var checks: [CheckID: any Check]
    /// By rule name: its remediations, in the order of ``Rule/remediations``.
    public var remediations: [String: [any Remediation]]
    /// Rules that were read and are not in force, since nothing says where what they watch is.
    public var idle: [Idle] = []

    /// A rule that is not in force.
    public struct Idle: Hashable, Sendable, CustomStringConvertible {
        /// Its name.
        public var rule: String
        /// Environment variables of which none is set.
        public var needs: [String]

        /// Names a rule that is not in force.
        public init(rule: String, needs: [String]) {
            self.rule = rule
            self.needs = needs
        }

        public var description: String { "\(rule) (needs \(needs.joined(separator: " or ")) in the environment)" }
    }

    /// Makes a ruleset.
    public init(rules: [Rule] = [], checks: [CheckID: any Check] = [:], remediations: [String: [any Remediation]] = [:]) {
        self.rules = rules
        self.checks = checks
        self.remediations = remediations
    }
}
