/// What a rule makes of a finding.
public enum Verdict: Hashable, Sendable {
    /// None of the rule's tiers holds.
    case healthy
    /// A tier holds; the highest gives the priority.
    case unhealthy(Priority)
    /// It cannot be told, and why. Never acts.
    case unknown(String)
}

/// How urgent an incident is. Each priority has a delay, from the thresholds.
public enum Priority: UInt8, Hashable, Comparable, Codable, Sendable, CaseIterable, CustomStringConvertible {
    /// By default after an hour.
    case low = 0
    /// By default after 15 minutes.
    case medium
    /// By default after 5 minutes.
    case high
    /// By default at once.
    case critical

    public static func < (lhs: Priority, rhs: Priority) -> Bool { lhs.rawValue < rhs.rawValue }

    /// The word that rules and metrics use.
    public var description: String {
        switch self {
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .critical: "critical"
        }
    }

    /// Reads the word; nil for any other.
    public init?(_ word: String) {
        guard let priority = Priority.allCases.first(where: { $0.description == word }) else { return nil }
        self = priority
    }
}
