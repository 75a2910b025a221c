import SeededRandom
import AutomatonCore
import Testing

@testable import Rules

@Suite struct RuleFuzzTests {

    private static let fragments: [[UInt8]] = [
        "&a ", "*a", "!!int ", "? ", ": ", "- ", "[", "]", "{", "}", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "#", "'", "\"", "\\",
        "$(", "$$",
        "<<: ", "\t", "\r\n", "\u{FEFF}", "null", "~", "yes", "1e999", "-", "999999999999999999999", "\u{85}", "é", "name: x\n", "\\ud800",
    ].map { Array($0.utf8) }

    private static func mutated(_ text: String, with random: inout SplitMix64) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...max(0, bytes.count - 1), using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(place..<end)
            case 1: bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: place)
            case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            case 3: bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            case 4: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            default: bytes.removeSubrange(end...)
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8) func mutationsLoadOrAreToldWithALine(_ seed: Int) {
        var random = SplitMix64(UInt64(seed))
        var loaded = 0
        var refused = 0
        for _ in 0..<200 {
            let file = SourceFile(path: "r.yaml", bytes: Self.mutated(RuleLoaderTests.full, with: &random))
            do {
                let ruleset = try RuleLoader.fake.load([file], thresholds: Thresholds())
                loaded += 1
                #expect(!ruleset.rules.isEmpty && ruleset.rules.allSatisfy { !$0.tiers.isEmpty && ruleset.checks[$0.check] != nil })
                #expect(ruleset.rules.allSatisfy { $0.remediations.count == ruleset.remediations[$0.name]?.count })
            } catch {
                refused += 1
                let lines = file.bytes.count { $0 == 0x0A || $0 == 0x0D || $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 } + 2
                for problem in error.problems {
                    let line = problem.line ?? 0
                    #expect((1...lines).contains(line), "\(problem) of \(lines) lines")
                    #expect(problem.file == "r.yaml" && !problem.message.isEmpty && problem.message.utf8.count < 1500)
                }
            }
        }
        #expect(refused > 50 && loaded > 0, "\(refused) refused, \(loaded) loaded")
    }

    @Test(arguments: 0..<4) func mutatedThresholdFilesLoadOrAreTold(_ seed: Int) {
        var random = SplitMix64(UInt64(seed) &+ 1000)
        let texts = [
            "KAFKA_LAG_THRESHOLD=20000\nMAX_MEMORY=4Gi\n# x\nDRY_RUN=true\n",
            "KAFKA_LAG_THRESHOLD: 20000\nMAX_MEMORY: 4Gi\nDRY_RUN: true\n",
            "kind: ConfigMap\ndata:\n  COOLDOWN: 6m\n  DELAY_LOW: 2h\n",
        ]
        let loader = ThresholdLoader(path: "t")
        for round in 0..<150 {
            let bytes = Self.mutated(texts[round % texts.count], with: &random)
            let (values, problems) = loader.read(MountedSource.Content(files: [SourceFile(path: "t", bytes: bytes)]))
            // What could not be read is the default, so that what comes out is always within its range.
            for threshold in Threshold.all {
                var scratch = Thresholds()
                #expect(threshold.read(threshold.text(in: values), into: &scratch), "\(threshold.key)")
            }
            #expect(problems.allSatisfy { $0.file == "t" && !$0.message.isEmpty })
        }
    }
}
