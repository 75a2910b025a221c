import AutomatonCore

/// Reads scalars strictly: what other YAML readers take for something else (`on`, `0x10`, `1_000`) is an error that says so.
package enum ScalarReading {
    /// Why a node is not what was wanted, and what would be right.
    package struct Failure: Error, Hashable {
        package var message: String

        package init(message: String) { self.message = message }
    }

    package static func text(_ node: YAMLNode) throws(Failure) -> String {
        guard case .scalar(let text, let style) = node.content else { throw Failure(message: "must be a text, not \(node.kind)") }
        if style == .plain {
            if node.isNull { throw Failure(message: "must be a text, but nothing is written") }
            if isBooleanWord(text) {
                throw Failure(message: "\(text.quoted) is a boolean for many YAML readers; write \"\(text)\" if the text is meant")
            }
            if looksNumeric(text) {
                throw Failure(message: "must be a text, not the number \(text); write \"\(text)\" if the text is meant")
            }
        }
        return text
    }

    /// Any scalar as it is written: for time spans (`300`, `5m`) and amounts of bytes.
    package static func anyText(_ node: YAMLNode) throws(Failure) -> String {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            throw Failure(message: "must be a single value, not \(node.kind)")
        }
        return text
    }

    package static func number(_ node: YAMLNode) throws(Failure) -> Double {
        let text = try numeral(node, "a number (20000, 0.5)")
        guard let value = Double(text), value.isFinite else { throw Failure(message: "\(text.quoted) is too large for a number") }
        return value
    }

    package static func whole<T: FixedWidthInteger>(_ node: YAMLNode, as type: T.Type = T.self) throws(Failure) -> T {
        let text = try numeral(node, "a whole number")
        guard let value = T(text) else { throw Failure(message: "\(text.quoted) is not a whole number from \(T.min) to \(T.max)") }
        return value
    }

    package static func flag(_ node: YAMLNode) throws(Failure) -> Bool {
        switch node.plainText {
        case "true": return true
        case "false": return false
        default: throw Failure(message: "must be true or false, not \(node.kind)")
        }
    }

    package static func duration(_ node: YAMLNode) throws(Failure) -> Duration {
        let text = try anyText(node)
        guard let duration = Duration(configured: text) else {
            throw Failure(message: "\(text.quoted) is not a time span; write seconds (300) or units (90s, 5m, 1h30m, 2d)")
        }
        return duration
    }

    private static func numeral(_ node: YAMLNode, _ wanted: String) throws(Failure) -> String {
        guard case .scalar(let text, let style) = node.content else { throw Failure(message: "must be \(wanted), not \(node.kind)") }
        guard style != .quoted else {
            throw Failure(message: "must be \(wanted), not the text \(text.quoted)\(isDecimal(text) ? "; write it without quotes" : "")")
        }
        guard isDecimal(text) else { throw Failure(message: "must be \(wanted), not \(node.kind); write plain decimal digits") }
        return text
    }

    /// `-?digits(.digits)?`, without leading zeros: what every reader understands alike.
    static func isDecimal(_ text: String) -> Bool {
        var parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard var whole = parts.popLast() else { return false }
        if let before = parts.popLast() {
            guard isDigits(whole) else { return false }
            whole = before
        }
        if whole.hasPrefix("-") { whole = whole.dropFirst() }
        return isDigits(whole) && (whole == "0" || !whole.hasPrefix("0"))
    }

    private static func isDigits(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }

    /// The words of YAML 1.1's bool type (yaml.org/type/bool.html), but for the single letters, which nobody means so.
    static func isBooleanWord(_ text: String) -> Bool {
        guard text == text.lowercased() || text == text.uppercased() || text == text.prefix(1).uppercased() + text.dropFirst().lowercased()
        else { return false }
        return ["true", "false", "yes", "no", "on", "off"].contains(text.lowercased())
    }

    /// A number for some YAML reader: decimal, exponent, hexadecimal, octal, underscores, base 60 (`1:30`), infinity.
    static func looksNumeric(_ text: String) -> Bool {
        guard let first = text.utf8.first, first >= 0x2B, first <= 0x39 else { return false }
        let body = text.replacingUnderscores
        if Double(body) != nil { return true }
        let digits = body.drop { $0 == "+" || $0 == "-" }
        if digits.hasPrefix("0o"), Int(digits.dropFirst(2), radix: 8) != nil { return true }
        if [".inf", ".nan"].contains(digits.lowercased()) { return true }
        let sixties = digits.split(separator: ":", omittingEmptySubsequences: false)
        return sixties.count > 1 && sixties.allSatisfy { isDigits($0) }
    }
}

extension String {
    fileprivate var replacingUnderscores: String { filter { $0 != "_" } }
}
