import AutomatonCore
import SeededRandom
import Testing

@testable import Rules

@Suite struct FixFileTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let catalog = Subject(.deployment, namespace: "production", name: "catalog")

    private func problems(_ text: String) -> [String] {
        do {
            _ = try FixFile.fixes(in: text, file: "fixes.yaml", now: Self.now)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("It is written so that people can read it, and read back as it was")
    func text() throws {
        let fix = Fix(
            Self.catalog, container: "catalog", .memory(limit: ByteQuantity(bytes: 2 << 30), request: ByteQuantity(bytes: 1 << 30)),
            before: .memory(limit: ByteQuantity(bytes: 1 << 30), request: nil), at: Self.now,
            origin: Fix.Origin(
                rule: "oom-killed", remediation: "raise-memory", incident: IncidentID("20270115T080000Z-0a1b2c3d"),
                attempt: AttemptID("4f1c9a02-17")))
        let text = FixFile.text([fix], head: "Kept.")
        #expect(
            text == """
                # Kept.
                fixes:
                  - namespace: production
                    resource: deployment/catalog
                    container: catalog
                    type: memory
                    value: 2Gi
                    request: 1Gi
                    before: 1Gi
                    timestamp: "2027-01-15T08:00:00.000Z"
                    rule: oom-killed
                    remediation: raise-memory
                    incident: "20270115T080000Z-0a1b2c3d"
                    attempt: "4f1c9a02-17"

                """)
        #expect(try FixFile.fixes(in: text, file: "f", now: Self.now) == [fix])
        let brought = FixFile.text([fix.imported], head: "Kept.")
        #expect(brought == text.replacing("    rule: oom-killed", with: "    imported: true\n    rule: oom-killed"))
        #expect(try FixFile.fixes(in: brought, file: "f", now: Self.now) == [fix.imported])
        #expect(FixFile.text([]).hasSuffix("\nfixes: []\n"))
        for empty in ["", "fixes: []\n", "fixes:\n", "# nothing\n"] {
            #expect(try FixFile.fixes(in: empty, file: "f", now: Self.now).isEmpty)
        }
    }

    @Test("Whatever is kept is read back as it was", arguments: 0..<200)
    func roundTrip(_ seed: UInt64) throws {
        var random = SplitMix64(seed)
        let names = ["catalog", "on", "null", "1", "0x1f", "1e3", "a.b", "y", "007", "12"]
        let words = ["oom-killed", "~", "- x", "#", "a:b", "\"", "\\", "'", "{}", "*a", "&a", "!", "true"]
        var fixes: [FixKey: Fix] = [:]
        for _ in 0..<10 {
            let size = ByteQuantity(bytes: Int64.random(in: 1...(1 << 40), using: &random))
            let at = Self.now - .milliseconds(Int.random(in: 0...1_000_000_000, using: &random))
            let origin = Fix.Origin(
                rule: words.randomElement(using: &random)?.replacing(" ", with: ""),
                attempt: words.randomElement(using: &random).map {
                    AttemptID($0.replacing(" ", with: ""))
                })
            let name = names.randomElement(using: &random) ?? ""
            let fix: Fix =
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    Fix(
                        Subject(.statefulSet, namespace: "on", name: name), container: name.replacing(".", with: "-"),
                        .memory(limit: size, request: Bool.random(using: &random) ? size : nil), at: at, origin: origin)
                case 1:
                    Fix(
                        Subject(.deployment, namespace: "1", name: name), .replicas(Int.random(in: 1...99, using: &random)), at: at,
                        origin: origin)
                default: Fix(Subject(.volume, namespace: "true", name: name), .storage(size), at: at, origin: origin)
                }
            fixes[fix.key] = Bool.random(using: &random) ? fix : fix.imported
        }
        let sorted = fixes.values.sorted { $0.key < $1.key }
        let text = FixFile.text(sorted)
        #expect(try FixFile.fixes(in: text, file: "f", now: Self.now) == sorted, "\(text)")
        #expect(FixFile.text(sorted.shuffled(using: &random)) == text)
    }

    private static let good = """
        fixes:
          - namespace: production
            resource: deployment/catalog
            type: replicas
            value: 4
            timestamp: "2026-03-01T12:00:00Z"

        """

    @Test("Every error has its line, and says what would be right")
    func errors() {
        #expect(problems(Self.good).isEmpty)
        func with(_ old: String, _ new: String) -> [String] { problems(Self.good.replacing(old, with: new)) }
        #expect(with("value: 4", "valeu: 4").first?.hasPrefix("fixes.yaml:5:5: unknown key 'valeu'; did you mean 'value'?") == true)
        #expect(
            with("value: 4", "value: many").first?.hasPrefix("fixes.yaml:5:12: value 'many' is no number of replicas; write a whole number")
                == true)
        #expect(with("value: 4", "value: 0").count == 1)
        #expect(with("    value: 4\n", "").first?.hasPrefix("fixes.yaml:2:5: value is missing; write a whole number") == true)
        #expect(with("replicas", "replica").first?.contains("did you mean 'replicas'?") == true)
        #expect(with("deployment/catalog", "daemonset/catalog").first?.contains("has no replicas to keep; write KIND/NAME") == true)
        #expect(with("deployment/catalog", "deployment/../secrets").first?.hasPrefix("fixes.yaml:3:15:") == true)
        #expect(with("namespace: production", "namespace: Production").first?.contains("is not the name of a namespace") == true)
        #expect(with("2026-03-01T12:00:00Z", "yesterday").first?.contains("'yesterday' is no time") == true)
        #expect(with("2026-03-01T12:00:00Z", "2036-03-01T12:00:00Z").first?.contains("is yet to come") == true)
        #expect(
            with("    type: replicas\n", "    type: replicas\n    container: app\n").first?.contains("is of no use for replicas") == true)
        #expect(
            with("    type: replicas\n    value: 4", "    type: memory\n    value: 2Gi").first?.contains("container is missing") == true)
        #expect(
            with("    type: replicas\n    value: 4", "    type: memory\n    container: a\n    value: 1Gi\n    request: 2Gi").first?
                .contains("(2Gi) is above value (1Gi)") == true)
        #expect(
            with("value: 4", "value: 4\n    imported: maybe").first?.hasPrefix(
                "fixes.yaml:6:15: imported 'maybe' is neither true nor false; write true, or leave it out") == true)
        #expect(with("fixes:", "fix:").count == 2)
        #expect(problems("fixes: 3\n") == ["fixes.yaml:1:8: fixes must be a list, not '3'"])
        #expect(problems("- a\n").count == 1 && problems("fixes: [3]\n").count == 1 && problems("fixes: [\n").count == 1)
        let twice = Self.good + String(Self.good.dropFirst("fixes:\n".count))
        #expect(problems(twice).first?.contains("is kept a second time; the first is on line 2") == true)
        // All of them at once.
        #expect(with("value: 4", "valeu: 4").count + problems("fixes: [{}, {}]\n").count == 3)
    }
}
