import AutomatonCore
import Checks
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// `metrics.k8s.io` of the simulated cluster, and the port that reads it.
@Suite struct MetricsTests {
    private static let path = "/apis/metrics.k8s.io/v1beta1/namespaces/production/pods"

    private func withShop(
        _ features: ClusterFeatures, access: Access = .open, _ body: @Sendable (ServerFixture) async throws -> Void
    ) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))], access: access, features: features) { server in
            try await server.cluster.write { store, now in
                let mebi: (Int64) -> ByteQuantity = { ByteQuantity(bytes: $0 << 20) }
                try store.deploy(
                    WorkloadBlueprint(
                        "mail", replicas: 2, memoryLimit: mebi(1024), memoryRequest: mebi(512),
                        podAnnotations: ["simulator/needs-memory": "960Mi", "simulator/after": "0s"]), in: "production", at: now)
                try store.deploy(
                    WorkloadBlueprint("web", replicas: 1, memoryLimit: mebi(512), memoryRequest: mebi(256)), in: "production", at: now)
                try store.deploy(WorkloadBlueprint("free", replicas: 1), in: "production", at: now)
            }
            let runs = await eventually {
                await server.cluster.read { store in
                    ["mail", "web", "free"].allSatisfy { store.get(.deployments, namespace: "production", name: $0)?.isRolledOut ?? false }
                }
            }
            #expect(runs)
            try await body(server)
        }
    }

    /// Measured every tenth of a second, so that no test has to wait.
    private static let measured = ClusterFeatures(metrics: .serving, metricsInterval: .milliseconds(100))

    @Test func listsAndGets() async throws {
        try await withShop(Self.measured) { server in
            let isMeasured = try await eventually { try await server.client.get(Self.path).json["items"]?.array?.count == 4 }
            #expect(isMeasured)
            let list = try await server.client.get(Self.path + "?labelSelector=app%3Dmail").json
            #expect(list["kind"] == "PodMetricsList" && list["apiVersion"] == "metrics.k8s.io/v1beta1" && list["metadata"] == [:])
            let items = list["items"]?.array ?? []
            #expect(items.count == 2)
            let item = try #require(items.first)
            #expect(item["kind"] == nil)
            #expect(item["containers", 0, "name"] == "mail")
            #expect(item["containers", 0, "usage", "memory"] == "983040Ki")
            #expect(item["window"] == "0.1s")
            #expect(item["timestamp"]?.string.flatMap { Instant(rfc3339: $0) } != nil)
            #expect(item["metadata", "labels", "app"] == "mail")
            let name = item["metadata", "name"]?.string ?? ""
            let one = try await server.client.get("\(Self.path)/\(name)").json
            #expect(one["kind"] == "PodMetrics" && one["containers"] == item["containers"])
            let missing = try await server.client.get("\(Self.path)/nope")
            #expect(missing.status == 404)
            let watch = try await server.client.get(Self.path + "?watch=true")
            #expect(watch.status == 405)
            let groups = try await server.client.get("/apis").json["groups"]?.array ?? []
            #expect(groups.contains { $0["preferredVersion", "groupVersion"] == "metrics.k8s.io/v1beta1" })
            let resources = try await server.client.get("/apis/metrics.k8s.io/v1beta1").json["resources"]?.array ?? []
            #expect(resources.map { $0["kind"] } == ["PodMetrics"] && resources.first?["verbs"] == ["get", "list"])
        }
    }

    @Test func aFreshPodIsNotMeasured() async throws {
        try await withShop(ClusterFeatures(metrics: .serving, metricsInterval: .hours(1))) { server in
            let pod = await server.cluster.read { $0.list(.pods, namespace: "production").first?.name ?? "" }
            let one = try await server.client.get("\(Self.path)/\(pod)")
            #expect(one.status == 404 && one.json["message"]?.string == "podmetrics.metrics.k8s.io \"production/\(pod)\" not found")
            #expect(try await server.client.get(Self.path).json["items"] == [])
            let port = try Self.memories(server)
            let readings = try await port.read(PodSelection(namespace: "production"))
            #expect(readings.count == 4)
            #expect(readings.allSatisfy { $0.workingSet == .unknown("metrics-server has measured nothing of the pod yet") })
            await Self.shutdown(port)
        }
    }

    @Test(arguments: [(ClusterFeatures.MetricsAPI.absent, 404, "404 page not found\n"), (.broken, 503, "service unavailable\n")])
    func absentAndBroken(api: ClusterFeatures.MetricsAPI, status: Int, text: String) async throws {
        try await withServer(features: ClusterFeatures(metrics: api)) { server in
            for path in [Self.path, "/apis/metrics.k8s.io/v1beta1"] {
                let answer = try await server.client.get(path)
                #expect(answer.status == status && answer.text == text)
            }
            // A group that is registered is listed all the same.
            #expect(try await server.client.get("/apis/metrics.k8s.io").status == (api == .broken ? 200 : 404))
            let port = try Self.memories(server)
            let error = await #expect(throws: PortError.self) { try await port.read(PodSelection(namespace: "production")) }
            switch (api, error) {
            case (.absent, .refused(let text)): #expect(text.contains("install metrics-server"))
            case (_, .unavailable(let text, _)): #expect(text.contains("registered but does not answer"))
            default: Issue.record("\(String(describing: error))")
            }
            await Self.shutdown(port)
        }
    }

    @Test func theMissingPermissionIsNamed() async throws {
        let access = Access(tokens: [
            "reader": Access.User(name: "reader", rules: [Access.Rule(verbs: ["list"], resources: ["pods"])])
        ])
        try await withServer(access: access, features: Self.measured) { server in
            let port = try Self.memories(server, token: "reader")
            let error = await #expect(throws: PortError.self) { try await port.read(PodSelection(namespace: "production")) }
            guard case .refused(let text) = error else { throw try #require(error) }
            #expect(text.contains("grant verb list on resource pods of apiGroup \"metrics.k8s.io\""))
            await Self.shutdown(port)
        }
    }

    /// The whole way: simulated cluster, API, port, check.
    @Test func theCheckSeesTheFullestWorkload() async throws {
        try await withShop(Self.measured) { server in
            let http = try HTTPClient()
            let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http, retry: .never)
            let now = server.cluster.now
            var environment = Environment(
                pods: KubernetesPods(api) { now }, workloads: KubernetesWorkloads(api), limits: { SafetyPolicy() },
                now: { [cluster = server.cluster] in cluster.now })
            // Pages of one, so that the list takes several.
            environment.memories = KubernetesMemories(api, namespace: "production", pageSize: 1)
            let check = try MemoryUsage(.init())
            let seen = try await eventually { [environment] in
                try await check.run(in: environment).allSatisfy { if case .seen = $0.observation { true } else { false } }
            }
            #expect(seen)
            let found = try await check.run(in: environment)
            #expect(found.map(\.subject.description) == ["free", "mail", "web"].map { "production/deployment/\($0)" })
            let used = found.map { finding -> Double? in
                guard case .seen(let evidence) = finding.observation else { return nil }
                return evidence.figure("used")
            }
            #expect(used == [nil, 93.8, 30])
            await http.shutdown()
        }
    }

    private struct Port {
        let http: HTTPClient
        let memories: KubernetesMemories
        func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] { try await memories.read(selection) }
    }

    private static func memories(_ server: ServerFixture, token: String? = nil) throws -> Port {
        let http = try HTTPClient()
        let headers = token.map { [HTTPField("Authorization", "Bearer \($0)")] } ?? []
        let configuration = ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)", headers: headers)
        return Port(http: http, memories: KubernetesMemories(KubernetesAPI(configuration, http: http, retry: .never)))
    }

    private static func shutdown(_ port: Port) async { await port.http.shutdown() }
}
