import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// The simulated API server answers as the real one did in the recordings under `Corpus`.
@Suite struct ConformanceTests {
    /// How many times faster than recorded. A busy machine delays what the client does and not what the server does meanwhile, so what
    /// differs is tried again with more time between.
    private static let timeScales = [10.0, 5, 2]

    @Test(
        arguments: [
            "deployments", "discovery", "errors", "events", "eviction", "leases", "owner-references", "pods-list-watch",
        ])
    func answersAsRecorded(scenario: String) async throws {
        let exchanges = try RecordedExchange.load(scenario)
        let excused = OutOfScope.exchanges[scenario] ?? [:]
        var differences: [String: String] = [:]
        for timeScale in Self.timeScales {
            differences = try await replay(exchanges, of: scenario, timeScale)
            if Set(differences.keys) == Set(excused.keys) { return }
        }
        for (name, difference) in differences.sorted(by: { $0.key < $1.key }) where excused[name] == nil {
            Issue.record("\(scenario) \(name): \(difference)")
        }
        // An excuse that is not needed any more goes.
        for name in excused.keys.sorted() where differences[name] == nil {
            Issue.record("\(scenario) \(name) agrees, but is listed as out of scope")
        }
    }

    private func replay(_ exchanges: [RecordedExchange], of scenario: String, _ timeScale: Double) async throws -> [String: String] {
        let nodes = (1...3).map { SimulatedNode(name: "node-\($0)", memory: ByteQuantity(bytes: 16 << 30), cores: 8) }
        var controllers: [any Controller] = [NamespaceLifecycle(), DisruptionController(), LeaseController()]
        // The pods of that recording are on a node without a kubelet, and what becomes of them is what the client does with them.
        if scenario != "pods-list-watch" { controllers.append(World(World.Configuration(nodes: nodes))) }
        let replayer = try await withServer(controllers: controllers, timeScale: timeScale) { server in
            var replayer = Replayer(client: server.client, timeScale: timeScale)
            try await replayer.replay(exchanges)
            return replayer
        }
        #expect(replayer.compared == exchanges.count)
        return replayer.differences
    }
}
