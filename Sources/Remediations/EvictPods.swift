public import AutomatonCore

/// Evicts the pods that the finding names, through the eviction API, which asks the disruption budgets. Their controller makes new ones,
/// maybe on other nodes. No pod is deleted past a budget, and none without a controller is touched. It cannot be taken back.
public struct EvictPods: Remediation {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// The most pods that one attempt evicts, 1 to 10; nil for 1.
        public var limit: Int?

        /// Makes parameters.
        public init(limit: Int? = nil) { self.limit = limit }
    }

    public static let name = "evict-pods"
    public static let documentation = Documentation(
        """
        Evicts the pods that the finding names, through the eviction API: PodDisruptionBudgets are respected, and `MIN_HEALTHY` counts the \
        ready ones among them. The controller makes new pods, maybe on other nodes; a pod without one is left alone. It needs the right to \
        create `pods/eviction`, which the shipped Role does not grant (overlay `evict`). It cannot be taken back.
        """,
        parameters: [.init("limit", "a number from 1 to 10", standard: "1", "The most pods that one attempt evicts, the worst first.")],
        example: """
            name: start-failure-elsewhere
            check: pod-health
            when:
              - { reasons: [StartError, ContainerCannotRun], priority: high }
            remediations:
              - use: evict-pods
                attempts: 1
            """)
    public static let action = "evict_pods"
    public static let subjects: Set<Subject.Kind> = .rollouts
    public static let permissions = [
        Permission(["get"], "pods"),
        Permission(["create"], "pods/eviction"),
        Permission(["get"], "replicasets", group: "apps"),
        Permission(["get"], "deployments", group: "apps"),
        Permission(["get"], "statefulsets", group: "apps"),
        Permission(["get"], "daemonsets", group: "apps"),
    ]
    /// The most pods that a plan reads: of many that are bad, the first are as good as any.
    private static let mostRead = 20

    private let limit: Int

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        limit = parameters.limit ?? 1
        guard (1...10).contains(limit) else { throw ParameterError("limit", "\(limit) is out of range: write 1 to 10") }
    }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        guard Self.subjects.contains(subject.kind) else {
            return .refused("\(subject) makes no new pod when one is evicted: only a Deployment, StatefulSet or DaemonSet does")
        }
        guard case .seen(let evidence) = finding.observation else { return .refused("the finding names no pod") }
        var names: [String] = []
        for reason in evidence.reasons where !reason.part.isEmpty && !names.contains(reason.part) { names.append(reason.part) }
        guard !names.isEmpty else { return .refused("the finding names no pod: nothing says which one to evict") }
        let workload = try await environment.workloads.read(subject)
        var chosen: [PodRow] = []
        var left: [String] = []
        for name in names.prefix(Self.mostRead) where chosen.count < limit {
            let pod: PodRow
            do throws(PortError) {
                pod = try await environment.evictions.pod(name, inNamespace: subject.namespace)
            } catch {
                guard case .notFound = error else { throw error }
                left.append("\(name) is gone")
                continue
            }
            if let why = try await Self.refusal(pod, of: subject, in: environment) {
                left.append("\(name) \(why)")
            } else {
                chosen.append(pod)
            }
        }
        guard !chosen.isEmpty else { return .refused("no pod of \(subject) is to be evicted: " + left.joined(separator: ", ")) }
        var circumstances = Circumstances(workload, replacesPods: true)
        // The strategy has no say in an eviction: each ready pod among them is one less of those that are ready now.
        if let desired = workload.desired, let healthy = workload.readyReplicas {
            circumstances.takesDown = max(0, desired - healthy) + chosen.count(where: \.isReady)
        }
        let what = chosen.count == 1 ? "pod \(chosen[0].name)" : "\(chosen.count) pods"
        return .plan(
            Plan(
                subject: subject, summary: "evict \(what) of \(subject.kind.rawValue)/\(subject.name)",
                changes: chosen.map { Change("pods[\($0.name)]", before: Self.account($0), after: "evicted") },
                write: .evictions(
                    PodEviction(namespace: subject.namespace, pods: chosen.map { .init(name: $0.name, uid: $0.uid) })),
                stamps: workload.stamps, circumstances: circumstances))
    }

    /// Why the pod is left alone; nil when it is to be evicted.
    private static func refusal(_ pod: PodRow, of subject: Subject, in environment: Environment) async throws(PortError) -> String? {
        if pod.isTerminating { return "is going already" }
        if pod.phase == .succeeded || pod.phase == .failed { return "has ended: it holds no place that a new one would need" }
        let owner = try await environment.workloads.workload(of: pod)
        if owner != subject { return "belongs to \(owner), not to \(subject)" }
        return nil
    }

    private static func account(_ pod: PodRow) -> String {
        let restarts = pod.containers.reduce(0) { $0 + Int($1.restartCount) }
        return "\(pod.isReady ? "ready" : "not ready"), \(restarts) restart\(restarts == 1 ? "" : "s")"
    }

    public func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport {
        guard case .evictions(let eviction) = plan.write else { throw .refused("\(Self.name) did not plan to evict pods") }
        var details: [String] = []
        var evicted = 0
        for (index, pod) in eviction.pods.enumerated() {
            do throws(PortError) {
                try await environment.evictions.evict(pod, inNamespace: eviction.namespace)
                evicted += 1
                details.append("\(pod.name): evicted")
            } catch {
                switch error {
                case .notFound where index < eviction.pods.count - 1 || evicted > 0:
                    details.append("\(pod.name): gone already")
                case .outcomeUnknown where evicted > 0:
                    throw .outcomeUnknown("\(evicted) of \(eviction.pods.count) pods evicted, then: \(error)")
                case _ where evicted > 0:
                    // What was done counts; the rest waits for the next attempt.
                    details.append("\(pod.name): \(error)")
                    return AttemptReport("Evicted \(evicted) of \(eviction.pods.count) pods", details: details)
                default: throw error
                }
            }
        }
        return AttemptReport("Evicted \(evicted == 1 ? "1 pod" : "\(evicted) pods")", details: details)
    }

    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        throw .refused("an evicted pod cannot be brought back; its controller has made another")
    }
}
