public import AutomatonCore

/// Rules and limits that recorded observations are held against.
public struct ReplayRuleset: Sendable {
    /// What it is called in the report: the directory that it was read from.
    public var name: String
    /// The rules.
    public var rules: [Rule]
    /// The limits.
    public var policy: SafetyPolicy

    /// Makes one.
    public init(name: String, rules: [Rule], policy: SafetyPolicy) {
        self.name = name
        self.rules = rules
        self.policy = policy
    }
}
