/// Names the trend of one figure of one thing, for one rule.
struct TrendKey: Hashable, Sendable {
    var rule: String
    var check: CheckID
    var source: Subject
}

/// Rules that fire ahead of their threshold (`predict`).
extension Automaton {
    /// Keeps the trends of what such rules watch. An unknown is no observation.
    mutating func follow(_ finding: Finding, _ check: CheckState) {
        guard case .seen(let evidence) = finding.observation else { return }
        for index in check.rules {
            guard let predict = rules[index].predict, let value = rules[index].predictedFigure(evidence) else { continue }
            let key = TrendKey(rule: rules[index].name, check: check.id, source: finding.subject)
            trends[key, default: Trend()].observe(value, at: min(now, finding.observedAt), window: predict.window)
        }
    }

    /// What a complete observation does not name any more has no trend.
    mutating func forgetTrends(of check: CheckID, except findings: [Finding]) {
        guard !trends.isEmpty else { return }
        let seen = Set(findings.map(\.subject))
        trends = trends.filter { $0.key.check != check || seen.contains($0.key.source) }
    }

    /// The most urgent tier whose bound the trend crosses within the rule's time, and why.
    func foresee(_ finding: Finding, _ rule: Rule) -> (Priority, String)? {
        guard let predict = rule.predict, case .seen(let evidence) = finding.observation, let figure = rule.predictedFigureName(evidence),
            let trend = trends[TrendKey(rule: rule.name, check: rule.check, source: finding.subject)]
        else { return nil }
        var nearest: (Priority, String)?
        for tier in rule.tiers {
            for condition in tier.conditions {
                let forecast: Forecast?
                switch condition {
                case .above(let name, let bound) where evidence.isFigure(name, figure):
                    forecast = trend.crossing(above: bound, now: now, predict)
                case .below(let name, let bound) where evidence.isFigure(name, figure):
                    forecast = trend.crossing(below: bound, now: now, predict)
                case .above, .below, .reasons: forecast = nil
                }
                guard let forecast, nearest.map({ $0.0 < tier.priority }) ?? true else { continue }
                nearest = (tier.priority, "\(figure) \(forecast.summary)")
            }
        }
        return nearest
    }
}

extension Evidence {
    /// Whether a condition speaks of this figure; nil is the main one.
    fileprivate func isFigure(_ name: String?, _ figure: String) -> Bool { (name ?? figures.first?.name) == figure }
}

extension Rule {
    /// The figure that a forecast is made of: the first that a tier names.
    fileprivate func predictedFigure(_ evidence: Evidence) -> Double? {
        predictedFigureName(evidence).flatMap { evidence.figure($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    fileprivate func predictedFigureName(_ evidence: Evidence) -> String? {
        for case .above(let figure, _) in tiers.flatMap(\.conditions) { return figure ?? evidence.figures.first?.name }
        for case .below(let figure, _) in tiers.flatMap(\.conditions) { return figure ?? evidence.figures.first?.name }
        return nil
    }
}
