import AutomatonCore
import Foundation
import Testing

@testable import Simulation

/// The simulation can fail: it finds each guard that is broken.
@Suite struct MutantTests {
    static let hours = 24

    // One after the other, as they are computed: those that only waited for it would keep other tests from running.
    @Test(.serialized, arguments: Mutant.all) func isKilled(_ mutant: Mutant) async throws {
        for seed in mutant.seeds {
            let violation = try await aside {
                let simulation = mutant.simulation(seed, hours: Self.hours)
                return simulation.play(simulation.script, distortion: mutant.distortion).violation
            }
            #expect(violation?.invariant == mutant.finder, "\(mutant), seed \(seed): \(violation.map { "\($0)" } ?? "survived")")
        }
    }

    /// The page says which seeds kill which; it must not be out of date.
    @Test func pageListsThem() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/simulation.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        for mutant in Mutant.all {
            let row = "| \(mutant.name) | \(mutant.finder) | \(mutant.seeds.map(String.init).joined(separator: ", ")) |"
            #expect(text.contains(row), "docs/simulation.md lacks the row: \(row)")
        }
    }

    /// Finds seeds for the table: `FIND_MUTANTS=40` tries as many; `FIND_MUTANT=stale,budget` only those with one
    /// of the words in their name.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["FIND_MUTANTS"] != nil)) func findSeeds() {
        let most = ProcessInfo.processInfo.environment["FIND_MUTANTS"].flatMap { UInt64($0) } ?? 20
        let words = (ProcessInfo.processInfo.environment["FIND_MUTANT"] ?? "").split(separator: ",").map(String.init)
        for mutant in Mutant.all where words.isEmpty || words.contains(where: { mutant.name.contains($0) }) {
            var killers: [UInt64] = []
            var others: [String] = []
            for seed in 1...most where killers.count < 2 {
                let simulation = mutant.simulation(seed, hours: Self.hours)
                let violation = simulation.play(simulation.script, distortion: mutant.distortion).violation
                if let violation, violation.invariant == mutant.finder {
                    killers.append(seed)
                    print("MUTANT \(mutant.name): seed \(seed), \((violation.at - Stage.beginning).readable)")
                    fflush(nil)
                } else {
                    others.append("\(seed): \(violation.map { "\($0)" } ?? "survived")")
                }
            }
            print("MUTANT | \(mutant.name) | \(mutant.finder) | \(killers) others \(others)")
        }
    }
}
