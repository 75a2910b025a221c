import AutomatonCore
import Foundation
import Testing

/// What leaves this machine, and what people read, without the secrets in it.
@Suite struct SecretScrubberTests {
    /// A case of the corpus: text, and what is left of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var left: String
        var testDescription: String { text }
    }

    private static func lines(_ name: String) -> [String] {
        guard let url = Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Corpus"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("# ") && !$0.hasPrefix("## ") }
    }

    private static func unescaped(_ text: some StringProtocol) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                switch character {
                case "n": result.append("\n")
                case "t": result.append("\t")
                case "-": break
                default: result.append(character)
                }
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    static let secrets: [Case] = lines("secrets").map { line in
        let parts = line.components(separatedBy: " => ")
        let half = parts.count / 2
        return Case(
            text: unescaped(parts[..<half].joined(separator: " => ")), left: unescaped(parts[half...].joined(separator: " => ")))
    }
    static let innocent: [String] = lines("innocent").map { unescaped($0) }

    @Test func theCorpusIsThere() {
        #expect(Self.secrets.count > 90)
        #expect(Self.innocent.count > 60)
    }

    @Test(arguments: secrets) func goes(_ example: Case) {
        #expect(SecretScrubber.scrub(example.text) == example.left)
    }

    @Test(arguments: innocent) func stays(_ text: String) {
        #expect(SecretScrubber.scrub(text) == text)
    }

    /// Also within a longer text, at its beginning and end.
    @Test(arguments: secrets.filter { !$0.text.contains("PRIVATE KEY") }) func goesBetweenOtherLines(_ example: Case) {
        let around = "2026-01-01T12:00:00Z INFO started\n\(example.text)\n2026-01-01T12:00:01Z INFO stopped"
        #expect(SecretScrubber.scrub(around) == around.replacingOccurrences(of: example.text, with: example.left))
    }

    @Test(arguments: secrets.map(\.text) + innocent) func twiceIsOnce(_ text: String) {
        let once = SecretScrubber.scrub(text)
        #expect(SecretScrubber.scrub(once) == once)
    }

    @Test func aDigestIsShortened() {
        let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        #expect(SecretScrubber.scrub("nginx@sha256:\(digest)") == "nginx@sha256:9f86d081884c***")
        #expect(SecretScrubber.scrub("containerd://\(digest) ended") == "containerd://9f86d081884c*** ended")
        #expect(SecretScrubber.scrub("the key \(digest)") == "the key ***")
    }

    @Test func aKeyAcrossLinesOfALogBecomesOneLine() {
        let log = ["starting", "-----BEGIN EC PRIVATE KEY-----", "MHcCAQEE", "abc=", "-----END EC PRIVATE KEY-----", "failed"]
        #expect(SecretScrubber.scrub(lines: log) == ["starting", "***", "failed"])
        #expect(SecretScrubber.scrub(lines: []) == [])
        #expect(SecretScrubber.scrub(lines: ["", "a", ""]) == ["", "a", ""])
    }

    @Test func nothingIsLostOfStrangeText() {
        for text in ["", "\0", "@", "://", "=", "password=", "password:\n", "Bearer ", "\u{FEFF}", "\r\n", "é@ü", "🙂=🙂"] {
            #expect(SecretScrubber.scrub(text) == text)
        }
    }
}
