/// Takes secrets out of text that a program or a server wrote, before anybody reads it: passwords, tokens, keys, connection strings,
/// e-mail addresses.
///
/// It goes by names (`password=`), by shapes (a JWT, a private key, a URL with a password) and by looks (a long word that nobody would
/// write). Its time is linear in the text, whatever the text is, and scrubbing twice changes nothing. What it cannot see is a secret that
/// looks like an ordinary word and stands beside no name: text that was scrubbed is still not for everybody.
public enum SecretScrubber {
    /// What stands in place of a secret.
    public static let mark = "***"

    /// The text without secrets.
    public static func scrub(_ text: some StringProtocol) -> String {
        var bytes = Array(text.utf8)
        var changed = false
        // What is left after one round is nearly always clean. Where taking something out made a new neighbourhood, it is looked at anew.
        for _ in 0..<mostRounds {
            guard round(&bytes) else { break }
            changed = true
        }
        return changed ? String(decoding: bytes, as: UTF8.self) : String(text)
    }

    /// The lines without secrets, each read beside its neighbours: a private key spans many, which become one.
    public static func scrub(lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        return scrub(lines.joined(separator: "\n")).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The beginning of a text without secrets: at most so many Unicode scalars.
    ///
    /// Control characters go before the scrubbing, so that none of them hides a secret. Somewhat more is looked at than is left, but not all
    /// of a long text; where that is cut it loses its last word, as half a secret is not known for one.
    public static func beginning(of text: some StringProtocol, _ limit: Int) -> String {
        let most = limit * 4
        var seen = PlainText.beginning(text, most + 1).unicodeScalars[...]
        if seen.count > most { seen = seen[..<(seen.lastIndex { $0.properties.isWhitespace } ?? seen.startIndex)] }
        let clean = scrub(PlainText.bare.lines(String(seen)))
        return PlainText.beginning(clean.drop { $0.isWhitespace }, limit)
    }

    private static let mostRounds = 6
    private static let markBytes = Array(mark.utf8)

    /// Looks once for everything. Answers whether anything changed.
    private static func round(_ text: inout [UInt8]) -> Bool {
        var changed = false
        for ranges in [PrivateKeys.ranges, NamedSecrets.ranges, AddressSecrets.ranges, TokenShapes.ranges, RandomWords.ranges] {
            if redact(&text, ranges(text)) { changed = true }
        }
        return changed
    }

    /// Puts the mark in place of ranges, which ascend and do not overlap. Answers whether that changed anything.
    private static func redact(_ text: inout [UInt8], _ ranges: [Range<Int>]) -> Bool {
        guard !ranges.isEmpty else { return false }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var done = 0
        for range in ranges {
            result += text[done..<range.lowerBound]
            result += markBytes
            done = range.upperBound
        }
        result += text[done...]
        guard result != text else { return false }
        text = result
        return true
    }
}
