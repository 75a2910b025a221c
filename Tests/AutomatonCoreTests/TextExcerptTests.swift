import SeededRandom
import Testing

@testable import AutomatonCore

/// What is kept of a text that somebody else wrote.
@Suite struct TextExcerptTests {
    private func tail(_ text: String, _ bounds: TextExcerpt = .log, isCut: Bool = false) -> [String] {
        bounds.tail(of: Array(text.utf8), isCut: isCut) { $0 }
    }

    @Test(
        arguments: [
            ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("\n\na\n\nb\n\n\n", ["a", "", "b"]), ("\tat x", ["    at x"]),
            ("a   \n", ["a"]), ("", []), ("\n \n", []), ("\u{1B}[31\nx", ["x"]), ("a\u{0}b\u{202E}c", ["abc"]),
        ])
    func linesAsTheyAreSeen(text: String, expected: [String]) { #expect(tail(text) == expected) }

    @Test func brokenUTF8IsShownAsSuch() {
        #expect(TextExcerpt.log.tail(of: [0x61, 0xFF, 0xC3, 0x0A, 0x62]) { $0 } == ["a\u{FFFD}\u{FFFD}", "b"])
    }

    @Test func theLastLinesAreKept() {
        let bounds = TextExcerpt(lines: 3, width: 5, bytes: 1000)
        #expect(tail("1\n2\n3\n4\n", bounds) == ["2", "3", "4"])
        #expect(tail("123456789", bounds) == ["1234…"])
        #expect(tail("12345", bounds) == ["12345"])
        #expect(tail("aaaa\nbbbb\ncccc", TextExcerpt(lines: 9, width: 9, bytes: 11)) == ["bbbb", "cccc"])
        // A letter can carry thousands of marks.
        #expect(tail("e" + String(repeating: "\u{301}", count: 5000), bounds).first?.unicodeScalars.count == 5)
    }

    /// A secret of which the server sent half is not known for one.
    @Test func anUnfinishedLineIsLeftOut() {
        #expect(tail("a\nb\nhalf", isCut: true) == ["a", "b"])
        #expect(tail("half", isCut: true) == ["half"])
    }

    /// It sees whole lines without escapes, and what it puts in is held to the bounds.
    @Test func scrubbedAsAWhole() {
        let secret = "-----BEGIN KEY-----\nabc\n-----END KEY-----"
        let bounds = TextExcerpt(lines: 50, width: 10, bytes: 1000)
        let text = "x\n\u{1B}[31m\(secret)\u{1B}[0m\ny"
        let kept = bounds.tail(of: Array(text.utf8)) { text in
            text.split(separator: "-----", omittingEmptySubsequences: false).count == 5
                ? "x\n[a key \u{1B}[5mof somebody]\ny" : text
        }
        #expect(kept == ["x", "[a key of…", "y"])
    }

    @Test func oneLine() {
        #expect(TextExcerpt.line.line(of: "a\n  b\r\nc\u{1B}[0m ") { $0 } == "a b c")
        #expect(TextExcerpt.line.line(of: String(repeating: "x", count: 9000)) { $0 }.count == 300)
    }

    @Test func boundsHoldForAnything() {
        var random = SplitMix64(7, "excerpt")
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<3000, using: &random)).map { _ -> UInt8 in
                random.chance(10) ? 0x0A : random.chance(10) ? 0x1B : UInt8.random(in: 0...255, using: &random)
            }
            let bounds = TextExcerpt(lines: 7, width: 40, bytes: 200)
            let kept = bounds.tail(of: bytes, isCut: random.chance(50)) { $0 }
            #expect(kept.count <= 7 && kept.reduce(0) { $0 + $1.utf8.count + 1 } <= 200)
            for line in kept {
                #expect(line.unicodeScalars.count <= 40)
                #expect(!line.unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) })
            }
        }
    }
}
