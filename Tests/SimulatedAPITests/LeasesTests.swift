import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// What every `Leases` does, behind the API server and in memory.
@Suite("Leases", .timeLimit(.minutes(5)))
struct LeasesTests {
    enum Kind: CaseIterable {
        case kubernetes, memory
    }

    static let start = Instant(microseconds: 1_795_000_000_000_001)
    static let lease = Lease(
        name: "leader", namespace: "ops", holder: "pod-a_1", acquiredAt: start, renewedAt: start + .microseconds(120), transitions: 3)

    private func with(_ kind: Kind, _ body: @Sendable (any Leases) async throws -> Void) async throws {
        switch kind {
        case .memory: try await body(SimulatedLeases())
        case .kubernetes: try await withKubernetes { api, _ in try await body(KubernetesLeases(api, requestTimeout: .seconds(30))) }
        }
    }

    private func withKubernetes(
        _ body: @Sendable (KubernetesAPI, ServerFixture) async throws -> Void
    ) async throws {
        try await withServer { server in
            _ = try await server.client.post(
                "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "ops"]])
            let http = try HTTPClient()
            let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(api, server))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            try result.get()
        }
    }

    /// It fails in that way.
    private func fails(
        _ expected: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws(PortError) -> some Any
    ) async {
        var failure = "none"
        do throws(PortError) {
            _ = try await body()
        } catch {
            failure =
                switch error {
                case .notFound: "not found"
                case .conflict: "conflict"
                case .refused: "refused"
                case .unavailable: "unavailable"
                case .outcomeUnknown: "outcome unknown"
                }
        }
        #expect(failure == expected, sourceLocation: sourceLocation)
    }

    @Test(arguments: Kind.allCases)
    func keepsWhatIsWritten(kind: Kind) async throws {
        try await with(kind) { leases in
            #expect(try await leases.read("leader", inNamespace: "ops") == nil)
            let created = try await leases.create(Self.lease)
            #expect(!created.resourceVersion.isEmpty)
            var expected = Self.lease
            expected.resourceVersion = created.resourceVersion
            #expect(created == expected)
            #expect(try await leases.read("leader", inNamespace: "ops") == created)
            #expect(try await leases.read("other", inNamespace: "ops") == nil)

            // As a release leaves it.
            expected.holder = ""
            expected.duration = .seconds(1)
            expected.renewedAt = Self.start + .seconds(2)
            let updated = try await leases.update(expected)
            #expect(updated.resourceVersion != created.resourceVersion)
            expected.resourceVersion = updated.resourceVersion
            #expect(updated == expected)
            #expect(try await leases.read("leader", inNamespace: "ops") == expected)

            // Absent is not empty.
            expected.holder = nil
            expected.acquiredAt = nil
            expected.renewedAt = nil
            let emptied = try await leases.update(expected)
            #expect(emptied.holder == nil && emptied.acquiredAt == nil && emptied.renewedAt == nil && emptied.transitions == 3)
        }
    }

    @Test(arguments: Kind.allCases)
    func oneWinsOverOneVersion(kind: Kind) async throws {
        try await with(kind) { leases in
            let created = try await leases.create(Self.lease)
            await fails("conflict") { () throws(PortError) in try await leases.create(Self.lease) }
            var first = created
            first.holder = "pod-b_1"
            let winner = try await leases.update(first)
            var second = created
            second.holder = "pod-c_1"
            await fails("conflict") { () throws(PortError) in try await leases.update(second) }
            #expect(try await leases.read("leader", inNamespace: "ops") == winner)
            second.resourceVersion = ""
            await fails("refused") { () throws(PortError) in try await leases.update(second) }
            second.name = "absent"
            second.resourceVersion = winner.resourceVersion
            await fails("not found") { () throws(PortError) in try await leases.update(second) }
        }
    }

    @Test(arguments: Kind.allCases)
    func aWriteThatChangesNothingKeepsTheVersion(kind: Kind) async throws {
        try await with(kind) { leases in
            let created = try await leases.create(Self.lease)
            #expect(try await leases.update(created) == created)
        }
    }

