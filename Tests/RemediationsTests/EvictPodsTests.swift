import AutomatonCore
import Synchronization
import Testing

@testable import Remediations

@Suite struct EvictPodsTests {
    /// Pods by name; an eviction takes one away, or fails.
    private final class FakeEvictions: Evictions {
        private let pods: Mutex<[String: PodRow]>
        private let failures: [String: PortError]

        init(_ pods: [PodRow], failures: [String: PortError] = [:]) {
            self.pods = Mutex(Dictionary(uniqueKeysWithValues: pods.map { ($0.name, $0) }))
            self.failures = failures
        }

        var left: [String] { pods.withLock { $0.keys.sorted() } }

        func pod(_ name: String, inNamespace namespace: String) async throws(PortError) -> PodRow {
            guard let pod = pods.withLock({ $0[name] }) else { throw .notFound("no pod \(name)") }
            return pod
        }

        func evict(_ pod: PodEviction.Pod, inNamespace namespace: String) async throws(PortError) {
            if let failure = failures[pod.name] { throw failure }
            let gone = pods.withLock { $0.removeValue(forKey: pod.name) }
            guard gone?.uid == pod.uid else { throw .notFound("no pod \(pod.name)") }
        }
    }

    private static func pod(
        _ name: String, ready: Bool = false, phase: PodRow.Phase = .running, going: Bool = false, of owner: String? = "email-7d4"
    ) -> PodRow {
        PodRow(
            uid: "uid-\(name)", namespace: "production", name: name,
            controller: owner.map { .init(kind: "ReplicaSet", name: $0, uid: "rs") }, phase: phase, isTerminating: going, isReady: ready,
            containers: [ContainerRow(name: "email", restartCount: 2, state: .running(since: nil))])
    }

    private func world(_ evictions: FakeEvictions, ready: Int? = 2) -> Environment {
        var subject = workload()
        (subject.readyReplicas, subject.desired, subject.takesDown) = (ready, 3, 0)
        var environment = RemediationsTests.world(FakeWorkloads(subject))
        environment.evictions = evictions
        return environment
    }

    private func finding(_ pods: String...) -> Finding {
        Finding(email, observedAt: now, .seen(Evidence(reasons: pods.map { Reason("StartError", part: $0, container: "email") })))
    }

    private func plan(_ finding: Finding, limit: Int? = nil, in world: Environment) async throws -> Plan {
        switch try await EvictPods(.init(limit: limit)).plan(for: finding, on: email, in: world) {
        case .plan(let plan): return plan
        case .refused(let why): throw PortError.refused(why)
        }
    }

    @Test func theWorstFirst() async throws {
        let evictions = FakeEvictions([Self.pod("email-1"), Self.pod("email-2"), Self.pod("email-3", ready: true)])
        let plan = try await plan(finding("email-2", "email-1", "email-2"), in: world(evictions))
        #expect(plan.summary == "evict pod email-2 of deployment/email")
        #expect(plan.write == .evictions(PodEviction(namespace: "production", pods: [.init(name: "email-2", uid: "uid-email-2")])))
        #expect(plan.changes == [Change("pods[email-2]", before: "not ready, 2 restarts", after: "evicted")])
        #expect(plan.inverse == nil && evictions.left.count == 3)
        let report = try await EvictPods(.init()).apply(plan, stamp: stamp(2), in: world(evictions))
        #expect(report == AttemptReport("Evicted 1 pod", details: ["email-2: evicted"]))
        #expect(evictions.left == ["email-1", "email-3"])
        await #expect(throws: PortError.self) { try await EvictPods(.init()).revert(plan, in: world(evictions)) }
    }

