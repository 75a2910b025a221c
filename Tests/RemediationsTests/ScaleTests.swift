import SeededRandom
import AutomatonCore
import Testing

@testable import Remediations

/// What a Kafka check finds of a group.
private func lag(_ value: Double, partitions: Double? = nil) -> Finding {
    var figures = [Figure("lag", value, unit: "messages")]
    if let partitions { figures.append(Figure("partitions", partitions)) }
    let group = Subject(.consumerGroup, namespace: "", name: "email-service-group")
    return Finding(group, observedAt: now, .seen(Evidence(figures: figures)))
}

@Suite struct ScaleTests {
    private static func answer(
        _ parameters: Scale.Parameters, _ finding: Finding = lag(20_000), replicas: Int? = 2, autoscalers: [FieldOwner] = [],
        policy: SafetyPolicy = SafetyPolicy()
    ) async throws -> PlanAnswer {
        try await answer(parameters, finding, on: workload(replicas: replicas), autoscalers: autoscalers, policy: policy)
    }

    private static func answer(
        _ parameters: Scale.Parameters, _ finding: Finding, on workload: Workload, autoscalers: [FieldOwner] = [],
        policy: SafetyPolicy = SafetyPolicy()
    ) async throws -> PlanAnswer {
        let workloads = FakeWorkloads(workload, autoscalers: autoscalers)
        let environment = Environment(pods: NoPods(), workloads: workloads, limits: { policy }, now: { now })
        return try await Scale(parameters).plan(for: finding, on: workload.subject, in: environment)
    }

    @Test func plansAppliesAndTakesBack() async throws {
        let before = workload(replicas: 2)
        let workloads = FakeWorkloads(before)
        let scale = try Scale(.init(perReplica: 3500))
        guard case .plan(let plan) = try await scale.plan(for: lag(20_000, partitions: 12), on: email, in: world(workloads)) else {
            throw Unexpected()
        }
        #expect(plan.summary == "scale deployment/email from 2 to 6 replicas (lag 20000 messages, 3500 a replica)")
        #expect(plan.changes == [Change("spec.replicas", before: "2", after: "6", measure: .replicas(6))])
        #expect(plan.write == .workload(WorkloadWrite([.replicas(6)], precondition: .version(uid: "u1", resourceVersion: "7"))))
        #expect(plan.stamps == before.stamps && plan.subject == email)
        #expect(try await scale.apply(plan, stamp: stamp(2), in: world(workloads)).summary == plan.summary)
        #expect(workloads.workload.replicas == 6 && workloads.stamps == [stamp(2)])
        try await scale.revert(plan, in: world(workloads))
        #expect(workloads.workload.replicas == 2)
        // What a person set since is left alone.
        workloads.workload.replicas = 8
        await #expect(throws: PortError.self) { try await scale.revert(plan, in: world(workloads)) }
        #expect(workloads.workload.replicas == 8)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var with: Scale.Parameters
        var finding = lag(20_000)
        var replicas = 2
        var expected: String
        var testDescription: String { expected }
    }

