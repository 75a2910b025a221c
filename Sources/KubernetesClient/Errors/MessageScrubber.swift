/// Makes a message of the API server fit to be logged: without the objects and values that it quotes, and short.
///
/// The server quotes what it was sent: a decode error on PATCH carries the whole object, the data of a Secret included. So every
/// run in braces, every `map[…]`, every long quoted value and every long unbroken run of letters is left out.
enum MessageScrubber {
    /// A message is cut to this many characters.
    static let maximumLength = 300
    private static let longestQuote = 80
    private static let longestWord = 100

    static func scrub(_ message: some StringProtocol) -> String {
        // More than this of the original is never looked at.
        let bytes = Array(message.utf8.prefix(64 << 10))
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count, kept.count < 4 * maximumLength {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let end = endOfQuote(bytes, from: index)
                kept += isPlain(bytes[index..<end]) ? Array(bytes[index..<end]) : Array("\"…\"".utf8)
                index = end
            case UInt8(ascii: "{"):
                kept += Array("{…}".utf8)
                index = endOfBrackets(bytes, from: index)
            case UInt8(ascii: "|"):
                // The JSON decoder's "found in #10 byte of ...|<text>|..., bigger context ...|<text>|...".
                kept += Array("|…|".utf8)
                index = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "|")).map { $0 + 1 } ?? bytes.count
            case let byte where isWord(byte):
                let end = bytes[index...].firstIndex { !isWord($0) } ?? bytes.count
                let word = bytes[index..<end]
                kept += word.count > longestWord ? Array("…".utf8) : Array(word)
                index = end
                if word.suffix(3).elementsEqual("map".utf8), end < bytes.count, bytes[end] == UInt8(ascii: "[") {
                    kept += Array("[…]".utf8)
                    index = endOfBrackets(bytes, from: end)
                }
            case let byte:
                kept.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
                index += 1
            }
        }
        let text = String(decoding: kept, as: UTF8.self)
        let isCut = index < bytes.count || message.utf8.count > bytes.count || text.count > maximumLength
        return isCut ? String(text.prefix(maximumLength - 1)) + "…" : text
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// Whether a quoted value is a short name or number rather than an object or a text of somebody's.
    private static func isPlain(_ quoted: ArraySlice<UInt8>) -> Bool {
        quoted.count > 1 && quoted.count <= longestQuote && quoted.last == UInt8(ascii: "\"")
            && !quoted.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "\\") } && !quoted.starts(with: "\"map[".utf8)
    }

    /// The index after the quote that ends what starts at `start`; the end of the text when nothing ends it.
    private static func endOfQuote(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if bytes[index] == UInt8(ascii: "\"") {
                return index + 1
            } else {
                index += 1
            }
        }
        return bytes.count
    }

    /// The index after the bracket that ends the one at `start`; the end of the text when nothing ends it.
    private static func endOfBrackets(_ bytes: [UInt8], from start: Int) -> Int {
        let open = bytes[start]
        let close = open == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
        var depth = 0
        var index = start
        while index < bytes.count {
            if bytes[index] == open { depth += 1 }
            if bytes[index] == close { depth -= 1 }
            index += 1
            if depth == 0 { return index }
        }
        return bytes.count
    }
}
