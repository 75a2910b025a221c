import AutomatonCore
import Testing

@testable import Remediations

@Suite struct RolloutRestartTests {
    private let remediation = RolloutRestart(.init())

    @Test(arguments: [Subject.Kind.deployment, .statefulSet, .daemonSet]) func restarts(_ kind: Subject.Kind) async throws {
        let subject = Subject(kind, namespace: "production", name: "checkout")
        var before = workload(subject, replicas: kind == .daemonSet ? nil : 2)
        before.restartedAt = "2026-01-01T00:00:00Z"
        (before.readyReplicas, before.desired, before.takesDown, before.wish) = (1, 2, 1, ObjectWish(mode: .ignore))
        let workloads = FakeWorkloads(before)
        let finding = Finding(subject, observedAt: now, .seen(Evidence()))
        guard case .plan(let plan) = try await remediation.plan(for: finding, on: finding.subject, in: world(workloads)) else {
            throw Unexpected()
        }
        #expect(plan.summary == "restart rollout of \(kind.rawValue)/checkout")
        #expect(plan.write == .workload(WorkloadWrite([.restart(at: now)], precondition: .version(uid: "u1", resourceVersion: "7"))))
        #expect(plan.inverse == nil)
        let circumstances = try #require(plan.circumstances)
        #expect([circumstances.healthy, circumstances.desired, circumstances.takesDown] == [1, 2, 1])
        #expect(circumstances.wish.mode == .ignore && circumstances.owners.isEmpty)
        #expect(plan.stamps == before.stamps)
        #expect(plan.changes.map(\.before) == ["2026-01-01T00:00:00Z"])
        #expect(plan.changes.map(\.after) == [now.rfc3339])
        _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
        #expect(workloads.workload.restartedAt == now.rfc3339)
        #expect(workloads.stamps == [stamp(2)])
        await #expect(throws: PortError.refused("rollout-restart cannot be taken back")) {
            try await remediation.revert(plan, in: world(workloads))
        }
    }

    static let refusals: [(Workload, String)] = [
        (workload(Subject(.pod, namespace: "production", name: "debug")), "a pod without a controller"),
        (workload(Subject(.replicaSet, namespace: "production", name: "old")), "does not replace its pods"),
        (workload(Subject(.job, namespace: "production", name: "report")), "cannot be changed once it exists"),
        (workload(paused: true), "is paused"), (workload(rollsOut: false), "OnDelete"), (workload(replicas: 0), "scaled to 0"),
    ]

    @Test(arguments: refusals) func refuses(_ workload: Workload, _ expected: String) async throws {
        let workloads = FakeWorkloads(workload)
        let finding = Finding(workload.subject, observedAt: now, .seen(Evidence()))
        guard case .refused(let why) = try await remediation.plan(for: finding, on: finding.subject, in: world(workloads)) else {
            throw Unexpected()
        }
        #expect(why.contains(expected))
        #expect(why.contains(workload.subject.description))
    }

    @Test func throwsWhatThePortsThrow() async throws {
        let workloads = FakeWorkloads(workload(), failure: .notFound("gone"))
        await #expect(throws: PortError.notFound("gone")) { try await remediation.plan(for: oom(), on: email, in: world(workloads)) }
    }

    struct Unexpected: Error {}
}
