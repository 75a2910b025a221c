import AutomatonCore
import Testing

@testable import Rules

@Suite struct YAMLTests {
    private func error(_ text: String) -> String? {
        do {
            _ = try YAMLNode.documents(in: text, file: "f")
            return nil
        } catch {
            return error.description
        }
    }

    @Test func billionLaughsAreRefusedAtOnce() {
        var values = "a0: &a0 [x, x]\n"
        var keys = "a0: &a0 [x, x]\n"
        for level in 1...60 {
            values += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
            // As keys they would be compared, which costs more than keeping them.
            keys += "a\(level): &a\(level)\n  ? [*a\(level - 1), *a\(level - 1)]\n  : x\n"
        }
        let clock = ContinuousClock()
        for text in [values, keys] {
            let taken = clock.measure { #expect(error(text)?.contains("too many aliases; aliases are not supported") == true) }
            #expect(taken < .seconds(60))
        }
    }

    @Test func fewAliasesAreRefusedWithTheirPlace() {
        #expect(error("a: &x [1]\nb: *x\n") == "f:1:4: anchors (&) and aliases (*) are not supported; write the value out")
        #expect(error("a: &x 1\n")?.hasPrefix("f:1:4: anchors") == true)
    }

    @Test func textWithStarsIsNoAlias() {
        let stars = String(repeating: "*bold* & more, ", count: 40)
        #expect(error("summary: a \(stars)\n") == nil)
        #expect(error("summary: 'R&D *a *b *c' # \(stars)\n") == nil)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "]) func deepNestingIsRefused(_ opening: String) {
        for depth in [26, 900, 1100, 20_000] {
            let text = String(repeating: opening, count: depth)
            let closed = text + String(repeating: opening == "[" ? "]" : opening == "{a: " ? "}" : "", count: depth)
            #expect(error(text) != nil)
            #expect(error(closed) != nil)
        }
    }

    @Test func manyValuesAreRefused() {
        #expect(error("[" + String(repeating: "a,", count: 20_001) + "]")?.contains("more than 20000 values") == true)
        #expect(error("[" + String(repeating: "a,", count: 10_000) + "]") == nil)
    }

    @Test func shortTextsAreReadWhole() throws {
        for length in 1...40 {
            let text = String(repeating: "x", count: length)
            let documents = try YAMLNode.documents(in: text, file: "f")
            #expect(documents.first?.plainText == text)
        }
    }

    @Test(arguments: [
        ("a", true), ("1", false), ("-1.5", false), ("1e3", false), ("+1", false), (".5", false), ("0x1F", false), ("0o17", false),
        ("1_000", false), ("1:30", false), ("10:20:30", false), (".inf", false), ("-.INF", false), (".NaN", false), ("1Gi", true),
        ("2026-03-01", true), ("1.2.3", true), ("yes", false), ("On", false), ("OFF", false), ("yEs", true), ("y", true), ("null", false),
        ("~", false), ("nullable", true), ("true", false), ("truest", true), ("5m", true),
    ]) func plainWordsAreTextsOnlyWhereEveryReaderAgrees(_ word: String, _ isText: Bool) throws {
        let node = try #require(try YAMLNode.documents(in: "v: \(word)", file: "f").first)
        guard case .mapping(let pairs) = node.content, let value = pairs.first?.value else {
            Issue.record("no mapping")
            return
        }
        #expect(((try? ScalarReading.text(value)) != nil) == isText)
        #expect((try? ScalarReading.text(YAMLNode(content: .scalar(word, .quoted), position: value.position))) == word)
    }

    @Test(arguments: [
        ("$(A)", "1", true), ("a$(A)b$(B)", "a1b2", false), ("$$(A)", "$(A)", false), ("$$$(A)", "$$(A)", false),
        ("$A $ $$", "$A $ $$", false),
        ("$(A)$(A)", "11", false), ("cost: 5$", "cost: 5$", false), ("$$($(B))", "$(2)", false),
    ]) func referencesAreReplaced(_ text: String, _ expected: String, _ isWhole: Bool) throws {
        let result = try Substitution(names: ["A": "1", "B": "2"]).replace(text)
        #expect(result.text == expected && result.isWhole == isWhole)
    }

    @Test(arguments: ["$(", "$(A", "$()", "$(C)", "x $(a) y", "$( A )"]) func brokenReferencesAreErrors(_ text: String) {
        #expect(throws: Substitution.Failure.self) { try Substitution(names: ["A": "1"]).replace(text) }
    }

    @Test func namesThatAreNearAreFound() {
        let known = ["raise-memory", "rollout-restart", "scale"]
        #expect(NearestName.of("raise_memory", among: known) == "raise-memory")
        #expect(NearestName.of("restart", among: known) == nil)
        #expect(NearestName.of("Scale", among: known) == "scale")
        #expect(NearestName.of("", among: known) == nil)
        #expect(NearestName.editDistance(Array("ab".utf8), Array("ba".utf8)) == 1)
        #expect(NearestName.editDistance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    }
}
