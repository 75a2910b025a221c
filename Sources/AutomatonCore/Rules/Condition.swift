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

    /// The figure's value; what is not a number was not measured.
    private static func value(_ figure: String?, _ evidence: Evidence) -> Double? {
        let value = figure.map { evidence.figure($0) } ?? evidence.figures.first?.value
        return value.flatMap { $0.isNaN ? nil : $0 }
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

    /// Whether all conditions hold: false when one does not, nil when that cannot be told.
    func holds(_ evidence: Evidence) -> Bool? {
        var holds: Bool? = true
        for condition in conditions {
            switch condition.holds(evidence) {
            case true?: continue
            case false?: return false
            case nil: holds = nil
            }
        }
        return holds
    }
}
