import AutomatonCore
import Testing

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("email-*", "email-service", true), ("email-*", "email-", true), ("email-*", "sms-service", false), ("*", "", true),
        ("?", "", false), ("?", "é", true), ("a*b*c", "a1b2bc", true), ("a*b*c", "a1b2bd", false), ("*-dlq", "x-dlq-dlq", true),
        ("email", "email", true), ("email", "email-service", false), ("**", "x", true), ("e?ail", "email", true),
        ("a*", "ba", false), ("a*c", "ac", true), ("a*c", "a", false), ("aa*a", "aa", false), ("a*b*c", "acb", false),
        ("a*b*b", "ab", false), ("A", "a", false), ("a**b", "ab", true),
    ])
    func matches(_ pattern: String, _ name: String, _ expected: Bool) { #expect(NamePattern(pattern).matches(name) == expected) }

    @Test func hostilePatternEndsSoon() {
        let pattern = NamePattern(String(repeating: "*a", count: 100) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 249)))
    }
}
