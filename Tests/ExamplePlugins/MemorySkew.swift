public import AutomatonCore

/// Reports how unevenly the pods of a workload use memory: one that leaks, or that got more than its share of the work.
public struct MemorySkew: Check {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Sendable {
        /// A label selector in Kubernetes' notation; nil for all pods.
        public var selector: String?
        /// While the fullest pod uses less, nothing is uneven; nil for 64Mi.
        public var atLeast: ByteQuantity?

        /// None is written.
        public init() {}
    }

    public static let name = "memory-skew"
    public static let documentation = Documentation(
        """
        Reads from the metrics API (metrics-server) how much more memory the fullest pod of a workload uses than its other pods do on average. \
        A workload with one pod has nothing to compare, and is left out.
        """,
        parameters: [
            .init("selector", "a label selector", standard: "all pods", "Only pods that carry these labels."),
            .init("atLeast", "an amount of bytes", standard: "64Mi", "While the fullest pod uses less, `skew` is 0."),
        ],
        figures: [
            .init("skew", "percent that the fullest pod uses more than the others do on average"),
            .init("fullestBytes", "bytes that the fullest pod uses"),
        ],
        example: """
            name: uneven-memory
            check: memory-skew
            when:
              - { above: 100, priority: low }
            remediations:
              - use: rollout-restart
            """)

    public static let vocabulary = Vocabulary(figures: ["skew", "fullestBytes"], reasons: ["MemorySkew"])
    public static let subjects: Set<Subject.Kind> = .workloads
    public static let permissions = [
        Permission(["list"], "pods", group: "metrics.k8s.io"),
        Permission(["list"], "pods"),
        Permission(["get"], "replicasets", group: "apps"),
    ]

    private let selection: PodSelection
    private let atLeast: Int64

    public init(_ parameters: Parameters) throws {
        let selector = parameters.selector ?? ""
        guard selector.utf8.count <= 1000 else {
            throw ParameterError("selector", "has more than 1000 characters: write it as kubectl takes it (app=email)")
        }
        selection = PodSelection(labelSelector: selector)
        atLeast = parameters.atLeast?.bytes ?? 64 << 20
        guard atLeast > 0 else { throw ParameterError("atLeast", "is 0: write an amount of bytes (64Mi)") }
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let now = environment.now()
        var workloads: [Subject: PodMemories] = [:]
        for reading in try await environment.memories.read(selection) where !reading.pod.isTerminating {
            let subject = try await environment.workloads.workload(of: reading.pod)
            workloads[subject, default: PodMemories()].add(reading, at: now)
        }
        return workloads.sorted { $0.key < $1.key }.compactMap { subject, memories in
            memories.observation(atLeast: atLeast).map { Finding(subject, observedAt: now, $0) }
        }
    }
}

/// What the pods of one workload use.
private struct PodMemories {
    private var bytes: [String: Int64] = [:]
    /// Why one of them is not known.
    private var missing: String?

    mutating func add(_ reading: ContainerMemoryReading, at now: Instant) {
        let pod = reading.pod.name
        switch reading.workingSet {
        case .known(let measurement) where now - measurement.at <= .minutes(3): bytes[pod, default: 0] += measurement.bytes
        case .known(let measurement): missing = "\(pod) was measured last \((now - measurement.at).readable) ago"
        case .unknown(let why): missing = "\(pod): \(why)"
        }
    }

    /// Nil for a workload with one pod.
    func observation(atLeast: Int64) -> Observation? {
        // The pod that is not known may be the fullest.
        if let missing { return .unknown(missing) }
        // Of equals the first by name, so that the finding does not change for nothing.
        guard bytes.count > 1, let fullest = bytes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
        let others = Double(bytes.values.reduce(0, +) - fullest.value) / Double(bytes.count - 1)
        let skew = fullest.value < atLeast || others == 0 ? 0 : (Double(fullest.value) / others * 100 - 100).rounded()
        let figures = [Figure("skew", skew, unit: "%"), Figure("fullestBytes", Double(fullest.value), unit: "bytes")]
        let reason = Reason("MemorySkew", part: fullest.key, message: "uses \(ByteQuantity(bytes: fullest.value))")
        return .seen(Evidence(figures: figures, reasons: skew > 0 ? [reason] : []))
    }
}
