import AutomatonCore

/// One condition on a label, in Prometheus' notation: `severity=~"critical|page"`. A label that is not there is empty; a pattern has to
/// match the whole value.
struct AlertMatcher: Hashable, Sendable {
    enum Comparison: String, CaseIterable, Sendable {
        case unlike = "!~"
        case like = "=~"
        case unequal = "!="
        case equal = "="
    }

    let label: String
    let comparison: Comparison
    let value: String

    /// Reads one.
    /// - Throws: ``ParameterError``, which says what would be right.
    init(_ text: String) throws {
        func wrong(_ what: String) -> ParameterError {
            ParameterError("matchers", "'\(text.prefix(100))' \(what): write label=\"value\", or != , =~ and !~ in place of =")
        }
        guard text.utf8.count <= 1000, let sign = text.firstIndex(where: { $0 == "=" || $0 == "!" }) else {
            throw wrong("is no matcher")
        }
        label = String(text[..<sign].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        guard let first = label.utf8.first, !(0x30...0x39).contains(first),
            label.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F })
        else { throw wrong("does not begin with the name of a label") }
        guard let comparison = Comparison.allCases.first(where: { text[sign...].hasPrefix($0.rawValue) }) else {
            throw wrong("does not compare")
        }
        self.comparison = comparison
        var rest = text[text.index(sign, offsetBy: comparison.rawValue.count)...].drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        if rest.count >= 2, let quote = rest.first, quote == "\"" || quote == "'", rest.last == quote {
            rest = rest.dropFirst().dropLast()
        }
        value = String(rest)
        if comparison == .like || comparison == .unlike, (try? Regex(value)) == nil { throw wrong("has a pattern that cannot be read") }
    }

    /// Whether the labels of an alert fulfil it.
    func matches(_ labels: [String: String]) -> Bool {
        let found = labels[label] ?? ""
        switch comparison {
        case .equal: return found == value
        case .unequal: return found != value
        case .like: return isLike(found)
        case .unlike: return !isLike(found)
        }
    }

    /// A pattern that can be read was made sure of before.
    private func isLike(_ found: String) -> Bool {
        guard let pattern = try? Regex(value) else { return false }
        return (try? pattern.wholeMatch(in: found)) != nil
    }
}
