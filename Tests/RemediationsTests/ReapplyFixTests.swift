import AutomatonCore
import Testing

@testable import Remediations

@Suite struct ReapplyFixTests {
    private struct Kept: Fixes {
        let fixes: [Fix]
        func read() async throws(PortError) -> [Fix] { fixes }
    }

    private struct Unexpected: Error {}

    private static func fix(_ limit: String, _ request: String? = nil, container: String = "email") -> Fix {
        Fix(
            email, container: container,
            .memory(limit: ByteQuantity(limit) ?? ByteQuantity(bytes: 0), request: request.flatMap { ByteQuantity($0) }), at: now,
            origin: Fix.Origin(rule: "oom-killed"))
    }

    private func environment(_ workloads: FakeWorkloads, _ fixes: [Fix]) -> Environment {
        var environment = world(workloads)
        environment.fixes = Kept(fixes: fixes)
        return environment
    }

    private let drift = Finding(email, observedAt: now, .seen(Evidence(figures: [Figure("drifted", 1)])))

    private func plan(_ workloads: FakeWorkloads, _ fixes: [Fix]) async throws -> Plan {
        guard case .plan(let plan) = try await ReapplyFix(.init()).plan(for: drift, on: email, in: environment(workloads, fixes)) else {
            throw Unexpected()
        }
        return plan
    }

    private func refusal(_ workloads: FakeWorkloads, _ fixes: [Fix]) async throws -> String {
        guard case .refused(let why) = try await ReapplyFix(.init()).plan(for: drift, on: email, in: environment(workloads, fixes)) else {
            throw Unexpected()
        }
        return why
    }

    @Test("It writes exactly what drifted, and its inverse brings back what was there")
    func applies() async throws {
        let workloads = FakeWorkloads(workload(email, replicas: 3, container(), container("side", limit: "2Gi", request: "1Gi")))
        let fixes = [Self.fix("2Gi", "1Gi"), Self.fix("1Gi", container: "side"), Fix(email, .replicas(5), at: now)]
        let before = workloads.workload
        let plan = try await plan(workloads, fixes)
        #expect(
            plan.changes.map(\.summary) == [
                "containers[email].resources.limits.memory 1Gi → 2Gi", "containers[email].resources.requests.memory 512Mi → 1Gi",
                "spec.replicas 3 → 5",
            ])
        #expect(
            plan.changes.map(\.measure) == [.memory(ByteQuantity(bytes: 2 << 30)), .memory(ByteQuantity(bytes: 1 << 30)), .replicas(5)])
        #expect(plan.summary == "apply again memory limit 2Gi, request 1Gi of email; replicas 5 (oom-killed had set it)")
        #expect(plan.stamps == before.stamps)
        // What a person brought may name any rule.
        let brought = try await self.plan(workloads, fixes.map(\.imported))
        #expect(brought.summary == "apply again memory limit 2Gi, request 1Gi of email; replicas 5 (imported)")
        let both = try await self.plan(workloads, [fixes[0], fixes[2].imported])
        #expect(both.summary == "apply again memory limit 2Gi, request 1Gi of email; replicas 5 (oom-killed had set it; imported)")
        let remediation = ReapplyFix(.init())
        _ = try await remediation.apply(plan, stamp: stamp(2), in: environment(workloads, fixes))
        #expect(workloads.workload.replicas == 5 && workloads.workload.containers[0].memoryLimit == ByteQuantity(bytes: 2 << 30))
        #expect(workloads.workload.containers[1] == before.containers[1])
        // Nothing drifts any more: asked once more, it does nothing.
        #expect(try await refusal(workloads, fixes).contains("there is nothing to apply"))
        try await remediation.revert(plan, in: environment(workloads, fixes))
        #expect(workloads.workload.containers == before.containers && workloads.workload.replicas == 3)
    }

    @Test("A request that somebody raised stays with the limit that is applied again")
    func lowersNothing() async throws {
        let workloads = FakeWorkloads(workload(email, container(limit: "1Gi", request: "1Gi")))
        let plan = try await plan(workloads, [Self.fix("2Gi", "512Mi")])
        let edit = WorkloadWrite.Edit.memory(
            container: "email", limit: ByteQuantity(bytes: 2 << 30), request: ByteQuantity(bytes: 1 << 30))
        #expect(plan.write.workload?.edits == [edit])
        #expect(plan.changes.count == 1)
    }

    @Test("It refuses where nothing is kept, nothing drifted, or something else decides")
    func refuses() async throws {
        let small = workload()
        #expect(try await refusal(FakeWorkloads(small), []).contains("nothing is kept"))
        #expect(try await refusal(FakeWorkloads(small), [Self.fix("1Gi"), Self.fix("512Mi")]).contains("nothing to apply"))
        #expect(try await refusal(FakeWorkloads(workload(email, container(limit: nil))), [Self.fix("2Gi")]).contains("nothing to apply"))
        #expect(try await refusal(FakeWorkloads(workload(paused: true)), [Self.fix("2Gi")]).contains("is paused"))
        #expect(try await refusal(FakeWorkloads(workload(rollsOut: false)), [Self.fix("2Gi")]).contains("OnDelete"))
        #expect(try await refusal(FakeWorkloads(workload(replicas: 0)), [Fix(email, .replicas(3), at: now)]).contains("nothing to apply"))
        let narrow = FakeWorkloads(small, bounds: MemoryBounds(source: "mem", maximum: ByteQuantity("1536Mi")))
        #expect(try await refusal(narrow, [Self.fix("2Gi")]).contains("LimitRange mem (1536Mi) allows no more"))
        let steep = FakeWorkloads(small, bounds: MemoryBounds(source: "mem", maximumRatio: 2))
        #expect(try await refusal(steep, [Self.fix("4Gi", "1Gi")]).contains("2.0 times the request"))
        let scaled = FakeWorkloads(
            small, autoscalers: [FieldOwner(kind: .autoscaler, name: "HorizontalPodAutoscaler email", field: .replicas)])
        #expect(try await refusal(scaled, [Fix(email, .replicas(5), at: now)]).contains("not fought over"))
        // Its memory is another matter.
        let memory = try await plan(scaled, [Fix(email, .replicas(5), at: now), Self.fix("2Gi")])
        #expect(!memory.changes.isEmpty && memory.changes.allSatisfy { $0.field.contains("memory") })
        #expect(memory.circumstances?.owners.isEmpty == true)
    }

    @Test("Who else writes the field goes with the plan, for the guard")
    func owners() async throws {
        var owned = workload()
        owned.owners = [
            FieldOwner(kind: .gitOps, name: "argocd-controller", field: .memoryLimit(container: "email")),
            FieldOwner(kind: .person, name: "kubectl", field: .replicas),
        ]
        let plan = try await plan(FakeWorkloads(owned), [Self.fix("2Gi")])
        #expect(plan.circumstances?.owners.map(\.name) == ["argocd-controller"])
    }
}
