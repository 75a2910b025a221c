/// How far a value goes that stands after a name.
enum SecretValue {
    /// The value from where it begins, without its quotes; may be empty.
    static func range(from start: Int, _ kind: SecretName, in text: [UInt8]) -> Range<Int> {
        // A list with one value, as headers are printed.
        var index = start
        if kind != .header {
            index = text.end(from: index, limit: index + 4) {
                $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "{")
            }
            index = text.end(from: index, limit: index + 4) { $0 == 0x20 }
            if index >= text.count || text[index].isBlank { index = start }
        }
        let quote = text.end(from: index, limit: index + 8) { $0 == .backslash }
        if quote < text.count, isQuote(text[quote]) {
            return quote + 1..<quoted(from: quote + 1, text[quote], escapes: quote - index, in: text)
        }
        return index..<bare(from: index, throughBlanks: kind == .header, in: text)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == .quote || byte == .apostrophe || byte == UInt8(ascii: "`") }

    /// The end of a quoted value: its quote with no more backslashes than the first one had, or the end of the line.
    private static func quoted(from start: Int, _ quote: UInt8, escapes: Int, in text: [UInt8]) -> Int {
        var index = start
        var backslashes = 0
        while index < text.count, text[index] != .newline {
            if text[index] == .backslash {
                backslashes += 1
            } else {
                if text[index] == quote, escapes == 0 ? backslashes.isMultiple(of: 2) : backslashes <= escapes {
                    return max(start, index - (escapes == 0 ? 0 : backslashes))
                }
                backslashes = 0
            }
            index += 1
        }
        return index
    }

    /// The end of a value without quotes: a blank (for a header the end of the line), or what parts it from the next name. A password may
    /// hold any of the characters that part: one does only where another name, or the end, follows.
    private static func bare(from start: Int, throughBlanks: Bool, in text: [UInt8]) -> Int {
        var index = start
        scan: while index < text.count {
            let byte = text[index]
            switch byte {
            case .newline, 0x0D: break scan
            case _ where byte.isBlank: if !throughBlanks { break scan }
            case .quote, .apostrophe, UInt8(ascii: "`"): if ends(index + 1, in: text) { break scan }
            case .backslash:
                if index + 1 < text.count, [UInt8(ascii: "n"), UInt8(ascii: "r"), .quote, .apostrophe].contains(text[index + 1]) {
                    break scan
                }
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
                if !throughBlanks, isName(index + 1, in: text) { break scan }
            case UInt8(ascii: "<"): if text.has("/", at: index + 1) { break scan }
            default: break
            }
            index += 1
        }
        while index > start, closers.contains(text[index - 1]) { index -= 1 }
        return index
    }

    private static let closers = Array(",;)}]>.".utf8)

    /// Whether something closes here that was open before the value.
    private static func ends(_ index: Int, in text: [UInt8]) -> Bool {
        index >= text.count || text[index].isBlank || closers.contains(text[index]) || text[index] == .colon || text[index] == .backslash
    }

    /// Whether a name and its separator stand here, or nothing.
    private static func isName(_ start: Int, in text: [UInt8]) -> Bool {
        var index = text.end(from: start, limit: start + 2) { $0 == 0x20 || isQuote($0) }
        guard index < text.count, !text[index].isBlank else { return true }
        let first = index
        index = text.end(from: index, limit: index + 40) { $0.isName || $0 == 0x20 }
        guard index > first, index < text.count else { return false }
        return text[index] == .equals || text[index] == .colon || isQuote(text[index])
    }
}
