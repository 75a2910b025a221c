/// The end of a text that somebody else wrote, as far as it is kept: bounded, without control characters, scrubbed.
///
/// Control characters go before the scrubbing, so that none of them hides a secret; lines are cut after it, so that none is cut open.
public struct TextExcerpt: Hashable, Sendable {
    /// Lines that are kept at most, the last ones.
    public var lines: Int
    /// Unicode scalars of a line that are kept, the first ones.
    public var width: Int
    /// Bytes that are kept in all.
    public var bytes: Int

    /// What is kept of a container's log.
    public static let log = TextExcerpt(lines: 50, width: 300, bytes: 8 << 10)
    /// What is kept of a line such as an event's note.
    public static let line = TextExcerpt(lines: 1, width: 300, bytes: 2 << 10)

    /// Sets the bounds.
    public init(lines: Int, width: Int, bytes: Int) {
        self.lines = lines
        self.width = width
        self.bytes = bytes
    }

    /// The last lines of a text, oldest first; empty ones at its end are left out.
    /// - Parameters:
    ///   - text: in UTF-8; what is none becomes U+FFFD.
    ///   - isCut: its last line may be unfinished: it is left out where there are others, as half a secret is not known for one.
    ///   - scrub: takes secrets out of a text of several lines.
    public func tail(of text: some Collection<UInt8>, isCut: Bool = false, scrub: (String) -> String) -> [String] {
        var plain = PlainText.bare.lines(String(decoding: text, as: UTF8.self))
        if isCut, let end = plain.lastIndex(of: "\n") { plain = String(plain[..<end]) }
        // Once more: what a scrubber puts in comes from elsewhere.
        var kept = PlainText.bare.lines(scrub(plain)).split(separator: "\n", omittingEmptySubsequences: false).map { Self.trimmed($0) }
        while kept.last?.isEmpty == true { kept.removeLast() }
        kept = kept.suffix(lines).map { Self.cut($0, to: width) }
        var room = bytes
        let start = kept.lastIndex { line in
            room -= line.utf8.count + 1
            return room < 0
        }
        return kept[(start.map { $0 + 1 } ?? 0)...].drop { $0.isEmpty }.map { String($0) }
    }

    /// A text as one line.
    public func line(of text: String, scrub: (String) -> String) -> String {
        let line = PlainText.bare.line(text, atMost: .max)
        return TextExcerpt(lines: 1, width: width, bytes: bytes).tail(of: Array(line.utf8), scrub: scrub).first ?? ""
    }

    private static func cut(_ line: Substring, to width: Int) -> Substring {
        guard line.unicodeScalars.count > width else { return line }
        return PlainText.beginning(line, width - 1) + "…"
    }

    private static func trimmed(_ line: Substring) -> Substring {
        guard let end = line.lastIndex(where: { $0 != " " }) else { return "" }
        return line[...end]
    }
}
