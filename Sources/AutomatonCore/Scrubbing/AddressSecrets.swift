/// Secrets in addresses: `postgres://user:password@host`, `user:password@tcp(host)`, webhooks whose path is the secret; and addresses of
/// people.
enum AddressSecrets {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var index = 0
        while index < text.count {
            index = text.end(from: index, while: isBreak)
            let end = text.end(from: index) { !isBreak($0) }
            // The mark of an earlier round alone changes nothing below.
            if end > index { run(index..<end, in: text, &ranges) }
            index = end
        }
        return ranges
    }

    private static func isBreak(_ byte: UInt8) -> Bool {
        byte.isBlank || byte == .quote || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "`")
    }

    /// What stands between two blanks: URLs, and what is between them.
    private static func run(_ run: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        var done = run.lowerBound
        var index = run.lowerBound
        while index < run.upperBound {
            guard text[index] == .colon, text.has("://", at: index) else {
                index += 1
                continue
            }
            var scheme = index
            while scheme > done, text[scheme - 1].isName || text[scheme - 1] == UInt8(ascii: "+") { scheme -= 1 }
            plain(done..<scheme, in: text, &ranges)
            // Up to where the next URL of a list has its scheme.
            var end = index + 3
            var comma = run.upperBound
            while end < run.upperBound, !text.has("://", at: end) {
                if text[end] == UInt8(ascii: ",") || text[end] == UInt8(ascii: ";") || text[end] == UInt8(ascii: "|") { comma = end }
                end += 1
            }
            if end < run.upperBound { end = min(end, comma) }
            url(index + 3..<end, in: text, &ranges)
            (index, done) = (end, end)
        }
        plain(done..<run.upperBound, in: text, &ranges)
    }

    /// What stands after `://`.
    private static func url(_ url: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        let authority =
            url
            .lowerBound..<text.end(from: url.lowerBound, limit: url.upperBound) {
                $0 != .slash && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
            }
        var rest = url
        // A password may hold '@', '/' and '#' by mistake: up to the last '@' that can end it.
        if authority.contains(where: { isEnd($0, in: text) }) || hasNoPort(authority, in: text) {
            let last = url.last { isEnd($0, in: text) && !($0 > url.lowerBound && text[$0 - 1] == .slash) }
            let end = last ?? authority.upperBound
            if end > url.lowerBound { ranges.append(url.lowerBound..<end) }
            rest = end..<url.upperBound
        } else {
            for webhook in webhooks where text.has(webhook, at: url.lowerBound, ignoringCase: true) {
                let start = url.lowerBound + webhook.utf8CodeUnitCount
                if start < url.upperBound { ranges.append(start..<url.upperBound) }
                return
            }
        }
        people(rest, in: text, &ranges)
    }

    /// Whether an '@' may end a user and password: the one before a digest does not.
    private static func isEnd(_ index: Int, in text: [UInt8]) -> Bool { text[index] == .at && !text.has("sha", at: index + 1) }

    private static let webhooks: [StaticString] = [
        "hooks.slack.com/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "hooks.zapier.com/", "outlook.office.com/webhook",
    ]

    /// Whether what follows a colon can be no port: a password whose end is elsewhere.
    private static func hasNoPort(_ authority: Range<Int>, in text: [UInt8]) -> Bool {
        guard authority.lowerBound < authority.upperBound, text[authority.lowerBound] != UInt8(ascii: "[") else { return false }
        guard let colon = text[authority].firstIndex(of: .colon), colon + 1 < authority.upperBound else { return false }
        // An image with its digest.
        guard !text[authority.lowerBound..<colon].contains(.at) else { return false }
        return text[colon + 1].isLetterOrDigit && !text[colon + 1].isDigit
            && !text[colon + 1..<authority.upperBound].contains(UInt8(ascii: ","))
    }

    /// Text that is no URL: `user:password@host`, or an address of a person.
    private static func plain(_ part: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        guard let at = part.last(where: { isEnd($0, in: text) && $0 + 1 < part.upperBound }) else { return people(part, in: text, &ranges) }
        // In the data source name of a driver, the password may hold anything.
        let isSource = text.has("@tcp(", at: at) || text.has("@unix(", at: at) || text.has("@(", at: at)
        let start = isSource ? nil : part.last { $0 < at && separators.contains(text[$0]) }.map { $0 + 1 }
        guard let user = user((start ?? part.lowerBound)..<at, in: text) else { return people(part, in: text, &ranges) }
        people(part.lowerBound..<user, in: text, &ranges)
        ranges.append(user..<at)
        people(at..<part.upperBound, in: text, &ranges)
    }

    private static let separators = Array(",;|&(){}[]".utf8)

    /// Where `user:password` begins; nil when it is none.
    private static func user(_ part: Range<Int>, in text: [UInt8]) -> Int? {
        if text.has("jdbc:oracle:", at: part.lowerBound, ignoringCase: true) {
            let driver = text.end(from: part.lowerBound + 12, limit: part.upperBound) { $0 != .colon }
            return driver + 1 < part.upperBound ? driver + 1 : nil
        }
        guard let colon = text[part].firstIndex(of: .colon), colon + 1 < part.upperBound else { return nil }
        var start = colon
        while start > part.lowerBound, text[start - 1].isName || text[start - 1] == UInt8(ascii: "+") { start -= 1 }
        // A slash before: an image's name with its tag.
        guard start < colon, start == part.lowerBound || text[start - 1] != .slash else { return nil }
        return start
    }

    /// E-mail addresses.
    private static func people(_ part: Range<Int>, in text: [UInt8], _ ranges: inout [Range<Int>]) {
        var done = part.lowerBound
        var index = part.lowerBound
        while index < part.upperBound {
            let sign = text[index] == .at ? 1 : text.has("%40", at: index) ? 3 : 0
            guard sign > 0 else {
                index += 1
                continue
            }
            var start = index
            while start > done, isLocal(text[start - 1]) { start -= 1 }
            var end = text.end(from: index + sign, limit: part.upperBound) { $0.isLetterOrDigit || $0 == .dash || $0 == .dot }
            while end > index + sign, !text[end - 1].isLetterOrDigit { end -= 1 }
            if start < index, isDomain(index + sign..<end, in: text) {
                ranges.append(start..<end)
                done = end
            } else {
                done = index + sign
            }
            index = max(index + sign, done)
        }
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        byte.isName || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "'")
    }

    private static func isDomain(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        guard let dot = text[range].lastIndex(of: .dot), dot > range.lowerBound else { return false }
        let last = text[dot + 1..<range.upperBound]
        return last.count >= 2 && last.allSatisfy(\.isLetter)
    }
}
