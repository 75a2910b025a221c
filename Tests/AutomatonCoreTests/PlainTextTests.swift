import SeededRandom
import Testing

@testable import AutomatonCore

/// Text that comes from anywhere, made fit to be kept and shown.
@Suite struct PlainTextTests {
    /// What is the same for people and for who looks for secrets.
    @Test(
        arguments: [
            ("a\nb\n", "a\nb\n"), ("a\r\nb\r\n", "a\nb\n"), ("10 %\r20 %\r", "10 %\n20 %\n"), ("a\r\r\nb", "a\n\nb"),
            ("\tat x", "    at x"),
            ("a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f", "a\nb\nc\nd\ne\nf"), ("a\u{A0}b\u{3000}c", "a b c"), ("", ""),
            ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("\u{1B}]0;title\u{07}x", "x"), ("\u{1B}]0;title\u{1B}\\x", "x"),
            ("\u{1B}]0;title\u{1B}[31mx", "[31mx"), ("\u{1B}[31\nx", "\nx"), ("\u{1B}]never ends\nx", "\nx"), ("a\u{1B}", "a"),
            ("a\u{1B}[", "a"), ("a\u{1B}\u{1B}[0mb", "ab"), ("pass\u{1B}[1mword=x", "password=x"), ("a\u{202E}b\u{200B}c\u{FEFF}", "abc"),
            ("a\u{E0041}\u{AD}b", "ab"), ("é e\u{301} 日本 🙂", "é e\u{301} 日本 🙂"),
        ])
    func withoutCommands(text: String, expected: String) {
        #expect(PlainText.bare.lines(text) == expected)
        #expect(PlainText.shown.lines(text) == expected)
    }

    @Test func peopleAreShownThatSomethingWasThere() {
        #expect(PlainText.shown.lines("a\u{0}b\u{7F}c\u{9B}d\u{E000}e") == "a b c d\u{FFFD}e")
        #expect(PlainText.shown.line("👩\u{200D}👧 ❤\u{FE0F} a\u{3164}b") == "👩\u{200D}👧 ❤\u{FE0F} a b")
    }

    @Test func nothingHidesASecret() {
        #expect(PlainText.bare.lines("a\u{0}b\u{7F}c\u{9B}d\u{E000}e") == "abcde")
        #expect(PlainText.bare.line("pass\u{200D}wo\u{FE0F}r\u{3164}d\u{34F}=\u{E0100}x") == "password=x")
    }

    @Test func oneLine() {
        #expect(PlainText.bare.line("a\n  b\r\nc\u{1B}[0m \td") == "a   b c  d")
        #expect(PlainText.shown.line(" a\n  b\r\nc\u{1B}[0m \td ", atMost: 100) == "a b c d")
        #expect(PlainText.shown.line("12345", atMost: 5) == "12345")
        #expect(PlainText.shown.line("123456", atMost: 5) == "1234…")
        #expect(PlainText.shown.line("1234   ", atMost: 4) == "1234")
        #expect(PlainText.shown.line("123 56", atMost: 5) == "123 …")
        #expect(PlainText.shown.line("x", atMost: 0) == "")
        // A letter can carry thousands of marks.
        #expect(PlainText.shown.line("e" + String(repeating: "\u{301}", count: 5000), atMost: 10).unicodeScalars.count == 10)
        #expect(PlainText.beginning("e" + String(repeating: "\u{301}", count: 5000), 10).unicodeScalars.count == 10)
    }

    @Test func holdsForAnything() {
        var random = SplitMix64(11, "plain text")
        let parts = [
            "\u{1B}[", "\u{1B}]", "\u{1B}", "\u{7}", "\\", "m", "\n", "\r", "\t", " ", "a", "é", "\u{301}", "\u{202E}", "\u{200D}",
            "\u{E000}",
            "\u{85}", "\u{0}", "\u{9B}", "🙂", "\u{FE0F}", "\u{E0041}", "\u{10FFFF}",
        ]
        for _ in 0..<1000 {
            let text = (0..<Int.random(in: 0..<60, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let limit = Int.random(in: 0...40, using: &random)
            for style in [PlainText.shown, .bare] {
                let (lines, line, words) = (style.lines(text), style.line(text), style.line(text, atMost: limit))
                for scalar in (lines + line + words).unicodeScalars where scalar != "\n" && scalar.value != 0x200D {
                    #expect(
                        ![.control, .format, .privateUse, .lineSeparator].contains(scalar.properties.generalCategory),
                        "\(text.debugDescription)")
                }
                #expect(!(line + words).contains("\n") && words.unicodeScalars.count <= limit)
                #expect(!words.contains("  ") && !words.hasPrefix(" "))
                // Nothing that is left makes something new.
                #expect(style.lines(lines) == lines && style.line(line) == line && style.line(words, atMost: limit) == words.trimmed)
                let all = style.line(text, atMost: .max)
                #expect(
                    style.line(lines).unicodeScalars.split(separator: " ").elementsEqual(all.unicodeScalars.split(separator: " ")) {
                        $0.elementsEqual($1)
                    })
            }
        }
    }
}

extension String {
    /// Without spaces at its end.
    fileprivate var trimmed: String { unicodeScalars.lastIndex { $0 != " " }.map { String(self[...$0]) } ?? "" }
}
