/// A figure beside the bounds that a rule has for it.
public struct MeasuredFigure: Hashable, Sendable {
    /// What was measured, as its check reports it.
    public var figure: Figure
    /// Above this a tier of the rule holds: of several the one that is reached first; nil where none asks for that.
    public var above: Double?
    /// Below this a tier of the rule holds, in the same way.
    public var below: Double?

    /// Makes one.
    public init(_ figure: Figure, above: Double? = nil, below: Double? = nil) {
        self.figure = figure
        self.above = above
        self.below = below
    }

    /// `lag 12 of 15000 messages`, `free 40 %, at least 10`; without a bound the figure alone.
    public var summary: String {
        guard let above else { return below.map { "\(figure.summary), at least \(Figure.number($0))" } ?? figure.summary }
        let unit = figure.unit.isEmpty ? "" : " \(figure.unit)"
        return "\(figure.name) \(Figure.number(figure.value)) of \(Figure.number(above))\(unit)"
    }
}

extension Rule {
    /// What was measured, in the order of the evidence, each figure with the bounds that the tiers of this rule have for it.
    public func measurements(_ evidence: Evidence) -> [MeasuredFigure] {
        let conditions = tiers.flatMap(\.conditions)
        return evidence.figures.enumerated().map { index, figure in
            var measurement = MeasuredFigure(figure)
            for condition in conditions {
                switch condition {
                case .above(let name, let bound) where name == figure.name || (name == nil && index == 0):
                    measurement.above = min(measurement.above ?? bound, bound)
                case .below(let name, let bound) where name == figure.name || (name == nil && index == 0):
                    measurement.below = max(measurement.below ?? bound, bound)
                case .above, .below, .reasons: break
                }
            }
            return measurement
        }
    }
}
