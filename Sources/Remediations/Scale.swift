public import AutomatonCore

/// Sets the number of replicas of a Deployment or StatefulSet: enough for a figure, a number, or some more or fewer.
///
/// Never beyond MIN_REPLICAS and MAX_REPLICAS, the rule's own bounds, nor above the finding's figure `partitions` (a consumer without a
/// partition idles). Where an autoscaler sets the replicas it leaves them alone; who else does is told with the plan. It can be taken back.
public struct Scale: Remediation {
    /// What a rule writes under `with:`: exactly one of `perReplica`, `to` and `step`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// How much of the figure one replica takes: a lag of 20000 at 3500 a replica asks for 6. Never lowers the number.
        public var perReplica: Double?
        /// The number of replicas. Never lowers the number.
        public var to: Int?
        /// So many more, or fewer when negative.
        public var step: Int?
        /// The finding's figure that `perReplica` divides; nil for its main one.
        public var figure: String?
        /// The fewest replicas that this rule sets, above MIN_REPLICAS; nil for MIN_REPLICAS.
        public var minimum: Int?
        /// The most replicas that this rule sets, below MAX_REPLICAS; nil for MAX_REPLICAS.
        public var maximum: Int?

        /// Makes parameters.
        public init(
            perReplica: Double? = nil, to: Int? = nil, step: Int? = nil, figure: String? = nil, minimum: Int? = nil, maximum: Int? = nil
        ) {
            self.perReplica = perReplica
            self.to = to
            self.step = step
            self.figure = figure
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    public static let name = "scale"
    public static let documentation = Documentation(
        """
        Sets the replicas of a Deployment or StatefulSet: enough for a figure, a number, or some more or fewer; never beyond \
        `MIN_REPLICAS` and `MAX_REPLICAS`, nor above the finding's figure `partitions`. Where a HorizontalPodAutoscaler or a KEDA \
        ScaledObject sets the replicas, it leaves them alone and says whose they are: they would be written again within seconds. Who \
        else owns them (a GitOps controller, a person) is told with the plan. It can be taken back, and `restoreAfter` puts the former \
        number back.
        """,
        parameters: [
            .init(
                "perReplica", "a number above 0", standard: "one of the three",
                "How much of the figure one replica takes: a lag of 20000 at 3500 a replica asks for 6. Never lowers the number."),
            .init("to", "a number of replicas", standard: "one of the three", "The number of replicas. Never lowers the number."),
            .init("step", "a whole number", standard: "one of the three", "So many more, or fewer when negative."),
            .init("figure", "a figure of the check", standard: "its main one", "The figure that `perReplica` divides."),
            .init("minimum", "a number of replicas", standard: "`MIN_REPLICAS`", "The fewest that this rule sets."),
            .init("maximum", "a number of replicas", standard: "`MAX_REPLICAS`", "The most that this rule sets."),
        ],
        example: """
            name: too-few-workers
            check: pod-health
            when:
              - { figure: unwell, above: 2, priority: high }
            remediations:
              - use: scale
                with: { step: 2, maximum: 8 }
                restoreAfter: 15m
            """)
    public static let action = "scale_kafka_consumers"
    public static let subjects: Set<Subject.Kind> = [.deployment, .statefulSet]
    public static let permissions = [
        Permission(["get", "patch"], "deployments", group: "apps"),
        Permission(["get", "patch"], "statefulsets", group: "apps"),
        Permission(["list"], "horizontalpodautoscalers", group: "autoscaling"),
        Permission(["list"], "scaledobjects", group: "keda.sh"),
    ]

    /// The figure of a finding that bounds how many consumers have work.
    static let partitions = "partitions"

    private let parameters: Parameters

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        let ways = [parameters.perReplica != nil, parameters.to != nil, parameters.step != nil].count { $0 }
        guard ways == 1 else {
            let what = ways == 0 ? "how many replicas is not said" : "perReplica, to and step exclude each other"
            throw ParameterError("perReplica", "\(what): write exactly one of perReplica (3500), to (6) and step (2)")
        }
        if let share = parameters.perReplica, !(share > 0 && share.isFinite) {
            throw ParameterError("perReplica", "\(share) is out of range: write how much of the figure one replica takes, above 0")
        }
        if let step = parameters.step, step == 0 || step.magnitude > 1000 {
            throw ParameterError("step", "\(step) is out of range: write how many more (2) or fewer (-1), at most 1000")
        }
        if parameters.figure != nil, parameters.perReplica == nil {
            throw ParameterError("figure", "is used with perReplica only: leave it out")
        }
        if parameters.figure?.isEmpty == true {
            throw ParameterError("figure", "is empty: write the name of a figure of the check, or leave it out for its main one")
        }
        for (key, value) in [("to", parameters.to), ("minimum", parameters.minimum), ("maximum", parameters.maximum)] {
            if let value, !(1...1000).contains(value) {
                throw ParameterError(key, "\(value) is out of range: write a number of replicas from 1 to 1000")
            }
        }
        let (minimum, maximum) = (parameters.minimum ?? 1, parameters.maximum ?? 1000)
        guard minimum <= maximum else {
            throw ParameterError("minimum", "\(minimum) is above the maximum of \(maximum): write at most \(maximum)")
        }
        if let count = parameters.to, !(minimum...maximum).contains(count) {
            throw ParameterError("to", "\(count) is not within minimum and maximum: write \(minimum) to \(maximum)")
        }
        self.parameters = parameters
    }

