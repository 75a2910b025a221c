import SeededRandom
import Testing

@testable import Checks

@Suite("Patterns on labels") struct LabelPatternTests {
    @Test(
        "The whole value, as RE2 has it",
        arguments: [
            ("critical|page", "page", true), ("critical|page", "pages", false), ("critical|page", "", false), ("", "", true),
            ("", "a", false),
            ("|a", "", true), ("a.c", "abc", true), ("a.c", "a\nc", false), ("a.c", "a\u{1F600}c", true), ("a.c", "ae\u{301}c", false),
            ("(?:ab)+", "abab", true), ("(ab)+", "aba", false), ("a{2}", "aa", true), ("a{2}", "aaa", false), ("a{2,}", "aaaaa", true),
            ("a{2,}", "a", false), ("a{0,2}b", "aab", true), ("a{0,2}b", "aaab", false), ("a{,2}", "a{,2}", true), ("a{x}", "a{x}", true),
            ("a{0}", "", true), ("[a-c]+", "abc", true), ("[^a-c]+", "abc", false), ("[^a-c]+", "xyz", true), ("[]a]+", "]a", true),
            ("[a-]+", "a-", true), (#"[\]\-x]+"#, "]-x", true), (#"[\d.]+"#, "1.2.3", true), (#"\d+\.\d+"#, "1x2", false),
            (#"\w+-\D*"#, "shop-web", true), (#"a\sb"#, "a\tb", true), (#"\S+"#, "a b", false), ("^a$", "a", true), ("a^b", "ab", false),
            ("a$b", "ab", false), (#"\Aa\z"#, "a", true), ("^*a", "a", true), ("(?i)Critical", "cRITICAL", true),
            ("(?i)[^a-z]", "A", false), ("(?i)[a-z]+", "AbC", true), ("critical", "Critical", false), ("(a*)*", "aaa", true),
            ("(a*)+b", "b", true), ("(|a)+", "aa", true), ("a+?", "aa", true), (".*", "", true), ("()", "", true), ("(a|b|)c", "c", true),
            ("prod-[0-9]{1,3}", "prod-42", true), ("prod-[0-9]{1,3}", "prod-4242", false), ("ü", "u\u{308}", false), ("ü", "ü", true),
        ])
    func matches(_ pattern: String, _ value: String, _ isMatch: Bool) throws {
        #expect(try LabelPattern(pattern).matches(value) == isMatch)
    }

    @Test(
        "What is not understood is refused, and named",
        arguments: [
            ("(?=a)", "(?=a"), ("(?<n>a)", "(?<n"), ("a(?i)b", "(?i)"), ("(", "without its )"), (")", "without its ("),
            ("[a", "without its ]"),
            ("[", "without its ]"), ("[[:alpha:]]", "[:"), (#"\bx"#, #"\b"#), (#"(a)\1"#, #"\1"#), (#"\p{L}"#, #"\p"#),
            (#"a\"#, "backslash"),
            ("*a", "nothing before"), ("a|+", "nothing before"), ("a**", "repeats a repetition"), ("a{2}{3}", "repeats a repetition"),
            ("a{3,2}", "from 3 to 2"), ("[b-a]", "b-a"), (#"[\D]"#, "in [ ]"), (#"[a-\d]"#, "range"), ("a{1000000000}", "too large"),
            ("(((a{100}){100}){100}){100}", "too large"), ("((((a?){200}){200}){200})", "too large"),
            (String(repeating: "(", count: 60) + String(repeating: ")", count: 60), "groups"),
        ])
    func refused(_ pattern: String, _ word: String) {
        let flaw = #expect(throws: LabelPattern.Flaw.self) { _ = try LabelPattern(pattern) }
        #expect(flaw?.text.contains(word) == true, "\(flaw?.text ?? "")")
    }

    @Test("What is nothing may be repeated for ever", .timeLimit(.minutes(5)))
    func nothing() throws {
        #expect(try LabelPattern("((((a{0}){1000000}){1000000}){1000000})*").matches(""))
    }

    /// What takes a matcher that goes back longer than the universe lasts.
    @Test(
        "No pattern takes long on any value", .timeLimit(.minutes(5)),
        arguments: ["(a+)+$", "(a|a)*b", "(a*)*b", "((a?){20}){20}b", ".*.*.*.*.*=.*", "(.*a){20}", "(a|aa|aaa)+b", "(?i)(a+)+b"])
    func bounded(_ pattern: String) throws {
        let pattern = try LabelPattern(pattern)
        let value = String(repeating: "a", count: 4096)
        let clock = ContinuousClock()
        let took = clock.measure { #expect(!pattern.matches(value + "!")) }
        #expect(took < .seconds(20), "without optimisation, on a busy machine")
    }

    /// A pattern that both understand, and that means the same to both.
    struct Generator {
        var random: SplitMix64

        mutating func pattern(_ depth: Int = 3) -> String {
            (0..<Int.random(in: 1...2, using: &random)).map { _ in sequence(depth) }.joined(separator: "|")
        }

        private mutating func sequence(_ depth: Int) -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in piece(depth) }.joined()
        }

        private mutating func piece(_ depth: Int) -> String {
            let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "[a-c-]", #"\d"#, #"\."#, #"\W"#, #"[\db]"#]
            let atom =
                depth > 0 && Int.random(in: 0..<3, using: &random) == 0
                ? "(\(pattern(depth - 1)))" : atoms.randomElement(using: &random) ?? "a"
            return atom + (["", "", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?"].randomElement(using: &random) ?? "")
        }

        mutating func value() -> String {
            String((0..<Int.random(in: 0...6, using: &random)).map { _ in "abc1.-".randomElement(using: &random) ?? "a" })
        }
    }

    @Test("It says what Swift's own says", arguments: 0..<20 as Range<UInt64>)
    func agrees(_ seed: UInt64) throws {
        var generator = Generator(random: SplitMix64(seed))
        var (matched, compared) = (0, 0)
        for _ in 0..<20 {
            let text = generator.pattern()
            let own = try LabelPattern(text)
            let other = try Regex(text).matchingSemantics(.unicodeScalar)
            for _ in 0..<10 {
                let value = generator.value()
                let isMatch = try other.wholeMatch(in: value) != nil
                #expect(own.matches(value) == isMatch, "'\(text)' on '\(value)'")
                compared += 1
                matched += isMatch ? 1 : 0
            }
        }
        #expect(matched > compared / 50, "it compares matches, too")
    }
}