    @Test(arguments: Kind.allCases)
    func partsOfASecondAreRoundedUp(kind: Kind) async throws {
        try await with(kind) { leases in
            var lease = Self.lease
            lease.duration = .milliseconds(2001)
            let created = try await leases.create(lease)
            #expect(created.duration == .seconds(3))
        }
    }

    @Test(arguments: Kind.allCases)
    func ofManyOneWins(kind: Kind) async throws {
        try await with(kind) { leases in
            var lease = try await leases.create(Self.lease)
            for round in 0..<5 {
                let present = lease
                let winners = await withTaskGroup(of: Lease?.self) { group in
                    for elector in 0..<8 {
                        group.addTask {
                            var claim = present
                            claim.holder = "pod-\(elector)_\(round)"
                            return try? await leases.update(claim)
                        }
                    }
                    return await group.reduce(into: [Lease]()) { if let lease = $1 { $0.append(lease) } }
                }
                #expect(winners.count == 1)
                lease = try #require(winners.first)
            }
        }
    }

    // MARK: The API server's alone

    @Test func whatOthersWroteStays() async throws {
        try await withKubernetes { api, server in
            let leases = KubernetesLeases(api, requestTimeout: .seconds(30))
            let path = "/apis/coordination.k8s.io/v1/namespaces/ops/leases"
            let made = try await server.client.post(
                path,
                [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": [
                        "name": "leader", "labels": ["team": "ops"], "annotations": ["note": "keep"],
                        "ownerReferences": [["apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "u-1"]],
                    ],
                    "spec": ["holderIdentity": "x", "strategy": "OldestEmulationVersion", "preferredHolder": "y"],
                ])
            #expect(made.status == 201, "\(made.text)")
            var lease = try #require(try await leases.read("leader", inNamespace: "ops"))
            #expect(lease.holder == "x" && lease.duration == .zero && lease.transitions == 0 && lease.renewedAt == nil)
            lease.holder = "pod-a_1"
            lease.duration = .seconds(15)
            lease.renewedAt = Self.start
            _ = try await leases.update(lease)
            let object = try await server.client.get("\(path)/leader").json
            for field in ["labels", "annotations", "ownerReferences"] {
                #expect(object["metadata", .member(field)] == made.json["metadata", .member(field)])
            }
            #expect(object["spec", "strategy"] == "OldestEmulationVersion" && object["spec", "preferredHolder"] == "y")
            #expect(object["spec", "holderIdentity"] == "pod-a_1")
            #expect(object["spec", "renewTime"]?.string == "2026-11-18T11:06:40.000001Z")
        }
    }

    @Test func faultsOfTheNetworkAreTold() async throws {
        try await withKubernetes { api, server in
            let (leases, hasty) = (KubernetesLeases(api, requestTimeout: .seconds(30)), KubernetesLeases(api, requestTimeout: .seconds(2)))
            let lease = try await leases.create(Self.lease)
            let faults = server.faults
            // Each is asked once: the election tries again.
            faults.inject(.hang(.seconds(60)), count: 2, method: "GET")
            await fails("unavailable") { () throws(PortError) in try await hasty.read("leader", inNamespace: "ops") }
            #expect(faults.pending == 1)
            faults.clear()
            faults.inject(.internalError, count: 2, method: "GET")
            await fails("unavailable") { () throws(PortError) in try await leases.read("leader", inNamespace: "ops") }
            #expect(faults.pending == 1)
            faults.clear()
            faults.inject(.lostAnswer(.seconds(60)), method: "PATCH")
            var renewed = lease
            renewed.renewedAt = Self.start + .seconds(2)
            let change = renewed
            await fails("outcome unknown") { () throws(PortError) in try await hasty.update(change) }
            #expect(await eventually { (try? await leases.read("leader", inNamespace: "ops"))?.renewedAt == change.renewedAt })
        }
    }

    @Test func permissionsSuffice() {
        let permissions = KubernetesLeases.permissions(named: "leader")
        #expect(permissions.allSatisfy { $0.group == "coordination.k8s.io" && $0.resource == "leases" })
        #expect(permissions.first { $0.name == "leader" }?.verbs == ["get", "patch"])
        // A Lease that is not there yet has no name that RBAC could see.
        #expect(permissions.first { $0.name == nil }?.verbs == ["create"])
    }
}
