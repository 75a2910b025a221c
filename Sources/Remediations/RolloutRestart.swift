public import AutomatonCore

/// Restarts the rollout of a workload as `kubectl rollout restart` does: an annotation on the pod template, and its controller replaces
/// the pods at the pace of its own strategy. It deletes no pod. It cannot be taken back.
public struct RolloutRestart: Remediation {
    /// It has none.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// Makes parameters.
        public init() {}
    }

    public static let name = "rollout-restart"
    public static let documentation = Documentation(
        """
        Restarts the rollout of a workload as `kubectl rollout restart` does; its controller replaces the pods at the pace of its own \
        strategy. No pod is deleted. It cannot be taken back.
        """,
        example: """
            name: crash-loop
            check: pod-health
            when:
              - { reason: CrashLoopBackOff, priority: high }
            remediations:
              - use: rollout-restart
            """)
    public static let action = "restart_deployment"
    public static let subjects: Set<Subject.Kind> = .rollouts
    public static let permissions = [
        Permission(["get", "patch"], "deployments", group: "apps"),
        Permission(["get", "patch"], "statefulsets", group: "apps"),
        Permission(["get", "patch"], "daemonsets", group: "apps"),
    ]

    /// Makes the remediation.
    public init(_ parameters: Parameters) {}

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        if let why = RolloutKind.refusal(subject, toChange: "restart the rollout") { return .refused(why) }
        let workload = try await environment.workloads.read(subject)
        if let why = RolloutKind.refusal(workload) { return .refused(why) }
        if workload.replicas == 0 { return .refused("\(subject) is scaled to 0: there is no pod to restart") }
        let now = environment.now()
        let change = Change(
            "template.metadata.annotations[kubectl.kubernetes.io/restartedAt]", before: workload.restartedAt, after: now.rfc3339)
        let write = WorkloadWrite(
            [.restart(at: now)], precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))
        return .plan(
            Plan(
                subject: subject, summary: "restart rollout of \(subject.kind.rawValue)/\(subject.name)", changes: [change],
                write: .workload(write),
                stamps: workload.stamps, circumstances: Circumstances(workload, replacesPods: true)))
    }
}
