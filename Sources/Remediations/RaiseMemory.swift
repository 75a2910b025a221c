public import AutomatonCore

/// Gives the containers that were OOM-killed, or the one that is fullest, more memory: limit and request times a factor, up to MAX_MEMORY and what LimitRanges allow.
///
/// It changes the pod template of the workload; its controller replaces the pods. It deletes no pod. It can be taken back.
public struct RaiseMemory: Remediation {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// Above 1 and at most 10, with at most three decimals; nil for 2.
        public var factor: Double?
        /// The one container that is meant; nil for each that was killed, or the fullest.
        public var container: String?
        /// The most that this rule gives, below MAX_MEMORY; nil for MAX_MEMORY.
        public var maximum: ByteQuantity?

        /// Makes parameters.
        public init(factor: Double? = nil, container: String? = nil, maximum: ByteQuantity? = nil) {
            self.factor = factor
            self.container = container
            self.maximum = maximum
        }
    }

    public static let name = "raise-memory"
    public static let documentation = Documentation(
        """
        Gives containers that run out of memory more of it: limit and request times a factor, up to `MAX_MEMORY` and what LimitRanges \
        allow. The workload's controller replaces the pods; no pod is deleted. It can be taken back.
        """,
        parameters: [
            .init("factor", "a number above 1, at most 10", standard: "2", "Limit and request are multiplied by this."),
            .init("container", "a container's name", standard: "each that the finding names", "The one container that is meant."),
            .init("maximum", "an amount of bytes", standard: "`MAX_MEMORY`", "The most that this rule gives, below `MAX_MEMORY`."),
        ],
        example: """
            name: oom-killed-twice
            check: pod-health
            when:
              - { reason: OOMKilled, priority: critical }
            remediations:
              - use: raise-memory
                with: { factor: 1.5, maximum: 4Gi }
                attempts: 2
            """)
    public static let action = "increase_pod_memory"
    public static let subjects: Set<Subject.Kind> = .rollouts
    public static let permissions = [
        Permission(["get", "patch"], "deployments", group: "apps"),
        Permission(["get", "patch"], "statefulsets", group: "apps"),
        Permission(["get", "patch"], "daemonsets", group: "apps"),
        Permission(["list"], "limitranges"),
        Permission(["list"], "verticalpodautoscalers", group: "autoscaling.k8s.io"),
    ]

    private let factor: MemoryRaise.Factor
    private let container: String?
    private let maximum: ByteQuantity?

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        guard let factor = MemoryRaise.Factor(parameters.factor ?? 2) else {
            throw ParameterError(
                "factor", "\(parameters.factor ?? 2) is out of range: write a number above 1 and at most 10, with at most three decimals")
        }
        if let maximum = parameters.maximum, maximum.bytes < 1 << 20 {
            throw ParameterError("maximum", "\(maximum) is less than 1Mi: write the most memory that a container may get, such as 4Gi")
        }
        if parameters.container?.isEmpty == true {
            throw ParameterError("container", "is empty: write a container's name, or leave it out")
        }
        self.factor = factor
        container = parameters.container
        maximum = parameters.maximum
    }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        let need: MemoryNeed
        switch MemoryNeed.of(finding, only: container) {
        case .success(let found): need = found
        case .failure(let refusal): return .refused(refusal.text)
        }
        if let why = RolloutKind.refusal(subject, toChange: "raise the memory") { return .refused(why) }
        let fields = need.containers.flatMap { [WorkloadField.memoryLimit(container: $0), .memoryRequest(container: $0)] }
        let (workload, bounds, autoscalers) = try await read(subject, fields, in: environment)
        if let why = RolloutKind.refusal(workload) { return .refused(why) }

        let caps = caps(environment.limits(), bounds)
        var raises: [MemoryRaise] = []
        var refusals: [String] = []
        for name in need.containers {
            guard let container = workload.containers.first(where: { $0.name == name }) else {
                refusals.append(
                    "container \(name) \(need.why) but is not in the template of \(subject): something else puts it into the pods")
                continue
            }
            if container.memoryLimit == nil, !need.wasKilled {
                refusals.append(
                    "container \(name) has no memory limit in the template of \(subject): the one in force comes from elsewhere, such as "
                        + "the default of a LimitRange or a VerticalPodAutoscaler")
                continue
            }
            switch MemoryRaise.raise(container, by: factor, caps: caps, ratio: bounds?.maximumRatio) {
            case .raised(let raise): raises.append(raise)
            case .refused(let why): refusals.append(why)
            }
        }
        guard !raises.isEmpty else { return .refused(refusals.joined(separator: "; ")) }
        return .plan(plan(raises, refusals, workload, autoscalers))
    }

    private enum Reading: Sendable {
        case bounds(MemoryBounds?)
        case autoscalers([FieldOwner])
    }

    private func read(
        _ subject: Subject, _ fields: [WorkloadField], in environment: Environment
    ) async throws -> (workload: Workload, bounds: MemoryBounds?, autoscalers: [FieldOwner]) {
        try await withThrowingTaskGroup(of: Reading.self) { reads in
            // All at once: fewer round trips until the fault is mended.
            reads.addImmediateTask { .bounds(try await environment.workloads.memoryBounds(inNamespace: subject.namespace)) }
            reads.addImmediateTask { .autoscalers(try await environment.workloads.autoscalers(of: subject, setting: fields)) }
            let workload = try await environment.workloads.read(subject)
            var bounds: MemoryBounds?
            var autoscalers: [FieldOwner] = []
            for try await reading in reads {
                switch reading {
                case .bounds(let found): bounds = found
                case .autoscalers(let found): autoscalers = found
                }
            }
            return (workload, bounds, autoscalers)
        }
    }

    private func caps(_ policy: SafetyPolicy, _ bounds: MemoryBounds?) -> [MemoryRaise.Cap] {
        var caps = [MemoryRaise.Cap(bytes: policy.maximumMemory, source: "MAX_MEMORY")]
        if let maximum { caps.append(.init(bytes: maximum, source: "the rule's maximum")) }
        if let bounds, let maximum = bounds.maximum { caps.append(.init(bytes: maximum, source: "LimitRange \(bounds.source)")) }
        return caps
    }

    private func plan(_ raises: [MemoryRaise], _ refusals: [String], _ workload: Workload, _ autoscalers: [FieldOwner]) -> Plan {
        let edits = raises.map(\.edit)
        let fields = raises.flatMap(\.fields)
        let names = Set(fields.map(\.description))
        let owners = workload.owners(of: fields, autoscalers: autoscalers.filter { names.contains($0.field) })
        var summary = "raise memory of " + raises.map(\.summary).joined(separator: "; ")
        if !refusals.isEmpty { summary += " (but not: " + refusals.joined(separator: "; ") + ")" }
        return Plan(
            subject: workload.subject, summary: summary, changes: raises.flatMap(\.changes),
            write: .workload(WorkloadWrite(edits, precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))),
            inverse: WorkloadWrite(raises.map(\.inverse), precondition: .values(uid: workload.uid, edits)),
            stamps: workload.stamps, circumstances: Circumstances(workload, replacesPods: true, owners: owners))
    }
}
