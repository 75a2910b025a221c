public import AutomatonCore

/// Takes a Deployment back to its previous revision, as `kubectl rollout undo` does, when the trouble began with the present one.
///
/// The revision must be new, and its pods must not have run well; what a person or another attempt went back to is not undone. It deletes
/// no pod. It can be taken back: then the revision that it left is rolled out again.
public struct RolloutUndo: Remediation {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// The trouble must have begun at most so long after the revision was made; nil for an hour.
        public var within: ConfiguredDuration?

        /// Makes parameters.
        public init(within: ConfiguredDuration? = nil) { self.within = within }
    }

    public static let name = "rollout-undo"
    public static let documentation = Documentation(
        """
        Takes a Deployment back to its previous revision, as `kubectl rollout undo` does, when the trouble began with the present one: it \
        was made less than `within` before, none of its pods ran well for ten minutes, and it is not itself a step back. Rollout restarts \
        in between do not count as revisions. The controller replaces the pods; no pod is deleted. It can be taken back: the revision \
        that it left is rolled out again (`restoreAfter` would do so, too: leave it out). Who owns the template (a GitOps controller, a \
        person) is told with the plan.
        """,
        parameters: [
            .init(
                "within", "a time span from 1m to 7d", standard: "1h",
                "The trouble must have begun at most so long after the revision was made.")
        ],
        example: """
            name: bad-release
            check: pod-health
            when:
              - { reasons: [CrashLoopBackOff, StartError], priority: high }
            remediations:
              - use: rollout-undo
                with: { within: 30m }
                revert: ineffective
              - use: rollout-restart
            """)
    public static let action = "rollback_deployment"
    public static let subjects: Set<Subject.Kind> = [.deployment]
    public static let permissions = [
        Permission(["get", "patch"], "deployments", group: "apps"),
        Permission(["get", "list"], "replicasets", group: "apps"),
        Permission(["list"], "pods"),
    ]

    private let within: Duration

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        within = parameters.within?.duration ?? .hours(1)
        guard (Duration.minutes(1)...Duration.hours(7 * 24)).contains(within) else {
            throw ParameterError("within", "\(within.readable) is out of range: write 1m to 7d")
        }
    }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        guard subject.kind == .deployment else {
            return .refused("cannot take \(subject) back to its previous revision: only a Deployment keeps revisions in ReplicaSets")
        }
        guard case .seen(let evidence) = finding.observation else {
            return .refused("what is wrong with \(finding.subject) is unknown: the revision of \(subject) stays")
        }
        // The workload first. The undo is written under its version: if the template changes while the revisions are read, nothing is.
        let workload = try await environment.workloads.read(subject)
        if let why = RolloutKind.refusal(workload) { return .refused(why) }
        if workload.replicas == 0 { return .refused("\(subject) is scaled to 0: there is no pod that another revision would help") }
        let revisions = try await environment.workloads.revisions(of: subject)
        guard let history = RolloutHistory(revisions) else {
            throw PortError.unavailable("the present template of \(subject) has no ReplicaSet yet", retryAfter: .seconds(5))
        }
        switch history.stepBack(from: subject, troubled: evidence, stamps: workload.stamps, within: within, at: environment.now()) {
        case .refused(let why): return .refused("\(subject): \(why)")
        case .to(let target): return .plan(plan(history.present, target, workload))
        }
    }

    private func plan(_ present: Revision, _ target: Revision, _ workload: Workload) -> Plan {
        let subject = workload.subject
        let edit = WorkloadWrite.Edit.template(replicaSet: target.replicaSet, uid: target.uid)
        let former = WorkloadWrite.Edit.template(replicaSet: present.replicaSet, uid: present.uid)
        return Plan(
            subject: subject,
            summary: "take \(subject.kind.rawValue)/\(subject.name) back from \(present.text) to \(target.text)",
            changes: [
                Change(
                    "spec.template", before: "\(present.text), ReplicaSet \(present.replicaSet)",
                    after: "\(target.text), ReplicaSet \(target.replicaSet)")
            ] + Self.memoryChanges(present, target),
            write: .workload(WorkloadWrite([edit], precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))),
            inverse: WorkloadWrite([former], precondition: .values(uid: workload.uid, [edit])), stamps: workload.stamps,
            circumstances: Circumstances(
                workload, replacesPods: true, owners: workload.owners(of: [.template], autoscalers: [])))
    }

    /// Memory that the former template asks for is held against MAX_MEMORY as if it were raised.
    private static func memoryChanges(_ present: Revision, _ target: Revision) -> [Change] {
        target.memoryLimits.sorted { $0.key < $1.key }.filter { present.memoryLimits[$0.key] != $0.value }.map { container, limit in
            Change(
                WorkloadField.memoryLimit(container: container).description, before: present.memoryLimits[container]?.description,
                after: limit.description, measure: .memory(limit))
        }
    }
}
