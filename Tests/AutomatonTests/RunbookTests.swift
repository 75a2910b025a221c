import ArgumentParser
import Foundation
import Testing

@testable import automaton

/// What the runbook tells people to type.
@Suite("Runbook")
struct RunbookTests {
    @Test("Every command of the automaton in it is one that the program takes")
    func commands() throws {
        let page = URL(fileURLWithPath: Program.shippedRules).deletingLastPathComponent().appendingPathComponent("docs/runbook.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        // Lines of the blocks, and what stands in the running text.
        var commands = text.split(separator: "\n").filter { $0.hasPrefix("automaton ") }.map(String.init)
        commands += text.matches(of: /`(automaton [^`]*)`/).map { String($0.1).replacing("\n", with: " ") }
        #expect(Set(commands).count >= 12)
        for command in commands {
            #expect(throws: Never.self, "\(command)") { try AutomatonCommand.parseAsRoot(Self.words(command)) }
        }
        #expect(throws: (any Error).self) { try AutomatonCommand.parseAsRoot(["decisions", "--sinse", "6h"]) }
    }

    /// The arguments as a shell gives them.
    static func words(_ command: String) -> [String] {
        command.matches(of: /"([^"]*)"|(\S+)/).dropFirst().map { String($0.1 ?? $0.2 ?? "") }
    }

    @Test("The dashboard is printed as one JSON object")
    func dashboard() async throws {
        let result = try await Program.run(["dashboard"])
        #expect(result.end == .exit(0))
        let shipped = URL(fileURLWithPath: Program.shippedRules).deletingLastPathComponent()
            .appendingPathComponent("k8s/grafana/self-healing-automaton.json")
        #expect(result.out == (try String(contentsOf: shipped, encoding: .utf8)))
    }
}
