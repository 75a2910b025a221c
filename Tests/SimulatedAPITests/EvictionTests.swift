import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// The port of evictions against the API, with its disruption budgets.
@Suite struct EvictionTests {
    private static let pods = "/api/v1/namespaces/production/pods"
    private static let budgets = "/apis/policy/v1/namespaces/production/poddisruptionbudgets"

    private func withWeb(_ body: @Sendable (ServerFixture, KubernetesEvictions, [PodRow]) async throws -> Void) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02)), DisruptionController()]) { server in
            try await server.cluster.write { store, now in
                _ = try store.deploy(WorkloadBlueprint("web", replicas: 2), in: "production", at: now)
            }
            #expect(
                await eventually {
                    await server.cluster.read { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false }
                })
            let http = try HTTPClient()
            let port = KubernetesEvictions(
                KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http, retry: .never))
            var rows: [PodRow] = []
            for name in try await names(server) { rows.append(try await port.pod(name, inNamespace: "production")) }
            try await body(server, port, rows)
            await http.shutdown()
        }
    }

    private func names(_ server: ServerFixture) async throws -> [String] {
        try await server.client.get(Self.pods).json["items"]?.array?.compactMap { $0["metadata", "name"]?.string }.sorted() ?? []
    }

    private func eviction(_ row: PodRow) -> PodEviction.Pod { .init(name: row.name, uid: row.uid) }

    /// Why it failed: the error's case, and its words.
    private func failure(_ body: () async throws -> Void) async -> (kind: String, text: String) {
        do { try await body() } catch {
            guard let error = error as? PortError else { return ("another", "\(error)") }
            let kind =
                switch error {
                case .notFound: "not found"
                case .conflict: "conflict"
                case .refused: "refused"
                case .unavailable: "unavailable"
                case .outcomeUnknown: "unknown"
                }
            return (kind, error.description)
        }
        return ("none", "")
    }

    private func budget(_ name: String, minAvailable: JSON) -> JSON {
        [
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": ["name": .string(name)],
            "spec": ["minAvailable": minAvailable, "selector": ["matchLabels": ["app": "web"]]],
        ]
    }

    @Test func aNewPodTakesItsPlace() async throws {
        try await withWeb { server, port, rows in
            let first = try #require(rows.first)
            #expect(rows.count == 2 && first.isReady && first.controller?.kind == "ReplicaSet")
            try await port.evict(eviction(first), inNamespace: "production")
            let isReplaced = await eventually {
                let names = (try? await names(server)) ?? []
                return names.count == 2 && !names.contains(first.name)
            }
            #expect(isReplaced)
            #expect(await failure { try await port.evict(eviction(first), inNamespace: "production") }.kind == "not found")
            #expect(await failure { _ = try await port.pod(first.name, inNamespace: "production") }.kind == "not found")
        }
    }

    @Test func whatABudgetForbidsMayBeAskedForAgain() async throws {
        try await withWeb { server, port, rows in
            let first = try #require(rows.first)
            #expect(try await server.client.post(Self.budgets, budget("web", minAvailable: 2)).status == 201)
            let (kind, why) = await failure { try await port.evict(eviction(first), inNamespace: "production") }
            #expect(kind == "unavailable")
            #expect(why.contains("a disruption budget forbids it: The disruption budget web needs 2 healthy pods and has 2 currently"))
            #expect(
                try await server.client.patch("\(Self.budgets)/web", ["spec": ["minAvailable": 1]], type: "merge-patch+json").status == 200)
            let isEvicted = await eventually { (try? await port.evict(eviction(first), inNamespace: "production")) != nil }
            #expect(isEvicted)
        }
    }

    @Test func twoBudgetsAreARefusal() async throws {
        try await withWeb { server, port, rows in
            for name in ["one", "two"] {
                let made = try await server.client.post(Self.budgets, budget(name, minAvailable: 1))
                #expect(made.status == 201)
            }
            let (kind, why) = await failure { try await port.evict(eviction(rows[0]), inNamespace: "production") }
            #expect(kind == "refused")
            #expect(why == "pod production/\(rows[0].name) has more than one PodDisruptionBudget: the API server evicts no such pod")
        }
    }

    @Test func anotherPodOfItsNameStays() async throws {
        try await withWeb { server, port, rows in
            let other = PodEviction.Pod(name: rows[0].name, uid: "00000000-0000-0000-0000-000000000000")
            #expect(await failure { try await port.evict(other, inNamespace: "production") }.kind == "conflict")
            let left = try await names(server)
            #expect(left == rows.map(\.name))
        }
    }
}
