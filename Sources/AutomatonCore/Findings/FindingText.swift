extension Finding {
    /// What was seen, in a line: `OOMKilled in container email of email-service-7c9-x2 (exit code 137, restart 3)`, or
    /// `used 97 %; most by role app, application web: 62 sessions, 60 idle`.
    public var summary: String {
        switch observation {
        case .unknown(let why): return "unknown: \(why)"
        case .seen(let evidence):
            guard let reason = evidence.reasons.first else {
                guard let figure = evidence.figures.first else { return "nothing wrong" }
                return evidence.details.first.map { "\(figure.summary); \($0)" } ?? figure.summary
            }
            let more = evidence.reasons.count > 1 ? " and \(evidence.reasons.count - 1) more" : ""
            return reason.summary + more
        }
    }
}

extension Figure {
    /// `restarts 7`, `lag 20000 messages`.
    public var summary: String {
        let number = Self.number(value)
        return unit.isEmpty ? "\(name) \(number)" : "\(name) \(number) \(unit)"
    }

    /// A number without what says nothing: `12`, `0.5`.
    static func number(_ value: Double) -> String {
        value.magnitude < 1e15 && Double(Int64(value)) == value ? String(Int64(value)) : String(value)
    }
}

extension Condition {
    /// The measured figure against the bound: `restarts 7, above 5`; nil for a condition on reasons.
    func summary(_ evidence: Evidence) -> String? {
        let (name, word, bound): (String?, String, Double)
        switch self {
        case .above(let figure, let limit): (name, word, bound) = (figure, "above", limit)
        case .below(let figure, let limit): (name, word, bound) = (figure, "below", limit)
        case .reasons: return nil
        }
        let measured = name.map { name in evidence.figures.first { $0.name == name } } ?? evidence.figures.first
        return measured.map { "\($0.summary), \(word) \(Figure("", bound).summary.dropFirst())" }
    }
}

extension Reason {
    /// `OOMKilled in container email of email-service-7c9-x2 (exit code 137, restart 3)`.
    public var summary: String {
        var text = code
        if let container { text += " in container \(container)" }
        if !part.isEmpty { text += container == nil ? " on \(part)" : " of \(part)" }
        var details: [String] = []
        if let exitCode { details.append("exit code \(exitCode)") }
        if let restartCount { details.append("restart \(restartCount)") }
        return details.isEmpty ? text : text + " (\(details.joined(separator: ", ")))"
    }
}
