import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// Events on objects, against an API server that holds them to its rules.
@Suite("Events on objects", .timeLimit(.minutes(10)))
struct ObjectEventsTests {
    static let subject = Subject(.deployment, namespace: "shop", name: "my-app")
    static let event = ObjectEvent(
        subject, .normal, reason: "RemediationApplied", action: "RaiseMemory", note: "raise-memory: memory 512Mi → 768Mi",
        at: Instant(microseconds: 1_795_000_000_000_001))

    private func with(
        rules: [Access.Rule]? = nil, _ body: @Sendable (KubernetesEvents, ServerFixture) async throws -> Void
    ) async throws {
        let access = rules.map { Access(tokens: ["limited": Access.User(name: "system:serviceaccount:ops:automaton", rules: $0)]) } ?? .open
        try await withServer(access: access) { server in
            try await server.cluster.write { store, now in
                try store.create(.namespaces, ["metadata": ["name": "shop"]], at: now)
                try store.create(
                    .deployments,
                    ["metadata": ["name": "my-app", "namespace": "shop"], "spec": ["selector": ["matchLabels": ["app": "x"]]]], at: now)
            }
            let http = try HTTPClient()
            let token = rules == nil ? [] : [HTTPField("Authorization", "Bearer limited")]
            let api = KubernetesAPI(
                ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)", headers: token), http: http)
            let result: Result<Void, any Error>
            do { result = .success(try await body(KubernetesEvents(api, instance: "automaton-0"), server)) } catch {
                result = .failure(error)
            }
            await http.shutdown()
            try result.get()
        }
    }

    /// The events of a namespace, as `kubectl describe` asks for them.
    private func described(_ server: ServerFixture) async throws -> [JSON] {
        let deployment = try await server.client.get("/apis/apps/v1/namespaces/shop/deployments/my-app")
        let uid = deployment.json["metadata", "uid"]?.string ?? ""
        let selector = "involvedObject.name=my-app,involvedObject.namespace=shop,involvedObject.kind=Deployment,involvedObject.uid=\(uid)"
        return try await server.client.get("/api/v1/namespaces/shop/events?fieldSelector=\(selector)").json["items"]?.array ?? []
    }

    @Test func areFoundOnTheirObject() async throws {
        try await with { events, server in
            try await events.write(Self.event)
            let found = try await described(server)
            #expect(found.count == 1)
            #expect(found.first?["reason"] == "RemediationApplied")
            #expect(found.first?["action"] == "RaiseMemory")
            #expect(found.first?["message"] == "raise-memory: memory 512Mi → 768Mi")
            #expect(found.first?["type"] == "Normal")
            #expect(found.first?["reportingComponent"] == "self-healing-automaton")
            #expect(found.first?["reportingInstance"] == "automaton-0")
            #expect(found.first?["series"] == nil)
        }
    }

    @Test func countRepeatsWithinMinutes() async throws {
        try await with { events, server in
            for minute in [0, 5, 10, 20] {
                var event = Self.event
                event.at = event.at + .minutes(minute)
                try await events.write(event)
            }
            // Another note is another event.
            var other = Self.event
            other.note = "memory 768Mi → 1152Mi"
            try await events.write(other)
            let found = try await described(server)
            #expect(found.count == 3)
            let series = try #require(found.first { $0["series"] != nil })
            #expect(series["series", "count"] == 3)
            #expect(series["series", "lastObservedTime"]?.string == (Self.event.at + .minutes(10)).rfc3339Micro)
        }
    }

    @Test func writeAnewWhatIsGone() async throws {
        try await with { events, server in
            try await events.write(Self.event)
            for event in try await described(server) {
                let name = event["metadata", "name"]?.string ?? ""
                try await server.cluster.write { store, _ in _ = try store.remove(.events, namespace: "shop", name: name) }
            }
            var again = Self.event
            again.at = again.at + .seconds(60)
            try await events.write(again)
            #expect(try await described(server).count == 1)
        }
    }

    @Test func takeAnAnswerThatWasLostForWritten() async throws {
        try await with { events, server in
            try await events.write(Self.event)
            // A second run of the program, which does not remember it.
            let http = try HTTPClient()
            let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http)
            try await KubernetesEvents(api, instance: "automaton-0").write(Self.event)
            await http.shutdown()
            #expect(try await described(server).count == 1)
        }
    }

    @Test func fitWhatTheServerAllows() async throws {
        try await with { events, server in
            var event = Self.event
            event.reason = String(repeating: "R", count: 200)
            event.action = String(repeating: "A", count: 200)
            event.note = String(repeating: "→", count: 2000)
            event.kind = .warning
            try await events.write(event)
            let found = try #require(try await described(server).first)
            #expect((found["message"]?.string?.utf8.count ?? 0) <= 1024)
            #expect(found["message"]?.string?.hasSuffix("→…") == true)
            #expect(found["type"] == "Warning")
        }
    }

    @Test func sayWhichPermissionIsMissing() async throws {
        let reading = Access.Rule(verbs: ["get"], groups: ["apps"], resources: ["deployments"])
        try await with(rules: [reading]) { events, _ in
            await #expect {
                try await events.write(Self.event)
            } throws: { error in
                guard case PortError.refused(let text) = error else { return false }
                return text.contains("grant verb create on resource events of apiGroup \"events.k8s.io\"")
            }
        }
        #expect(KubernetesEvents.permissions == [Permission(["create", "patch"], "events", group: "events.k8s.io")])
    }

    @Test func sayWhenTheObjectIsGone() async throws {
        try await with { events, _ in
            var event = Self.event
            event.subject = Subject(.deployment, namespace: "shop", name: "gone")
            await #expect {
                try await events.write(event)
            } throws: { error in
                if case PortError.notFound = error { true } else { false }
            }
            event.subject = Subject(.consumerGroup, namespace: "", name: "group")
            await #expect {
                try await events.write(event)
            } throws: { error in
                if case PortError.refused = error { true } else { false }
            }
        }
    }
}
