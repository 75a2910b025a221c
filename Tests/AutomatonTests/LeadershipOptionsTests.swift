import ArgumentParser
import Engine
import KubernetesClient
import Testing

@testable import automaton

/// Whether the command line asks for an election, and for which Lease.
@Suite("Options of the leadership")
struct LeadershipOptionsTests {
    static let pod = ClusterConfiguration(server: "https://10.0.0.1", namespace: "ops", podNamespace: "ops")
    static let outside = ClusterConfiguration(server: "https://10.0.0.1", namespace: "staging")

    func settings(_ arguments: [String], _ cluster: ClusterConfiguration, _ environment: [String: String] = [:]) throws -> Election
        .Settings?
    {
        try LeadershipOptions.parse(arguments).election(in: cluster, run: "r1", environment: environment, host: "box")
    }

    @Test("On in a pod, off with a kubeconfig, and as one says")
    func defaults() throws {
        let own = try #require(try settings([], Self.pod, ["POD_NAME": "healer-7c9-x2"]))
        #expect(own.name == "self-healing-automaton" && own.namespace == "ops" && own.identity == "healer-7c9-x2_r1")
        #expect(own.lease == .seconds(15) && own.renewDeadline == .seconds(10) && own.retry == .seconds(2))
        #expect(try settings([], Self.outside) == nil)
        #expect(try settings(["--no-leader-election"], Self.pod) == nil)
        let asked = try #require(try settings(["--leader-election"], Self.outside))
        #expect(asked.namespace == "staging" && asked.identity == "box_r1")
    }

    @Test("Names as one says")
    func names() throws {
        let arguments = ["--leader-election", "--lease-name", "healer.blue", "--lease-namespace", "locks", "--identity", "left"]
        let own = try #require(try settings(arguments, Self.pod, ["POD_NAME": "pod"]))
        #expect(own.name == "healer.blue" && own.namespace == "locks" && own.identity == "left_r1")
        #expect(try settings([], Self.pod, ["POD_NAME": ""])?.identity == "box_r1")
    }

    @Test(
        "What cannot be a name is refused",
        arguments: [
            ["--lease-name", "Leader"], ["--lease-name", "a..b"], ["--lease-name", ""], ["--lease-namespace", "a/b"], ["--identity", ""],
            ["--identity", "two words"], ["--leader-election=yes"],
        ])
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try LeadershipOptions.parse(arguments) }
    }
}
