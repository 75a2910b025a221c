public import AutomatonCore

/// Reports how full the memory of workloads is: the working set of their containers against the limits.
///
/// Its main figure, `used`, is the highest share of a limit that any container of the workload uses, in percent; `workingSetBytes` and
/// `limitBytes` are that container's, `containers` counts those that were measured. The one reason names that container, so that a
/// remediation knows which is meant; it is there however little is used, since the rule judges and not the check.
///
/// A container without a limit has no share: a workload of such alone is seen with nothing.
public struct MemoryUsage: Check {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// One namespace; nil for those that the engine selects.
        public var namespace: String?
        /// A label selector in Kubernetes' notation; nil for all pods.
        public var selector: String?
        /// Only containers of this name; nil for all.
        public var container: String?

        /// Makes parameters.
        public init(namespace: String? = nil, selector: String? = nil, container: String? = nil) {
            self.namespace = namespace
            self.selector = selector
            self.container = container
        }
    }

    public static let name = "memory-usage"
    public static let documentation = Documentation(
        """
        Reads from the metrics API (metrics-server) how full the memory of workloads is. A finding is about the workload; its fullest \
        container speaks. Containers without a limit do not count.
        """,
        parameters: [
            .init("namespace", "a namespace", standard: "those that are watched", "Only this namespace."),
            .init("selector", "a label selector", standard: "all pods", "Only pods that carry these labels."),
            .init("container", "a container's name", standard: "all", "Only containers of this name."),
        ],
        figures: [
            .init("used", unit: "%", "of its limit that the fullest container's working set takes"),
            .init("workingSetBytes", unit: "bytes", "what it uses"), .init("limitBytes", unit: "bytes", "what it may use"),
            .init("containers", "containers that were measured"),
        ],
        example: """
            name: payments-memory
            check: memory-usage
            with: { selector: app=payments }
            when:
              - { above: $(MEMORY_THRESHOLD), priority: medium }
            remediations:
              - use: raise-memory
                with: { factor: 1.5 }
            """)
    public static let vocabulary = Vocabulary(
        figures: ["used", "workingSetBytes", "limitBytes", "containers"], reasons: [reasonCode])
    public static let subjects: Set<Subject.Kind> = .workloads
    public static let permissions = [
        Permission(["list"], "pods", group: "metrics.k8s.io"),
        Permission(["list"], "pods"),
        Permission(["get"], "replicasets", group: "apps"),
    ]

    /// The code of the reason that names the fullest container.
    static let reasonCode = "MemoryUsage"

    private let selection: PodSelection
    private let container: String?

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        if let namespace = parameters.namespace, !PodHealth.isLabel(namespace) {
            throw ParameterError(
                "namespace", "'\(namespace)' is not the name of a namespace: write a-z, 0-9 and '-', at most 63 characters")
        }
        let selector = parameters.selector ?? ""
        guard selector.utf8.count <= 1000, selector.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ParameterError(
                "selector", "not a label selector: write it as kubectl takes it (app=email,tier!=batch), at most 1000 characters")
        }
        if let container = parameters.container, !PodHealth.isLabel(container) {
            throw ParameterError(
                "container", "'\(container)' is not the name of a container: write a-z, 0-9 and '-', at most 63 characters, or leave it out"
            )
        }
        selection = PodSelection(namespace: parameters.namespace, labelSelector: selector)
        container = parameters.container
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let now = environment.now()
        var groups: [Subject: WorkloadMemory] = [:]
        // The pods of a controller are of one workload: it is looked up once.
        var subjects: [PodRow.Owner: Subject] = [:]
        for reading in try await environment.memories.read(selection) {
            if let container, reading.container != container { continue }
            // Its memory is on the way out with it.
            if reading.pod.isTerminating { continue }
            let subject: Subject
            if let owner = reading.pod.controller, let known = subjects[owner] {
                subject = known
            } else {
                subject = try await environment.workloads.workload(of: reading.pod)
                if let owner = reading.pod.controller, subject.kind != .pod { subjects[owner] = subject }
            }
            groups[subject, default: WorkloadMemory()].add(reading, at: now)
        }
        return groups.sorted { $0.key < $1.key }.map { subject, memory in
            Finding(subject, observedAt: now, memory.observation)
        }
    }
}
