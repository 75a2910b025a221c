/// PEM blocks of private keys, across lines, also where a log begins or ends within one.
enum PrivateKeys {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var done = 0
        var index = 0
        while index < text.count {
            if text[index] == .dash, let begun = label("-----BEGIN ", at: index, in: text) {
                // Without an end, the key goes on to where the text was cut.
                let end = end(after: begun, in: text)
                ranges.append(index..<end)
                (index, done) = (end, end)
            } else if text[index] == .dash, let ended = label("-----END ", at: index, in: text) {
                ranges.append(begin(before: index, from: done, in: text)..<ended)
                (index, done) = (ended, ended)
            } else {
                index += 1
            }
        }
        return ranges
    }

    private static let longestLabel = 64

    /// Where a line such as `-----BEGIN RSA PRIVATE KEY-----` ends, if one begins here.
    private static func label(_ word: StaticString, at index: Int, in text: [UInt8]) -> Int? {
        guard text.has(word, at: index) else { return nil }
        let start = index + word.utf8CodeUnitCount
        let end = text.end(from: start, limit: start + longestLabel) { $0 != .dash && !($0 < 0x20) }
        guard text.has("-----", at: end), (start..<end).contains(where: { text.has("PRIVATE KEY", at: $0) }) else { return nil }
        return end + 5
    }

    private static func end(after begun: Int, in text: [UInt8]) -> Int {
        var index = begun
        while index < text.count {
            if text[index] == .dash, text.has("-----END ", at: index) {
                let end = text.end(from: index + 9, limit: index + 9 + longestLabel) { $0 != .dash && !($0 < 0x20) }
                return text.end(from: end, limit: end + 5) { $0 == .dash }
            }
            index += 1
        }
        return text.count
    }

    /// Where the lines of a key begin whose head was cut off.
    private static func begin(before end: Int, from start: Int, in text: [UInt8]) -> Int {
        var begin = end
        var index = end
        while index > start {
            let byte = text[index - 1]
            if byte == .newline {
                index -= 1
                if index == start { break }
                begin = min(begin, index + 1)
            } else if byte.isLetterOrDigit || byte == .slash || byte == .equals || byte == .backslash || byte == 0x2B || byte == 0x0D {
                index -= 1
                if index == start || text[index - 1] == .newline { begin = index }
            } else {
                break
            }
        }
        return begin
    }
}
