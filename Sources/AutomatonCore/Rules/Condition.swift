/// A test on a finding's evidence; part of a rule's tier.
public enum Condition: Hashable, Sendable {
    /// The figure (the check's main one when nil) is above the bound.
    case above(figure: String?, Double)
    /// The figure is below the bound.
    case below(figure: String?, Double)
    /// One of these reasons was reported.
    case reasons([String])

    /// Whether the evidence meets the condition; nil when the figure it needs was not measured.
    public func holds(_ evidence: Evidence) -> Bool? {
        switch self {
        case .above(let figure, let bound): Self.value(figure, evidence).map { $0 > bound }
        case .below(let figure, let bound): Self.value(figure, evidence).map { $0 < bound }
        case .reasons(let codes): evidence.reasons.contains { codes.contains($0.code) }
        }
    }

    private static func value(_ figure: String?, _ evidence: Evidence) -> Double? {
        guard let figure else { return evidence.figures.first?.value }
        return evidence.figure(figure)
    }
}

/// One step of a rule's `when`: all conditions together, and the priority they give.
public struct Tier: Hashable, Sendable {
    /// All must hold.
    public var conditions: [Condition]
    /// The priority of the incident while they hold.
    public var priority: Priority

    /// Makes a tier.
    public init(_ conditions: [Condition], priority: Priority) {
        self.conditions = conditions
        self.priority = priority
    }
}
