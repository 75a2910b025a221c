import AutomatonCore

/// One condition on a label, in Alertmanager's notation: `severity=~"critical|page"`. A label that is not there is empty; a pattern has to
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
    /// Read once; nil where the value stands for itself.
    private let pattern: LabelPattern?

    /// Reads one.
    /// - Throws: ``ParameterError``, which says what would be right.
    init(_ text: String) throws {
        func wrong(_ what: String) -> ParameterError {
            ParameterError("matchers", "'\(text.prefix(100))' \(what): write label=\"value\", or !=, =~ and !~ in place of =")
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
        if rest.count >= 2, rest.first == "'", rest.last == "'" {
            value = String(rest.dropFirst().dropLast())
        } else {
            if rest.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
            value = Self.unescaped(rest)
        }
        guard comparison == .like || comparison == .unlike else {
            pattern = nil
            return
        }
        do throws(LabelPattern.Flaw) {
            pattern = try LabelPattern(value)
        } catch {
            throw ParameterError("matchers", "'\(text.prefix(100))' has a pattern that \(error.text)")
        }
    }

    /// As Alertmanager has it: `\\`, `\"` and `\n` are one character, any other backslash stands for itself.
    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (false, "\\"):
                isEscaped = true
                continue
            case (true, "n"): result.append("\n")
            case (true, "\\"), (true, "\""): result.append(character)
            case (true, _): result += "\\\(character)"
            case (false, _): result.append(character)
            }
            isEscaped = false
        }
        return isEscaped ? result + "\\" : result
    }

    /// Whether the labels of an alert fulfil it.
    func matches(_ labels: [String: String]) -> Bool {
        let found = labels[label] ?? ""
        return switch comparison {
        case .equal: found == value
        case .unequal: found != value
        case .like: pattern?.matches(found) ?? false
        case .unlike: !(pattern?.matches(found) ?? true)
        }
    }
}
