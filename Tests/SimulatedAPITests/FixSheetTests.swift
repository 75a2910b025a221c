import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// Fixes in a ConfigMap, behind the API server.
@Suite("Fix sheets", .timeLimit(.minutes(5)))
struct FixSheetTests {
    private static let path = "/api/v1/namespaces/ops/configmaps"

    private func with(
        data: JSON? = nil, _ body: @Sendable (KubernetesFixSheets, ServerFixture) async throws -> Void
    ) async throws {
        try await withServer { server in
            _ = try await server.client.post(
                "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "ops"]])
            var object: JSON = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "kept", "labels": ["team": "shop"]],
            ]
            if let data { object["data"] = data }
            _ = try await server.client.post(Self.path, object)
            let http = try HTTPClient()
            let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http, retry: .never)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(KubernetesFixSheets(api, configMap: "kept", namespace: "ops"), server))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            try result.get()
        }
    }

    @Test("An empty one is read, written, and read as it was written; all else in it stays")
    func writes() async throws {
        try await with(data: ["notes": "mine"]) { sheets, server in
            let empty = try #require(try await sheets.read())
            #expect(empty.text == nil && empty.mark == nil)
            let text = "fixes:\n  - value: \"2Gi\" # ü\n"
            try await sheets.write(FixSheet(text: text, mark: "f-1=2", version: empty.version))
            let written = try #require(try await sheets.read())
            #expect(written.text == text && written.mark == "f-1=2" && written.version != empty.version)
            let object = await server.cluster.read { store in store.get(.configMaps, namespace: "ops", name: "kept") }
            #expect(object?["data", "notes"]?.string == "mine" && object?["metadata", "labels", "team"]?.string == "shop")
            // Somebody wrote since it was read.
            await #expect { try await sheets.write(FixSheet(text: "late", mark: "", version: empty.version)) } throws: { error in
                if case PortError.conflict = error { true } else { false }
            }
            #expect(try await sheets.read() == written)
            await #expect(throws: PortError.self) { try await sheets.write(FixSheet(text: "", mark: "", version: "")) }
        }
    }

    @Test("What is not there is none; what may not be read is refused, what fails is unavailable")
    func failures() async throws {
        try await with { sheets, server in
            _ = try await server.client.send("DELETE", Self.path + "/kept")
            #expect(try await sheets.read() == nil)
            await #expect { try await sheets.write(FixSheet(text: "", mark: "", version: "7")) } throws: { error in
                if case PortError.notFound = error { true } else { false }
            }
        }
        try await withServer(access: Access(tokens: ["t": Access.User(name: "reader", rules: [])])) { server in
            let http = try HTTPClient()
            let cluster = ClusterConfiguration(
                server: "http://127.0.0.1:\(server.client.port)",
                credentials: FixedCredential(Credential(authorization: Secret("Bearer t"))))
            let sheets = KubernetesFixSheets(KubernetesAPI(cluster, http: http, retry: .never), configMap: "kept", namespace: "ops")
            await #expect { _ = try await sheets.read() } throws: { error in
                if case PortError.refused(let why) = error { why.contains("may not get configmaps") } else { false }
            }
            await http.shutdown()
        }
    }
}
