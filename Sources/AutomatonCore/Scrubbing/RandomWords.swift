/// Long words that look like nothing anybody would write: keys without a name.
///
/// Names are left: those of pods, classes and files change between kinds of characters far less often than random text does.
enum RandomWords {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var index = 0
        while index < text.count {
            guard isWord(text[index]) else {
                index += 1
                continue
            }
            let end = text.end(from: index, while: isWord)
            if end - index >= shortest { word(index..<end, in: text, &ranges) }
            index = end
        }
        return ranges
    }

    /// The shortest word of three kinds of characters that is looked at.
    private static let shortest = 20
    /// The shortest word of letters of one case and digits.
    private static let shortestPlain = 24
    /// The shortest word of hexadecimal digits that goes, whatever their order.
    private static let shortestHexadecimal = 32
    /// What is left of a digest, which names an image or a container.
    private static let digestKept = 12

    private static func isWord(_ byte: UInt8) -> Bool { byte.isToken || byte == .slash || byte == UInt8(ascii: "+") }

    /// A run of characters of base64: as a whole, without the UIDs in it; then part by part.
    private static func word(_ word: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        var start = word.lowerBound
        var index = word.lowerBound
        while index < word.upperBound {
            if index == word.lowerBound || !text[index - 1].isLetterOrDigit, isUID(index, word.upperBound, in: text) {
                piece(start..<index, in: text, &ranges)
                index += 36
                start = index
            } else {
                index += 1
            }
        }
        piece(start..<word.upperBound, in: text, &ranges)
    }

    private static func piece(_ piece: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        if Mixture(text[piece]).isRandom { return append(piece, in: text, &ranges) }
        each(piece, in: text, partedBy: { $0 == .slash }) { part in
            if Mixture(text[part]).isRandom { return append(part, in: text, &ranges) }
            each(part, in: text, partedBy: { !$0.isLetterOrDigit }) { segment in
                let mixture = Mixture(text[segment])
                if mixture.isRandom || mixture.isRandomPlain { append(segment, in: text, &ranges) }
            }
        }
    }

    private static func each(_ range: Range<Int>, in text: [UInt8], partedBy parts: (UInt8) -> Bool, _ body: (Range<Int>) -> Void) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = text.end(from: start, limit: range.upperBound) { !parts($0) }
            if end - start >= shortest { body(start..<end) }
            start = end + 1
        }
    }

    private static func append(_ range: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        var range = range
        // The slash that a path begins with is no part of a key.
        while range.count > 1, text[range.lowerBound] == .slash { range = range.lowerBound + 1..<range.upperBound }
        if isDigest(range, in: text) {
            ranges.append(range.lowerBound + digestKept..<range.upperBound)
        } else {
            ranges.append(range.lowerBound..<text.end(from: range.upperBound, limit: range.upperBound + 2) { $0 == .equals })
        }
    }

    /// Whether it is what an image or a container is named by.
    private static func isDigest(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        guard range.count == 64, text[range].allSatisfy(\.isHex) else { return false }
        let start = range.lowerBound
        return text.has("sha256:", at: start - 7) || text.has("containerd://", at: start - 13) || text.has("docker://", at: start - 9)
            || text.has("cri-o://", at: start - 8)
    }

    /// `550e8400-e29b-41d4-a716-446655440000`.
    private static func isUID(_ index: Int, _ limit: Int, in text: [UInt8]) -> Bool {
        guard index + 36 <= limit, index + 36 == text.count || !text[index + 36].isLetterOrDigit else { return false }
        for offset in 0..<36 {
            let isDash = offset == 8 || offset == 13 || offset == 18 || offset == 23
            guard isDash ? text[index + offset] == .dash : text[index + offset].isHex else { return false }
        }
        return true
    }

    /// How the kinds of characters of a word follow one another.
    struct Mixture {
        private var uppers = 0
        private var lowers = 0
        private var digits = 0
        private var hexadecimals = 0
        /// How often the kind changes; the capital that begins a word of a name counts once, not twice.
        private var changes = 0

        init(_ word: ArraySlice<UInt8>) {
            var before: UInt8 = 0
            var isInitial = false
            for byte in word where byte.isLetterOrDigit {
                if byte.isUpper { uppers += 1 } else if byte.isLower { lowers += 1 } else { digits += 1 }
                if byte.isHex { hexadecimals += 1 }
                let changed = byte.isUpper != before.isUpper || byte.isDigit != before.isDigit
                if before != 0, changed, !(isInitial && byte.isLower) { changes += 1 }
                isInitial = byte.isUpper && !before.isUpper
                before = byte
            }
        }

        private var count: Int { uppers + lowers + digits }

        /// Letters of both cases, as in base64.
        var isRandom: Bool {
            guard count >= shortest, uppers >= 3, lowers >= 3 else { return false }
            return changes * 100 >= (count - 1) * (digits >= 2 ? 25 : 34)
        }

        /// Letters of one case and digits, as in hexadecimal digits.
        var isRandomPlain: Bool {
            guard count >= shortestPlain, digits >= 3, uppers + lowers >= 3 else { return false }
            return changes * 100 >= (count - 1) * 20 || (count >= shortestHexadecimal && hexadecimals == count)
        }
    }
}
