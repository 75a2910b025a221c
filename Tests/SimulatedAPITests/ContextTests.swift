import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// The whole way from an incident to what is read around it: simulated cluster, API, port.
@Suite struct ContextTests {
    private static let mail = Subject(.deployment, namespace: "production", name: "mail")

    private func record(_ reason: Reason?, on subject: Subject = Self.mail, at now: Instant) -> IncidentRecord {
        let finding = Finding(subject, observedAt: now, .seen(Evidence(reasons: reason.map { [$0] } ?? [])))
        return IncidentRecord(
            Incident(key: IncidentKey(rule: "r", subject: subject), detectedAt: now, priority: .high, finding: finding), at: now)
    }

    private func read(
        _ record: IncidentRecord, from server: ServerFixture, token: String? = nil, timeout: Duration = .seconds(5)
    ) async throws -> IncidentContext {
        let http = try HTTPClient()
        let headers = token.map { [HTTPField("Authorization", "Bearer \($0)")] } ?? []
        let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)", headers: headers), http: http)
        let contexts = KubernetesContexts(
            api, timeout: timeout, clock: { [cluster = server.cluster] in cluster.now },
            scrub: { $0.split(separator: "Winter-2026-pw", omittingEmptySubsequences: false).joined(separator: "***") })
        let context = await contexts.context(of: record)
        await http.shutdown()
        return context
    }

    private static let crashing = ["simulator/exit-code": "1", "simulator/after": "1s"]

    @Test func theEndOfTheRunThatCrashed() async throws {
        try await LogTests.withMail(annotations: Self.crashing) { server, pod in
            #expect(await LogTests.isCrashLooping(server, pod))
            let reason = Reason("CrashLoopBackOff", part: pod, container: "mail", exitCode: 1)
            let saw = await eventually { [cluster = server.cluster] in
                await cluster.read { $0.list(.events, namespace: "production").contains { $0["reason"] == "BackOff" } }
            }
            #expect(saw)
            let context = try await read(record(reason, at: server.cluster.now), from: server)
            #expect(context.logOf == "container mail of pod \(pod), which ended with exit code 1 (Error)")
            #expect(context.log.last?.hasSuffix("FATAL exit code 1") == true && context.logMissing == nil)
            #expect(context.log.contains("    at com.example.shop.Checkout.run(Checkout.java:142)"))
            let text = context.log.joined()
            #expect(text.contains("postgres://mail:***@") && text.contains("password=***") && !text.contains("Winter"))
            #expect(context.node?.hasPrefix("sim-") == true)
            // Of the Deployment, its ReplicaSet and its pod.
            #expect(context.events.contains { $0.about == "deployment/mail" && $0.reason == "ScalingReplicaSet" })
            #expect(context.events.contains { $0.about.hasPrefix("replicaset/mail-") && $0.reason == "SuccessfulCreate" })
            let backOff = try #require(context.events.last { $0.reason == "BackOff" })
            #expect(backOff.type == "Warning" && backOff.about == "pod/\(pod)")
            #expect(backOff.note.hasPrefix("Back-off restarting failed container mail"))
            #expect(context.events == context.events.sorted { $0.at < $1.at } && context.events.count <= 20)
            #expect(context.eventsMissing == nil)
        }
    }

    /// A container that was killed, and is not started again yet, has its last words in its present log.
    @Test func theRunThatJustEnded() async throws {
        try await LogTests.withMail { server, pod in
            try await server.cluster.write { store, now in
                try store.evict(pod: pod, in: "production", at: now)
            }
            let isOver = await eventually {
                await server.cluster.read { $0.get(.pods, namespace: "production", name: pod)?["status", "phase"] == "Failed" }
            }
            #expect(isOver)
            let context = try await read(record(Reason("Evicted", part: pod), at: server.cluster.now), from: server)
            #expect(context.logOf == "container mail of pod \(pod), which ended with exit code 137 (Error)")
            #expect(!context.log.isEmpty)
            #expect(context.events.contains { $0.reason == "Evicted" && $0.note.hasPrefix("The node was low on resource: memory") })
        }
    }

    /// Where the reason names no pod, the worst of the workload's speaks for it; what runs is said to run.
    @Test func withoutAPod() async throws {
        try await LogTests.withMail { server, pod in
            let context = try await read(record(nil, at: server.cluster.now), from: server)
            #expect(context.logOf == "container mail of pod \(pod), which runs" && context.log.count == 3)
            #expect(context.events.contains { $0.about == "pod/\(pod)" && $0.reason == "Started" })
            let gone = Subject(.statefulSet, namespace: "production", name: "nope")
            let missing = try await read(record(nil, on: gone, at: server.cluster.now), from: server)
            #expect(missing.log.isEmpty && missing.logMissing == "production/statefulset/nope is not there any more")
            #expect(missing.eventsMissing == "the cluster has none of the last hour about statefulset/nope")
            let group = Subject(.consumerGroup, namespace: "", name: "orders")
            let outside = try await read(record(nil, on: group, at: server.cluster.now), from: server)
            #expect(outside.logMissing == "consumergroup/orders is not in the cluster: it has neither a container nor events there")
            #expect(outside.eventsMissing == outside.logMissing)
            let volume = Subject(.volume, namespace: "production", name: "data")
            #expect(
                try await read(record(nil, on: volume, at: server.cluster.now), from: server).logMissing
                    == "production/volume/data has no containers")
        }
    }

    @Test func aPodThatIsGone() async throws {
        try await LogTests.withMail { server, _ in
            let reason = Reason("OOMKilled", part: "mail-0-gone", container: "mail", exitCode: 137)
            let context = try await read(record(reason, at: server.cluster.now), from: server)
            #expect(context.logMissing == "pod mail-0-gone is not there any more" && context.log.isEmpty && context.node == nil)
            #expect(context.events.contains { $0.about == "deployment/mail" } && context.eventsMissing == nil)
        }
    }

    @Test func whatIsNotAllowedSaysWhatToGrant() async throws {
        let pods = Access.Rule(verbs: ["get", "list"], resources: ["pods"])
        let access = Access(tokens: ["half": Access.User(name: "half", rules: [pods])])
        try await LogTests.withMail(access: access) { server, pod in
            let reason = Reason("OOMKilled", part: pod, container: "mail", exitCode: 137)
            let context = try await read(record(reason, at: server.cluster.now), from: server, token: "half")
            #expect(
                context.logMissing
                    == "not allowed: half may not get pods/log in namespace production: grant verb get on resource pods/log of apiGroup \"\""
            )
            #expect(
                context.eventsMissing
                    == "deployment/mail: not allowed: half may not list events in namespace production: grant verb list on resource events of apiGroup \"\""
            )
            #expect(context.node?.isEmpty == false, "pods may be read")
        }
    }

    @Test func whatItSaysThatItNeedsIsEnough() async throws {
        let rules = KubernetesContexts.permissions.map {
            Access.Rule(verbs: Set($0.verbs), groups: [$0.group], resources: [$0.resource])
        }
        let access = Access(tokens: ["healer": Access.User(name: "healer", rules: rules)])
        try await LogTests.withMail(access: access) { server, pod in
            for reason in [Reason("OOMKilled", part: pod, container: "mail", exitCode: 137), nil] {
                let context = try await read(record(reason, at: server.cluster.now), from: server, token: "healer")
                #expect(!context.log.isEmpty && context.logMissing == nil && context.eventsMissing == nil, "\(context)")
                #expect(context.events.contains { $0.about.hasPrefix("replicaset/") })
            }
        }
    }

    /// A server that hangs costs its time and no more; what it does answer is kept.
    @Test func noAnswerInTime() async throws {
        try await LogTests.withMail { server, pod in
            let reason = Reason("OOMKilled", part: pod, container: "mail", exitCode: 137)
            server.faults.inject(.hang(.seconds(30)), path: "/log")
            let start = ContinuousClock.now
            let context = try await read(record(reason, at: server.cluster.now), from: server, timeout: .seconds(2))
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(context.logMissing?.hasPrefix("the API server did not answer") == true, "\(context.logMissing ?? "")")
            #expect(!context.events.isEmpty && context.eventsMissing == nil)
        }
    }
}