    static let plans: [Case] = [
        Case(with: .init(perReplica: 3500), expected: "from 2 to 6 replicas (lag 20000 messages, 3500 a replica)"),
        Case(with: .init(perReplica: 4000), expected: "from 2 to 5 replicas (lag 20000 messages, 4000 a replica)"),
        Case(with: .init(perReplica: 0.1), finding: lag(1.1), expected: "from 2 to 10 replicas (lag 1.1 messages, 0.1 a replica, no more"),
        Case(
            with: .init(perReplica: 0.1), finding: lag(0.3), replicas: 1, expected: "from 1 to 3 replicas (lag 0.3 messages, 0.1 a replica)"
        ),
        Case(
            with: .init(perReplica: 3500), finding: lag(80_000),
            expected: "from 2 to 10 replicas (lag 80000 messages, 3500 a replica, no more than MAX_REPLICAS (10) allows)"),
        Case(
            with: .init(perReplica: 3500), finding: lag(80_000, partitions: 8),
            expected: "from 2 to 8 replicas (lag 80000 messages, 3500 a replica, no more than 8 partitions)"),
        Case(
            with: .init(perReplica: 3500, maximum: 4), finding: lag(80_000, partitions: 8),
            expected: "from 2 to 4 replicas (lag 80000 messages, 3500 a replica, no more than the rule's maximum (4) allows)"),
        Case(
            with: .init(perReplica: 1e-300), finding: lag(1e300, partitions: 1e300),
            expected: "no more than MAX_REPLICAS (10) allows"),
        Case(
            with: .init(perReplica: 3500, minimum: 4), finding: lag(100),
            expected: "from 2 to 4 replicas (lag 100 messages, 3500 a replica)"),
        Case(with: .init(perReplica: 4, figure: "partitions"), finding: lag(9, partitions: 12), expected: "(partitions 12, 4 a replica)"),
        Case(with: .init(to: 5), expected: "from 2 to 5 replicas (lag 20000 messages)"),
        Case(with: .init(step: 3), expected: "from 2 to 5 replicas (lag 20000 messages)"),
        Case(
            with: .init(step: 3), finding: lag(1, partitions: 4),
            expected: "from 2 to 4 replicas (lag 1 messages, no more than 4 partitions)"),
        Case(with: .init(step: -1), replicas: 6, expected: "from 6 to 5 replicas (lag 20000 messages)"),
        Case(
            with: .init(step: -9), replicas: 6,
            expected: "from 6 to 1 replica (lag 20000 messages, no fewer than MIN_REPLICAS (1) allows)"),
        Case(
            with: .init(step: -9, minimum: 3), replicas: 6,
            expected: "from 6 to 3 replicas (lag 20000 messages, no fewer than the rule's minimum (3) allows)"),
        Case(with: .init(step: -5), replicas: 12, expected: "from 12 to 7 replicas"),
    ]

    @Test(arguments: plans) func scales(_ test: Case) async throws {
        guard case .plan(let plan) = try await Self.answer(test.with, test.finding, replicas: test.replicas) else { throw Unexpected() }
        #expect(plan.summary.contains(test.expected), "\(plan.summary)")
        #expect(SafetyPolicy().refusal(plan) == nil)
    }

    static let refusals: [Case] = [
        Case(
            with: .init(perReplica: 3500), replicas: 6, expected: "has 6 replicas already, enough for lag 20000 messages at 3500 a replica"),
        Case(with: .init(perReplica: 3500), replicas: 9, expected: "has 9 replicas already, enough"),
        Case(with: .init(perReplica: 3500), finding: lag(0), replicas: 1, expected: "has 1 replica already, enough"),
        Case(with: .init(perReplica: 3500), finding: lag(90_000), replicas: 10, expected: "no more than MAX_REPLICAS (10) allows"),
        Case(with: .init(perReplica: 3500), finding: lag(90_000, partitions: 2), expected: "already: no more than 2 partitions"),
        Case(with: .init(perReplica: 3500), finding: lag(90_000, partitions: 1), expected: "already: no more than 1 partition"),
        Case(with: .init(to: 5), replicas: 6, expected: "negative step"), Case(with: .init(to: 5), replicas: 5, expected: "negative step"),
        Case(with: .init(step: -1), replicas: 1, expected: "no fewer than MIN_REPLICAS (1) allows"),
        Case(with: .init(step: -1), replicas: 14, expected: "somebody else set them"),
        Case(with: .init(step: 1), replicas: 14, expected: "already: no more than MAX_REPLICAS (10) allows"),
        Case(with: .init(step: 1), replicas: 0, expected: "scaled to 0: somebody turned it off"),
        Case(with: .init(perReplica: 1, figure: "age"), expected: "the figure age of consumergroup/email-service-group was not measured"),
        Case(with: .init(perReplica: 1), finding: finding("STALL"), expected: "measured: nothing"),
        Case(with: .init(perReplica: 1), finding: lag(.nan), expected: "is unknown"),
        Case(with: .init(perReplica: 1), finding: lag(.infinity), expected: "is unknown"),
        Case(with: .init(perReplica: 1), finding: lag(-1), expected: "is unknown"),
        Case(
            with: .init(step: 1), finding: Finding(email, observedAt: now, .unknown("brokers unreachable")), expected: "is unknown"),
    ]

    @Test(arguments: refusals) func refuses(_ test: Case) async throws {
        guard case .refused(let why) = try await Self.answer(test.with, test.finding, replicas: test.replicas) else { throw Unexpected() }
        #expect(why.contains(test.expected), "\(why)")
    }

