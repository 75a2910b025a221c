/// Values that stand beside a name which says that they are secret: `password=…`, `"token": "…"`, `--api-key …`, `<secret>…</secret>`,
/// `{"name": "DB_PASSWORD", "value": "…"}`.
enum NamedSecrets {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var index = 0
        while index < text.count {
            guard text[index].isName else {
                index += 1
                continue
            }
            let start = index
            index = text.end(from: start) { $0.isName }
            guard let value = value(of: start..<index, in: text) else { continue }
            if let last = ranges.last, last.upperBound > value.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, value.upperBound)
            } else {
                ranges.append(value)
            }
            index = nameAtEnd(of: value, in: text)
        }
        return ranges
    }

    /// Where a name begins that a value ends with, which may be no value at all: in `token: password: x` it is the second name that counts.
    private static func nameAtEnd(of value: Range<Int>, in text: [UInt8]) -> Int {
        var end = value.upperBound
        while end > value.lowerBound, value.upperBound - end < 4, !text[end - 1].isName { end -= 1 }
        var start = end
        while start > value.lowerBound, end - start < 128, text[start - 1].isName { start -= 1 }
        return start < end ? start : value.upperBound
    }

    private static func value(of name: Range<Int>, in text: [UInt8]) -> Range<Int>? {
        if let identified = identifiedBy(name, in: text) { return identified }
        // The user of an address, whose secret ends at its '@'.
        if text.has("://", at: name.lowerBound - 3), text.has(":", at: name.upperBound) { return nil }
        guard let kind = SecretName(text[name]) else { return nil }
        let value: Range<Int>?
        if let start = separated(name.upperBound, in: text) ?? valueBeside(name.upperBound, in: text) {
            value = SecretValue.range(from: start, kind, in: text)
        } else if name.lowerBound > 0, text[name.lowerBound - 1] == UInt8(ascii: "<"), text.has(">", at: name.upperBound) {
            value = name.upperBound + 1..<text.end(from: name.upperBound + 1) { $0 != UInt8(ascii: "<") && $0 != .newline }
        } else if let start = blanks(name.upperBound, in: text) {
            // "--password x" on a command line; "PASSWORD 'x'" in SQL.
            if text[name.lowerBound] == .dash, name.lowerBound == 0 || !text[name.lowerBound - 1].isLetterOrDigit, text[start] != .dash {
                value = SecretValue.range(from: start, kind, in: text)
            } else if kind == .password, text[start] == .apostrophe {
                value = SecretValue.range(from: start, kind, in: text)
            } else {
                value = nil
            }
        } else {
            value = nil
        }
        guard let value, !value.isEmpty, !tells(value, name, kind, in: text) else { return nil }
        return value
    }

    /// Whether a value says that there is no secret.
    private static func tells(_ value: Range<Int>, _ name: Range<Int>, _ kind: SecretName, in text: [UInt8]) -> Bool {
        if kind == .pass, text[value].allSatisfy(\.isDigit) { return true }
        // The shell's working directory.
        if text.has("PWD", at: name.upperBound - 3), name.count == 3 || text.has("OLDPWD", at: name.lowerBound),
            text[value.lowerBound] == .slash
        {
            return true
        }
        guard value.count <= 11 else { return false }
        return nothing.contains(String(decoding: text[value].map(\.lowered), as: UTF8.self))
    }

    private static let nothing: Set = [
        "null", "nil", "none", "undefined", "true", "false", "<nil>", "<none>", "<unset>", "<empty>", "(null)",
    ]

    /// Where the value begins after `=`, `:`, `=>`, `:=` or their escaped forms.
    private static func separated(_ end: Int, in text: [UInt8]) -> Int? {
        var index = closing(end, in: text)
        index = text.end(from: index, limit: index + 8) { $0 == 0x20 || $0 == 0x09 }
        if text.has("%3d", at: index, ignoringCase: true) || text.has("%3a", at: index, ignoringCase: true) {
            index += 3
        } else {
            let start = index
            index = text.end(from: index, limit: index + 2) { $0 == .equals || $0 == .colon }
            // "Token::new" is a name of a program.
            guard index > start, !text.has("::", at: start) else { return nil }
            if text.has(">", at: index), text[index - 1] == .equals { index += 1 }
        }
        return blanks(index, in: text) ?? (index < text.count && !text[index].isBlank ? index : nil)
    }

    /// Where the value begins in `"name": "DB_PASSWORD", "value": "…"`, also across lines.
    private static func valueBeside(_ end: Int, in text: [UInt8]) -> Int? {
        let index = text.end(from: end, limit: end + 24) {
            $0 == .quote || $0 == .apostrophe || $0 == .backslash || $0 == UInt8(ascii: ",") || ($0.isBlank && $0 != 0)
        }
        guard index > end, text.has("value", at: index, ignoringCase: true) else { return nil }
        return separated(index + 5, in: text)
    }

    /// Steps over the quote that ends a name, or the bracket that it stands in.
    private static func closing(_ index: Int, in text: [UInt8]) -> Int {
        let quote = text.end(from: index, limit: index + 8) { $0 == .backslash }
        guard quote < text.count else { return index }
        return text[quote] == .quote || text[quote] == .apostrophe || (quote == index && text[quote] == UInt8(ascii: "]"))
            ? quote + 1 : index
    }

    /// Where text goes on in the line after at least one blank.
    private static func blanks(_ index: Int, in text: [UInt8]) -> Int? {
        let end = text.end(from: index, limit: index + 64) { $0 == 0x20 || $0 == 0x09 }
        return end > index && end < text.count && !text[end].isBlank ? end : nil
    }

    /// `IDENTIFIED BY 'x'`.
    private static func identifiedBy(_ name: Range<Int>, in text: [UInt8]) -> Range<Int>? {
        guard name.count == 2, text.has("identified by", at: name.lowerBound - 11, ignoringCase: true),
            let start = blanks(name.upperBound, in: text), text[start] == .apostrophe || text[start] == .quote
        else { return nil }
        let value = SecretValue.range(from: start, .password, in: text)
        return value.isEmpty ? nil : value
    }
}
