import Foundation
import Testing

/// `scripts/acceptance.sh`, which a person runs who has a cluster.
@Suite("Acceptance script", .timeLimit(.minutes(20)))
struct AcceptanceTests {
    private static let script = ManifestsTests.repository + "/scripts/acceptance.sh"

    @Test(
        "It says what is missing before it touches anything",
        arguments: [
            ([], "", "TEST_KUBECONFIG has to name the kubeconfig"),
            (["--imagine"], "/dev/null", "Unknown option --imagine"),
            (["--image"], "/dev/null", "--image takes a value"),
            (["--image", "registry.example.com:5000/automaton"], "/dev/null", "name its tag or digest"),
            (["--program", "/nowhere/automaton"], "/dev/null", "/nowhere/automaton is missing"),
        ])
    func refusals(_ arguments: [String], _ kubeconfig: String, _ words: String) async throws {
        let said = try await Command.run("/usr/bin/env", ["TEST_KUBECONFIG=\(kubeconfig)", Self.script] + arguments)
        #expect(said.status == 64 && said.said.contains(words), "\(said)")
    }

    @Test("It says how it is used, with every option that it takes")
    func help() async throws {
        let said = try await Command.run(Self.script, ["--help"])
        #expect(said.status == 0)
        let text = try String(contentsOfFile: Self.script, encoding: .utf8)
        let taken = Set(text.matches(of: /\n    (--[a-z| -]+)\)/).flatMap { $0.1.split(separator: " | ").map(String.init) })
        #expect(taken.count >= 5)
        for option in taken { #expect(said.said.contains(option), "\(option)") }
    }

    @Test("The steps of the script are those of the document, in its order")
    func document() throws {
        let text = try String(contentsOfFile: Self.script, encoding: .utf8)
        let document = try String(contentsOfFile: ManifestsTests.repository + "/docs/acceptance.md", encoding: .utf8)
        let steps = text.matches(of: #/\nsay "([1-9])\. /#).map { String($0.1) }
        let sections = document.matches(of: #/\n## ([1-9])\. /#).map { String($0.1) }
        #expect(!steps.isEmpty && steps == sections)
    }

    @Test(
        "A real cluster is accepted",
        .enabled(if: RemoteCluster.realKubeconfig != nil && Command.kubectl != nil, "TEST_KUBECONFIG is not set, or kubectl is missing"))
    func real() async throws {
        let namespace = "self-healing-acceptance-\(UInt32.random(in: .min ... .max))"
        let said = try await Command.run(
            Self.script, ["--program", try Program.executable().path, "--namespace", namespace])
        #expect(said.status == 0 && said.said.contains("Accepted"), "\(said.said)")
    }
}