    private static func owner(_ kind: FieldOwner.Kind, _ name: String, _ field: WorkloadField = .replicas) -> FieldOwner {
        FieldOwner(kind: kind, name: name, field: field)
    }

    @Test func leavesAutoscalersAlone() async throws {
        for name in ["HorizontalPodAutoscaler email-hpa", "ScaledObject email"] {
            let answer = try await Self.answer(.init(perReplica: 3500), autoscalers: [Self.owner(.autoscaler, name)])
            #expect(answer == .refused("production/deployment/email: its replicas are set by \(name): not fought over"))
        }
    }

    @Test func tellsWhoElseOwnsTheReplicas() async throws {
        var owned = workload(replicas: 2)
        owned.wish = ObjectWish(mode: .auto)
        owned.readyReplicas = 2
        owned.takesDown = 1
        let (flux, person) = (Self.owner(.gitOps, "kustomize-controller"), Self.owner(.person, "kubectl-scale"))
        // An autoscaler that wrote once and is gone since owns nothing; nor is it about memory.
        owned.owners = [
            Self.owner(.autoscaler, "kube-controller-manager"), flux, Self.owner(.person, "kubectl", .memoryLimit(container: "email")),
            person,
        ]
        guard case .plan(let plan) = try await Self.answer(.init(step: 1), lag(1), on: owned) else { throw Unexpected() }
        var expected = Circumstances()
        expected.wish = ObjectWish(mode: .auto)
        expected.owners = [flux, person]
        #expect(plan.circumstances == expected, "it replaces no pod")
    }

    @Test func doesNotPutBackWhatAnotherOwnsByNow() async throws {
        let scale = try Scale(.init(step: 1))
        for (owners, autoscalers, isFree) in [
            ([Self.owner(.gitOps, "argocd-controller")], [], false), ([], [Self.owner(.autoscaler, "ScaledObject email")], false),
            // The attempt's own write had taken the field from everybody: who has it now wrote since.
            ([Self.owner(.person, "kubectl")], [], false), ([Self.owner(.autoscaler, "kube-controller-manager")], [], false),
            ([Self.owner(.person, "kubectl", .memoryLimit(container: "email"))], [], true),
        ] {
            let workloads = FakeWorkloads(workload(replicas: 2), autoscalers: [])
            guard case .plan(let plan) = try await scale.plan(for: lag(1), on: email, in: world(workloads)) else { throw Unexpected() }
            _ = try await scale.apply(plan, stamp: stamp(2), in: world(workloads))
            var now = workloads.workload
            now.owners = owners
            let later = FakeWorkloads(now, autoscalers: autoscalers)
            if isFree {
                try await scale.revert(plan, in: world(later))
            } else {
                await #expect(throws: PortError.self) { try await scale.revert(plan, in: world(later)) }
            }
            #expect(later.workload.replicas == (isFree ? 2 : 3))
        }
    }

    static let kinds: [(Subject.Kind, String)] = [
        (.daemonSet, "one pod on each node"), (.job, "runs to its end"), (.pod, "without a controller"), (.replicaSet, "only Deployments"),
        (.consumerGroup, "'subject:'"), (.host, "'subject:'"),
    ]

    @Test(arguments: kinds) func refusesOtherKinds(_ kind: Subject.Kind, _ expected: String) async throws {
        let subject = Subject(kind, namespace: "production", name: "x")
        guard case .refused(let why) = try await Self.answer(.init(step: 1), lag(1), on: workload(subject)) else { throw Unexpected() }
        #expect(why.contains(expected) && why.contains(subject.description))
    }

    @Test func scalesStatefulSetsAndPausedDeployments() async throws {
        let set = Subject(.statefulSet, namespace: "production", name: "store")
        guard case .plan(let plan) = try await Self.answer(.init(step: 1), lag(1), on: workload(set, rollsOut: false)) else {
            throw Unexpected()
        }
        #expect(plan.summary == "scale statefulset/store from 3 to 4 replicas (lag 1 messages)")
        guard case .plan(let paused) = try await Self.answer(.init(step: 1), finding("STALL"), on: workload(paused: true)) else {
            throw Unexpected()
        }
        #expect(paused.summary == "scale deployment/email from 3 to 4 replicas (its rollout is paused, its replicas are not)")
    }

