internal import AutomatonCore

/// What is taken from what a provider wrote: plain text, no links, not too long, without secrets.
///
/// It is still not true because it was written, and it is escaped wherever it is shown.
enum SummaryText {
    /// The longest summary, in characters.
    static let longest = 1500
    static let mostLines = 24
    /// Fewer letters say nothing.
    static let fewestLetters = 20

    /// The text as it may be kept.
    static func taken(from written: WrittenText, fence: String) throws(SummaryFailure) -> String {
        // Who repeats the mark repeats the question.
        guard !written.text.contains(fence) else { throw SummaryFailure(.invalid, "the answer repeats the question") }
        // Nobody needs more to read what may be kept; the rest of a long answer is not worth the time.
        let text = SecretScrubber.scrub(PlainText.bare.lines(PlainText.beginning(written.text, longest * 8)))
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { plain($0) }
        lines = lines.enumerated().filter { !$1.isEmpty || ($0 > 0 && !lines[$0 - 1].isEmpty) }.map(\.element)
        while lines.first?.isEmpty == true { lines.removeFirst() }
        while lines.last?.isEmpty == true { lines.removeLast() }
        var isCut = written.isCut
        if lines.count > mostLines {
            lines = Array(lines[..<mostLines])
            isCut = true
        }
        var result = lines.joined(separator: "\n")
        if result.unicodeScalars.count > longest {
            result = PlainText.beginning(result, longest)
            isCut = true
        }
        if isCut { result = wholeSentences(result) }
        guard result.unicodeScalars.count(where: \.properties.isAlphabetic) >= fewestLetters else {
            throw SummaryFailure(.empty, "there is too little text in the answer")
        }
        return result
    }

    /// A line without decoration and links.
    private static func plain(_ line: Substring) -> String {
        var words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
        if let first = words.first, first.allSatisfy({ $0 == "#" }) || first.hasPrefix("```") { words.removeFirst() }
        return words.map { word in
            let bare = withoutEmphasis(word)
            return isLink(bare) ? "(link removed)" : bare
        }.joined(separator: " ")
    }

    private static func withoutEmphasis(_ word: String) -> String {
        var bare = word[...]
        for mark in ["**", "__", "`"] {
            if bare.hasPrefix(mark) { bare = bare.dropFirst(mark.count) }
            if bare.hasSuffix(mark) {
                bare = bare.dropLast(mark.count)
            } else if bare.hasSuffix(mark + ":") {
                bare = bare.dropLast(mark.count + 1) + ":"
            }
        }
        return bare.isEmpty ? word : String(bare)
    }

    /// Whether something in a word may be opened by a click, or by a program that makes links of text.
    private static func isLink(_ word: String) -> Bool {
        let bytes = Array(word.lowercased().utf8)
        return schemes.contains { scheme in
            bytes.count >= scheme.count
                && (0...(bytes.count - scheme.count)).contains { bytes[$0..<$0 + scheme.count].elementsEqual(scheme) }
        }
    }

    private static let schemes: [[UInt8]] = ["://", "www.", "](", "mailto:", "javascript:", "data:text", "vbscript:", "tel:", "file:/"].map
    {
        Array($0.utf8)
    }

    /// Up to the end of the last whole sentence; where there is none, as it is.
    private static func wholeSentences(_ text: String) -> String {
        var end: String.Index?
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if ".!?".contains(text[index]), next == text.endIndex || text[next].isWhitespace { end = next }
            index = next
        }
        guard let end, text.distance(from: text.startIndex, to: end) >= fewestLetters else { return "\(text)…" }
        return String(text[..<end])
    }
}