    /// What the strategy would spare an eviction does not: of 3 pods, 2 of them ready, each ready one that is chosen leaves one less.
    @Test(arguments: [(["email-1"], 2), (["email-2"], 1), (["email-1", "email-2"], 1)] as [([String], Int)])
    func readyOnesCount(_ names: [String], _ left: Int) async throws {
        let evictions = FakeEvictions([Self.pod("email-1"), Self.pod("email-2", ready: true)])
        var finding = finding()
        finding.observation = .seen(Evidence(reasons: names.map { Reason("StartError", part: $0) }))
        let circumstances = try #require(try await plan(finding, limit: 5, in: world(evictions)).circumstances)
        #expect(circumstances.healthy == 2 && circumstances.desired == 3)
        #expect(circumstances.takesDown == 3 - left)
        // What is not known is not made up.
        let unknown = try #require(try await plan(finding, limit: 5, in: world(evictions, ready: nil)).circumstances)
        #expect(unknown.healthy == nil)
    }

    @Test(
        arguments: [
            (Self.pod("email-1", going: true), "email-1 is going already"), (Self.pod("email-1", phase: .failed), "has ended"),
            (Self.pod("email-1", of: nil), "belongs to production/pod/email-1, not to production/deployment/email"),
            (Self.pod("email-1", of: "catalog-1"), "not to production/deployment/email"), (Self.pod("other"), "email-1 is gone"),
        ] as [(PodRow, String)])
    func leftAlone(_ pod: PodRow, _ why: String) async throws {
        guard
            case .refused(let text) = try await EvictPods(.init()).plan(
                for: finding("email-1"), on: email, in: world(FakeEvictions([pod])))
        else { throw PortError.refused("no refusal") }
        #expect(text.contains(why), "\(text)")
    }

    @Test func nothingNamed() async throws {
        for finding in [finding(), Finding(email, observedAt: now, .unknown("blind")), finding("")] {
            guard case .refused(let why) = try await EvictPods(.init()).plan(for: finding, on: email, in: world(FakeEvictions([]))) else {
                throw PortError.refused("no refusal")
            }
            #expect(why.contains("names no pod"))
        }
        let job = Subject(.job, namespace: "production", name: "report")
        guard case .refused(let why) = try await EvictPods(.init()).plan(for: finding("x"), on: job, in: world(FakeEvictions([]))) else {
            throw PortError.refused("no refusal")
        }
        #expect(why.contains("makes no new pod"))
    }

    @Test func aBudgetForbidsIt() async throws {
        let budget = PortError.unavailable("a disruption budget forbids it: web needs 2", retryAfter: nil)
        let evictions = FakeEvictions([Self.pod("email-1"), Self.pod("email-2")], failures: ["email-1": budget])
        let plan = try await plan(finding("email-1", "email-2"), limit: 2, in: world(evictions))
        await #expect(throws: budget) { try await EvictPods(.init()).apply(plan, stamp: stamp(2), in: world(evictions)) }
        #expect(evictions.left == ["email-1", "email-2"])
    }

    @Test func someOfThem() async throws {
        let budget = PortError.unavailable("a disruption budget forbids it", retryAfter: nil)
        let pods = [Self.pod("email-1"), Self.pod("email-2"), Self.pod("email-3")]
        let evictions = FakeEvictions(pods, failures: ["email-2": budget])
        let all = try await plan(finding("email-1", "email-2", "email-3"), limit: 3, in: world(evictions))
        let report = try await EvictPods(.init()).apply(all, stamp: stamp(2), in: world(evictions))
        #expect(report.summary == "Evicted 1 of 3 pods" && report.details.last == "email-2: a disruption budget forbids it")
        #expect(evictions.left == ["email-2", "email-3"])
        // Nobody knows about the second: then nobody knows about the attempt.
        let lost = FakeEvictions(pods, failures: ["email-2": .outcomeUnknown("no answer")])
        await #expect(throws: PortError.outcomeUnknown("1 of 3 pods evicted, then: no answer")) {
            try await EvictPods(.init()).apply(all, stamp: stamp(2), in: world(lost))
        }
        // All are gone by themselves: nothing was evicted, and nothing is claimed.
        await #expect(throws: PortError.notFound("no pod email-3")) {
            try await EvictPods(.init()).apply(all, stamp: stamp(2), in: world(FakeEvictions([])))
        }
    }

    @Test(arguments: [0, -1, 11]) func limits(_ limit: Int) {
        #expect(throws: ParameterError("limit", "\(limit) is out of range: write 1 to 10")) { try EvictPods(.init(limit: limit)) }
    }
}
