import AutomatonCore
import Testing

@testable import Remediations

@Suite struct RaiseMemoryTests {
    @Test func doublesLimitAndRequest() async throws {
        let workloads = FakeWorkloads(workload())
        let plan = try await plan(workloads)
        #expect(plan.subject == email)
        #expect(plan.summary == "raise memory of container email: limit 1Gi → 2Gi, request 512Mi → 1Gi")
        #expect(
            plan.changes == [
                Change(
                    "containers[email].resources.limits.memory", before: "1Gi", after: "2Gi", measure: .memory(ByteQuantity(bytes: 2 << 30))
                ),
                Change("containers[email].resources.requests.memory", before: "512Mi", after: "1Gi"),
            ])
        #expect(plan.write.workload?.precondition == .version(uid: "u1", resourceVersion: "7"))
        #expect(plan.stamps == [stamp(1)])
        #expect(workloads.stamps.isEmpty, "planning changes nothing")
    }

    @Test func appliesWithItsStampAndTakesBack() async throws {
        let workloads = FakeWorkloads(workload())
        let before = workloads.workload
        let remediation = try RaiseMemory(.init())
        let plan = try await plan(workloads)
        _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
        #expect(workloads.workload.containers == [container(limit: "2Gi", request: "1Gi")])
        #expect(workloads.workload.stamps == [stamp(1), stamp(2)])
        await #expect(throws: PortError.self, "the version moved on") {
            _ = try await remediation.apply(plan, stamp: stamp(3), in: world(workloads))
        }
        workloads.workload.replicas = 5
        try await remediation.revert(plan, in: world(workloads))
        #expect(workloads.workload.containers == before.containers)
        #expect(workloads.stamps == [stamp(2), nil])
        await #expect(throws: PortError.self, "it no longer is as the attempt left it") {
            try await remediation.revert(plan, in: world(workloads))
        }
    }

    /// Since the attempt somebody asked for it to be left alone: that goes for taking back, too.
    @Test(arguments: [
        ObjectWish(mode: .ignore), ObjectWish(mode: .observe), ObjectWish(pausedUntil: Instant(microseconds: .max)),
        ObjectWish(problem: "mode is of"),
    ])
    func leavesAloneWhatAsksForIt(_ wish: ObjectWish) async throws {
        let workloads = FakeWorkloads(workload())
        let remediation = try RaiseMemory(.init())
        let plan = try await plan(workloads)
        _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
        let left = workloads.workload.containers
        workloads.workload.wish = wish
        let error = await #expect(throws: PortError.self) { try await remediation.revert(plan, in: world(workloads)) }
        if case .unavailable = error { #expect(wish.pausedUntil != nil, "a pause passes") } else { #expect(wish.pausedUntil == nil) }
        #expect(workloads.workload.containers == left)
        workloads.workload.wish = ObjectWish(mode: .auto)
        try await remediation.revert(plan, in: world(workloads))
        #expect(workloads.workload.containers != left)
    }

    /// Set to something else and back again: the value is the attempt's, and not its doing any more.
    @Test func leavesAloneWhatSomebodySetSince() async throws {
        let workloads = FakeWorkloads(workload())
        let remediation = try RaiseMemory(.init())
        let plan = try await plan(workloads)
        _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
        let kubectl = FieldOwner(kind: .person, name: "kubectl-edit", field: .memoryLimit(container: "email"))
        workloads.workload.owners = [kubectl]
        let error = await #expect(throws: PortError.self) { try await remediation.revert(plan, in: world(workloads)) }
        #expect(error?.description.contains("kubectl-edit owns containers[email].resources.limits.memory by now") == true)
        // Another field is nobody's business here.
        workloads.workload.owners = [FieldOwner(kind: .person, name: "kubectl-edit", field: .replicas)]
        try await remediation.revert(plan, in: world(workloads))
    }

    @Test func tellsWhatItFoundAroundTheWorkload() async throws {
        var before = workload()
        before.readyReplicas = 1
        before.desired = 3
        before.takesDown = 1
        before.wish = ObjectWish(mode: .observe)
        let argo = FieldOwner(kind: .gitOps, name: "argocd-controller", field: .memoryLimit(container: "email"))
        before.owners = [
            argo, FieldOwner(kind: .gitOps, name: "argocd-controller", field: .replicas),
            FieldOwner(kind: .person, name: "kubectl", field: .memoryLimit(container: "proxy")),
        ]
        let vertical = FieldOwner(kind: .autoscaler, name: "VerticalPodAutoscaler email", field: .memoryRequest(container: "email"))
        var expected = Circumstances()
        expected.wish = before.wish
        (expected.healthy, expected.desired, expected.takesDown) = (1, 3, 1)
        expected.owners = [vertical, argo]
        #expect(try await plan(FakeWorkloads(before, autoscalers: [vertical])).circumstances == expected)
        // A request that stays as it is belongs to whom it likes.
        before.containers = [container(limit: "1Gi", request: nil)]
        expected.owners = [argo]
        #expect(try await plan(FakeWorkloads(before, autoscalers: [vertical])).circumstances == expected)
    }

    static let refusals: [(String, Workload, MemoryBounds?, Finding, String)] = [
        (
            "a bare pod", workload(Subject(.pod, namespace: "production", name: "debug")), nil,
            oom(Subject(.pod, namespace: "production", name: "debug")),
            "cannot raise the memory of production/pod/debug: a pod without a controller would have to be deleted, and nobody would make it anew"
        ),
        (
            "a ReplicaSet", workload(Subject(.replicaSet, namespace: "production", name: "old")), nil,
            oom(Subject(.replicaSet, namespace: "production", name: "old")),
            "cannot raise the memory of production/replicaset/old: a ReplicaSet without a Deployment does not replace its pods when its "
                + "template changes"
        ),
        (
            "a Job", workload(Subject(.job, namespace: "production", name: "report")), nil,
            oom(Subject(.job, namespace: "production", name: "report")),
            "cannot raise the memory of production/job/report: the pod template of a Job cannot be changed once it exists"
        ),
        (
            "paused", workload(paused: true), nil, oom(),
            "the rollout of production/deployment/email is paused: a person paused it, and the change would wait until it is resumed"
        ),
        (
            "OnDelete", workload(rollsOut: false), nil, oom(),
            "production/deployment/email has the update strategy OnDelete: a change would reach no pod until somebody deletes it"
        ),
        (
            "no limit", workload(email, container(limit: nil)), nil, oom(),
            "container email has no memory limit: the node ran out of memory rather than the container, and a higher limit would not help"
        ),
        (
            "at MAX_MEMORY", workload(email, container(limit: "8Gi")), nil, oom(),
            "container email has a memory limit of 8Gi and MAX_MEMORY (8Gi) allows no more"
        ),
        (
            "above MAX_MEMORY", workload(email, container(limit: "9Gi")), nil, oom(),
            "container email has a memory limit of 9Gi and MAX_MEMORY (8Gi) allows no more"
        ),
        (
            "at the LimitRange", workload(), MemoryBounds(source: "team-quota", maximum: ByteQuantity("1Gi")), oom(),
            "container email has a memory limit of 1Gi and LimitRange team-quota (1Gi) allows no more"
        ),
        (
            "an injected container", workload(), nil, oom(email, "istio-proxy"),
            "container istio-proxy was OOM-killed but is not in the template of production/deployment/email: something else puts it into the pods"
        ),
        (
            "another fault", workload(), nil, finding("CrashLoopBackOff", "Error"),
            "no container of production/deployment/email was OOM-killed or measured against a limit (reported was CrashLoopBackOff, Error): more memory would not help"
        ),
        (
            "no fault", workload(), nil, finding(),
            "no container of production/deployment/email was OOM-killed or measured against a limit (no reason was reported): more memory would not help"
        ),
        (
            "full, but the limit is not the template's", workload(email, container(limit: nil)), nil, fullest("email"),
            "container email has no memory limit in the template of production/deployment/email: the one in force comes from elsewhere, "
                + "such as the default of a LimitRange or a VerticalPodAutoscaler"
        ),
        (
            "a full injected container", workload(), nil, fullest("istio-proxy"),
            "container istio-proxy is the fullest but is not in the template of production/deployment/email: something else puts it into the pods"
        ),
        (
            "unknown", workload(), nil, Finding(email, observedAt: now, .unknown("blind")),
            "it is unknown whether a container of production/deployment/email needs more memory"
        ),
    ]

    @Test(arguments: refusals) func refuses(
        _ name: String, _ workload: Workload, _ bounds: MemoryBounds?, _ finding: Finding, _ expected: String
    ) async throws {
        let workloads = FakeWorkloads(workload, bounds: bounds)
        #expect(try await RaiseMemory(.init()).plan(for: finding, on: finding.subject, in: world(workloads)) == .refused(expected))
        #expect(workloads.stamps.isEmpty)
    }

    @Test func oneContainerOfSeveral() async throws {
        let workloads = FakeWorkloads(workload(email, container(), container("proxy", limit: "64Mi", request: nil)))
        #expect(try await plan(workloads, finding: oom(email, "proxy")).summary == "raise memory of container proxy: limit 64Mi → 128Mi")
        let both = try await plan(workloads, finding: oom(email, "proxy", "email", "proxy"))
        #expect(
            both.summary
                == "raise memory of container proxy: limit 64Mi → 128Mi; container email: limit 1Gi → 2Gi, request 512Mi → 1Gi")
        #expect(both.write.workload?.edits.count == 2)
        let only = RaiseMemory.Parameters(container: "email")
        #expect(try await plan(workloads, only, finding: oom(email, "proxy", "email")).write.workload?.edits.count == 1)
        #expect(
            try await RaiseMemory(only).plan(for: oom(email, "proxy"), on: email, in: world(workloads))
                == .refused("the rule is for container email, and the container that was OOM-killed is proxy"))
    }

    @Test func theFullestContainer() async throws {
        let workloads = FakeWorkloads(workload(email, container(), container("proxy", limit: "64Mi", request: nil)))
        let half = RaiseMemory.Parameters(factor: 1.5)
        #expect(
            try await plan(workloads, half, finding: fullest("email")).summary
                == "raise memory of container email: limit 1Gi → 1536Mi, request 512Mi → 768Mi")
        let other = RaiseMemory.Parameters(container: "proxy")
        #expect(
            try await RaiseMemory(other).plan(for: fullest("email"), on: email, in: world(workloads))
                == .refused("the rule is for container proxy, and the container that is the fullest is email"))
    }

    @Test func whatCannotBeRaisedDoesNotHoldTheRest() async throws {
        let workloads = FakeWorkloads(workload(email, container(), container("proxy", limit: nil)))
        let plan = try await plan(workloads, finding: oom(email, "email", "proxy"))
        #expect(plan.write.workload?.edits.count == 1)
        #expect(plan.summary.contains("but not: container proxy has no memory limit"))
    }

    @Test func theLeastCapCounts() async throws {
        let bounds = MemoryBounds(source: "team", maximum: ByteQuantity("1536Mi"))
        let workloads = FakeWorkloads(workload(), bounds: bounds)
        #expect(
            try await plan(workloads).summary
                == "raise memory of container email: limit 1Gi → 1536Mi (no more than LimitRange team allows), request 512Mi → 1Gi")
        #expect(
            try await plan(workloads, .init(maximum: ByteQuantity("1200Mi"))).summary
                == "raise memory of container email: limit 1Gi → 1200Mi (no more than the rule's maximum allows), request 512Mi → 1Gi")
        let answer = try await RaiseMemory(.init()).plan(for: oom(), on: email, in: world(workloads, maximum: "1100Mi"))
        guard case .plan(let plan) = answer else { throw Unexpected() }
        #expect(
            plan.summary == "raise memory of container email: limit 1Gi → 1100Mi (no more than MAX_MEMORY allows), request 512Mi → 1Gi")
    }

    @Test(arguments: [PortError.notFound("gone"), .refused("403"), .unavailable("503", retryAfter: .seconds(2))])
    func throwsWhatThePortsThrow(_ error: PortError) async throws {
        let workloads = FakeWorkloads(workload(), failure: error)
        await #expect(throws: error) { try await RaiseMemory(.init()).plan(for: oom(), on: email, in: world(workloads)) }
    }

    @Test(arguments: [
        (RaiseMemory.Parameters(factor: 1), "factor"), (.init(factor: 10.001), "factor"), (.init(factor: 0.5), "factor"),
        (.init(factor: .nan), "factor"), (.init(factor: .infinity), "factor"), (.init(factor: 1.0001), "factor"),
        (.init(maximum: ByteQuantity(bytes: 1000)), "maximum"), (.init(container: ""), "container"),
    ])
    func senselessParameters(_ parameters: RaiseMemory.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try RaiseMemory(parameters) }
        #expect(error?.key == key)
    }

    @Test func namesAreThoseOfTheParameters() {
        let names = Mirror(reflecting: RaiseMemory.Parameters()).children.compactMap(\.label)
        #expect(names == RaiseMemory.parameterNames)
        let builtIn = builtInRemediations.map { $0.name }
        #expect(Set(builtIn).count == builtIn.count && Set(builtIn).isSuperset(of: ["raise-memory", "rollout-restart", "scale"]))
        for remediation in builtInRemediations {
            #expect(!remediation.permissions.contains { $0.verbs.contains("delete") || $0.verbs.contains("deletecollection") })
            #expect(remediation.permissions.allSatisfy { $0.resource != "pods" || Set($0.verbs).isSubset(of: ["get", "list"]) })
        }
    }

    private func plan(
        _ workloads: FakeWorkloads, _ parameters: RaiseMemory.Parameters = .init(), finding: Finding = oom()
    ) async throws -> Plan {
        guard case .plan(let plan) = try await RaiseMemory(parameters).plan(for: finding, on: finding.subject, in: world(workloads)) else {
            throw Unexpected()
        }
        return plan
    }

    struct Unexpected: Error {}
}