    public var figures: [String] { parameters.figure.map { [$0] } ?? [] }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        if let why = Self.refusal(subject) { return .refused(why) }
        guard case .seen(let evidence) = finding.observation else {
            return .refused("what \(finding.subject) needs is unknown: \(subject) is not scaled")
        }
        let request: ReplicaGoal.Request
        switch wish(evidence, of: finding.subject) {
        case .success(let wish): request = wish
        case .failure(let refusal): return .refused(refusal.text)
        }
        let (workload, autoscalers) = try await Self.read(subject, in: environment)
        // An autoscaler writes its number again within seconds, whatever a rule allows: its own bounds are the place to change.
        if let autoscaler = autoscalers.first { return .refused("\(subject): its replicas are set by \(autoscaler.name): not fought over") }
        guard let present = workload.replicas else { return .refused("the number of replicas of \(subject) is unknown") }
        guard present > 0 else { return .refused("\(subject) is scaled to 0: somebody turned it off") }

        let (most, fewest) = bounds(environment.limits(), evidence)
        switch ReplicaGoal.reach(request, for: subject.description, present: present, most: most, fewest: fewest) {
        case .refused(let why): return .refused(why)
        case .goal(let goal):
            if goal.after < environment.limits().minimumReplicas {
                let least = ReplicaGoal.replicas(environment.limits().minimumReplicas)
                return .refused("\(subject) would get \(ReplicaGoal.replicas(goal.after)), and MIN_REPLICAS asks for \(least)")
            }
            return .plan(plan(goal, request, evidence, workload))
        }
    }

    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        // An autoscaler may have begun to scale it since, and need not have written anything yet.
        if let owner = try await environment.workloads.autoscalers(of: plan.subject, setting: [.replicas]).first {
            throw .refused("its replicas are set by \(owner.name) now: not fought over")
        }
        try await writeInverse(of: plan, in: environment)
    }

    private static func read(
        _ subject: Subject, in environment: Environment
    ) async throws -> (workload: Workload, autoscalers: [FieldOwner]) {
        try await withThrowingTaskGroup(of: [FieldOwner].self) { reads in
            // Both at once: one round trip less until the fault is mended.
            reads.addImmediateTask { try await environment.workloads.autoscalers(of: subject, setting: [.replicas]) }
            return (try await environment.workloads.read(subject), try await reads.next() ?? [])
        }
    }

    /// Why a subject of this kind has no replicas to set; nil when it has.
    private static func refusal(_ subject: Subject) -> String? {
        switch subject.kind {
        case .deployment, .statefulSet: nil
        case .daemonSet: "cannot scale \(subject): a DaemonSet runs one pod on each node"
        case .job: "cannot scale \(subject): a Job runs to its end with the pods it was given"
        case .replicaSet: "cannot scale \(subject): only Deployments and StatefulSets are scaled"
        case .pod: "cannot scale \(subject): it is one pod without a controller"
        case .consumerGroup, .database, .volume, .host, .alert:
            "cannot scale \(subject): it is no workload; the rule's 'subject:' says which workload is meant"
        }
    }

    private struct Refusal: Error {
        var text: String
    }

    /// What the rule asks for, with the figure as it was found.
    private func wish(_ evidence: Evidence, of subject: Subject) -> Result<ReplicaGoal.Request, Refusal> {
        if let count = parameters.to { return .success(.to(count)) }
        if let step = parameters.step { return .success(.step(step)) }
        let figure = parameters.figure.map { name in evidence.figures.first { $0.name == name } } ?? evidence.figures.first
        guard let share = parameters.perReplica, let figure else {
            let names = evidence.figures.map(\.name).joined(separator: ", ")
            return .failure(
                Refusal(
                    text: "the figure \(parameters.figure ?? "to divide by perReplica") of \(subject) was not measured "
                        + "(measured: \(names.isEmpty ? "nothing" : names)): how many replicas it needs is unknown"))
        }
        guard figure.value.isFinite, figure.value >= 0 else {
            return .failure(Refusal(text: "\(figure.summary) of \(subject) is no amount: how many replicas it needs is unknown"))
        }
        return .success(.perReplica(share, figure: figure))
    }

    private func bounds(_ policy: SafetyPolicy, _ evidence: Evidence) -> (most: [ReplicaGoal.Bound], fewest: [ReplicaGoal.Bound]) {
        var most = [ReplicaGoal.Bound(count: policy.maximumReplicas, source: "MAX_REPLICAS (\(policy.maximumReplicas)) allows")]
        var fewest = [ReplicaGoal.Bound(count: policy.minimumReplicas, source: "MIN_REPLICAS (\(policy.minimumReplicas)) allows")]
        if let maximum = parameters.maximum { most.append(.init(count: maximum, source: "the rule's maximum (\(maximum)) allows")) }
        if let minimum = parameters.minimum { fewest.append(.init(count: minimum, source: "the rule's minimum (\(minimum)) allows")) }
        if let partitions = evidence.figure(Self.partitions), partitions >= 1, partitions < 1_000_000 {
            let count = Int(partitions)
            most.append(.init(count: count, source: count == 1 ? "1 partition" : "\(count) partitions"))
        }
        return (most, fewest)
    }

    private func plan(_ goal: ReplicaGoal, _ request: ReplicaGoal.Request, _ evidence: Evidence, _ workload: Workload) -> Plan {
        var reasons: [String] = []
        switch request {
        case .perReplica(let share, let figure): reasons = [figure.summary, "\(ReplicaGoal.number(share)) a replica"]
        case .to, .step: if let figure = evidence.figures.first { reasons = [figure.summary] }
        }
        if let bound = goal.boundBy { reasons.append("no \(goal.after > goal.before ? "more" : "fewer") than \(bound.source)") }
        if workload.paused { reasons.append("its rollout is paused, its replicas are not") }
        let subject = workload.subject
        let why = reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
        let write = [WorkloadWrite.Edit.replicas(goal.after)]
        return Plan(
            subject: subject,
            summary: "scale \(subject.kind.rawValue)/\(subject.name) from \(goal.before) to \(ReplicaGoal.replicas(goal.after))\(why)",
            changes: [Change("spec.replicas", before: "\(goal.before)", after: "\(goal.after)", measure: .replicas(goal.after))],
            write: .workload(WorkloadWrite(write, precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))),
            inverse: WorkloadWrite([.replicas(goal.before)], precondition: .values(uid: workload.uid, write)), stamps: workload.stamps,
            circumstances: Circumstances(workload, replacesPods: false, owners: workload.owners(of: [.replicas], autoscalers: [])))
    }
}
