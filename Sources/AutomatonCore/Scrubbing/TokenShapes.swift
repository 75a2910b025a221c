/// Tokens that are known by how they begin: those of GitHub, Slack, Google, AWS, Stripe, OpenAI and others, JWTs, and what follows
/// `Bearer` and `Basic`.
enum TokenShapes {
    /// How a kind of token looks.
    private struct Shape {
        /// How it begins.
        var head: StaticString
        /// At least so many bytes follow.
        var least: Int
        /// Whether it may hold dots.
        var dots = false
        /// Whether nothing stands directly before it: heads that also end ordinary words.
        var stands = false
        /// Whether ordinary words begin so, too: a digit must be among what follows.
        var isCommon = false
        /// Whether capitals and digits alone follow.
        var isCapital = false
    }

    private static let shapes: [Shape] = [
        Shape(head: "ghp_", least: 16), Shape(head: "gho_", least: 16), Shape(head: "ghu_", least: 16), Shape(head: "ghs_", least: 16),
        Shape(head: "ghr_", least: 16), Shape(head: "github_pat_", least: 16), Shape(head: "glpat-", least: 12),
        Shape(head: "glsa_", least: 16), Shape(head: "xoxb-", least: 8), Shape(head: "xoxa-", least: 8), Shape(head: "xoxp-", least: 8),
        Shape(head: "xoxr-", least: 8), Shape(head: "xoxs-", least: 8), Shape(head: "xoxe-", least: 8),
        Shape(head: "xoxe.", least: 8, dots: true),
        Shape(head: "xapp-", least: 8), Shape(head: "AIza", least: 30), Shape(head: "ya29.", least: 16, dots: true),
        Shape(head: "sk_live_", least: 8), Shape(head: "sk_test_", least: 8), Shape(head: "rk_live_", least: 8),
        Shape(head: "rk_test_", least: 8), Shape(head: "whsec_", least: 8), Shape(head: "sk-proj-", least: 8),
        Shape(head: "sk-ant-", least: 8), Shape(head: "sk-", least: 20, stands: true, isCommon: true),
        Shape(head: "AKIA", least: 16, isCapital: true),
        Shape(head: "ASIA", least: 16, isCapital: true), Shape(head: "ABIA", least: 16, isCapital: true),
        Shape(head: "ACCA", least: 16, isCapital: true), Shape(head: "npm_", least: 30),
        Shape(head: "pypi-Ag", least: 16), Shape(head: "dop_v1_", least: 16), Shape(head: "hvs.", least: 16, stands: true),
        Shape(head: "hvb.", least: 16, stands: true), Shape(head: "hvr.", least: 16, stands: true),
        Shape(head: "SG.", least: 32, dots: true, stands: true), Shape(head: "shpat_", least: 16),
        Shape(head: "hf_", least: 20, stands: true),
        Shape(head: "gsk_", least: 20, stands: true), Shape(head: "AGE-SECRET-KEY-1", least: 16), Shape(head: "lin_api_", least: 16),
        Shape(head: "dckr_pat_", least: 12), Shape(head: "ATATT3", least: 16), Shape(head: "PMAK-", least: 16),
    ]
    /// The shapes by their first byte.
    private static let table: [[Shape]] = (0..<128).map { byte in
        shapes.filter { $0.head.withUTF8Buffer { $0.first } == UInt8(byte) }
    }

    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var index = 0
        // Where the word ends that is looked at, so that many heads in a row are no reason to read it many times.
        var wordEnd = 0
        while index < text.count {
            let byte = text[index]
            if byte.isToken, index >= wordEnd { wordEnd = text.end(from: index) { $0.isToken } }
            if byte.isLetter, let found = token(at: index, in: text, wordEnd) ?? announced(at: index, in: text) {
                ranges.append(found)
                index = found.upperBound
            } else if byte == .colon, let found = botToken(after: index, in: text) {
                ranges.append(found)
                index = found.upperBound
            } else {
                index += 1
            }
        }
        return ranges
    }

    private static func token(at index: Int, in text: [UInt8], _ wordEnd: Int) -> Range<Int>? {
        if text.has("eyJ", at: index), let jwt = jwt(at: index, in: text, wordEnd) { return jwt }
        for shape in table[Int(text[index] & 0x7F)] where text.has(shape.head, at: index) {
            if shape.stands, index > 0, text[index - 1].isToken { continue }
            let start = index + shape.head.utf8CodeUnitCount
            // A look ahead of a few bytes first, so that a text of many heads takes no longer.
            let least = start + shape.least
            guard text.end(from: start, limit: least, while: { isToken($0, shape.dots) }) == least else { continue }
            if shape.isCommon, !text[start..<least].contains(where: \.isDigit) { continue }
            if shape.isCapital, !text[start..<least].allSatisfy({ $0.isUpper || $0.isDigit }) { continue }
            var end = text.end(from: least) { isToken($0, shape.dots) }
            while shape.dots, end > start, text[end - 1] == .dot { end -= 1 }
            return index..<text.end(from: end, limit: end + 2) { $0 == .equals }
        }
        return nil
    }

    private static func isToken(_ byte: UInt8, _ dots: Bool) -> Bool { byte.isToken || (dots && byte == .dot) }

    /// Two or three parts in base64url, the first of which begins with `{"`.
    private static func jwt(at index: Int, in text: [UInt8], _ head: Int) -> Range<Int>? {
        guard head - index >= 8, text.has(".", at: head) else { return nil }
        let payload = text.end(from: head + 1) { $0.isToken }
        guard payload > head + 1 else { return nil }
        guard text.has(".", at: payload) else { return index..<payload }
        return index..<text.end(from: payload + 1) { $0.isToken || $0 == .dot }
    }

    /// What follows `Bearer` or `Basic`, unless it is a word.
    private static func announced(at index: Int, in text: [UInt8]) -> Range<Int>? {
        guard index == 0 || !text[index - 1].isLetterOrDigit else { return nil }
        let isBearer = text.has("bearer", at: index, ignoringCase: true)
        guard isBearer || text.has("basic", at: index, ignoringCase: true) else { return nil }
        let end = index + (isBearer ? 6 : 5)
        let start = text.has("%20", at: end) ? end + 3 : text.end(from: end, limit: end + 4) { $0 == 0x20 }
        guard start > end else { return nil }
        let stop = text.end(from: start) {
            $0.isName || $0 == .slash || $0 == UInt8(ascii: "+") || $0 == .equals || $0 == UInt8(ascii: "~")
        }
        let isWord = text[start..<stop].dropFirst().allSatisfy { $0.isLower || $0 == .dash || $0 == .dot || $0 == .slash }
        return stop - start >= 20 || (stop - start >= 6 && !isWord) ? start..<stop : nil
    }

    /// `123456789:AA…` of a bot.
    private static func botToken(after colon: Int, in text: [UInt8]) -> Range<Int>? {
        guard colon >= 6, text[colon - 6..<colon].allSatisfy(\.isDigit) else { return nil }
        let end = text.end(from: colon + 1, limit: colon + 31) { $0.isToken }
        guard end == colon + 31 else { return nil }
        return colon + 1..<text.end(from: end) { $0.isToken }
    }
}