    @Test func refusesWhatMinReplicasWouldRefuse() async throws {
        var policy = SafetyPolicy()
        policy.minimumReplicas = 5
        let few = lag(90_000, partitions: 3)
        guard case .refused(let why) = try await Self.answer(.init(perReplica: 3500), few, policy: policy) else { throw Unexpected() }
        #expect(why.contains("MIN_REPLICAS asks for 5 replicas"))
    }

    @Test func throwsWhatThePortsThrow() async throws {
        let workloads = FakeWorkloads(workload(), failure: .refused("may not list scaledobjects"))
        let scale = try Scale(.init(step: 1))
        await #expect(throws: PortError.self) { try await scale.plan(for: lag(1), on: email, in: world(workloads)) }
    }

    static let parameters: [(Scale.Parameters, String)] = [
        (.init(), "perReplica"), (.init(perReplica: 1, to: 1), "perReplica"), (.init(to: 1, step: 1), "perReplica"),
        (.init(perReplica: 0), "perReplica"), (.init(perReplica: -1), "perReplica"), (.init(perReplica: .nan), "perReplica"),
        (.init(perReplica: .infinity), "perReplica"), (.init(to: 0), "to"), (.init(to: 1001), "to"), (.init(step: 0), "step"),
        (.init(step: .min), "step"), (.init(step: 1001), "step"), (.init(step: 1, figure: "lag"), "figure"),
        (.init(perReplica: 1, figure: ""), "figure"), (.init(step: 1, minimum: 0), "minimum"), (.init(step: 1, maximum: 0), "maximum"),
        (.init(step: 1, minimum: 5, maximum: 4), "minimum"), (.init(to: 5, maximum: 4), "to"), (.init(to: 5, minimum: 6), "to"),
    ]

    @Test(arguments: parameters) func refusesParameters(_ parameters: Scale.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try Scale(parameters) }
        #expect(error?.key == key && error?.problem.contains(": ") == true)
    }

    @Test func namesAreThoseOfTheParameters() {
        #expect(Mirror(reflecting: Scale.Parameters()).children.compactMap(\.label) == Scale.parameterNames)
    }

    /// Whatever is asked for: within every bound, in the right direction, and never a change that changes nothing.
    @Test func neverBeyondItsBounds() async throws {
        var random = SplitMix64(7)
        var planned = 0
        for _ in 0..<3000 {
            var policy = SafetyPolicy()
            policy.minimumReplicas = Int.random(in: 1...4, using: &random)
            policy.maximumReplicas = Int.random(in: 4...20, using: &random)
            let minimum = Bool.random(using: &random) ? Int.random(in: 1...8, using: &random) : nil
            let maximum = Bool.random(using: &random) ? Int.random(in: 8...30, using: &random) : nil
            let partitions = Bool.random(using: &random) ? Double(Int.random(in: 0...16, using: &random)) : nil
            let way = Int.random(in: 0...2, using: &random)
            let with = Scale.Parameters(
                perReplica: way == 0 ? Double.random(in: 0.001...9000, using: &random) : nil, to: way == 1 ? 8 : nil,
                step: way == 2 ? (Bool.random(using: &random) ? 1 : -1) * Int.random(in: 1...20, using: &random) : nil, minimum: minimum,
                maximum: maximum)
            let present = Int.random(in: 0...25, using: &random)
            let finding = lag(Double.random(in: 0...100_000, using: &random), partitions: partitions)
            guard case .plan(let plan) = try await Self.answer(with, finding, replicas: present, policy: policy),
                case .replicas(let after) = plan.changes[0].measure
            else { continue }
            planned += 1
            let isLowering = with.step.map { $0 < 0 } ?? false
            #expect(policy.refusal(plan) == nil && present > 0)
            #expect(isLowering ? after < present : after > present)
            #expect(after <= min(policy.maximumReplicas, maximum ?? .max))
            if let partitions, partitions >= 1 { #expect(after <= Int(partitions)) }
            if isLowering { #expect(after >= max(policy.minimumReplicas, minimum ?? 1)) }
            if let step = with.step, step > 0 { #expect(after <= max(present + step, policy.minimumReplicas, minimum ?? 1)) }
        }
        #expect(planned > 500)
    }

    struct Unexpected: Error {}
}
