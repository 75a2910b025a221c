public import AutomatonCore

/// Watches pods, and reports on the workloads whose pods are unwell.
///
/// Its figures are `restarts` (of the workload's present pods in the window, counted as they happen, never what a pod brought along),
/// `unwell` (pods with a fault) and `pods` (pods that are wanted). Its reasons are the words of the kubelet; one keeps counting until
/// its container has run for `settle` since, or its pod is gone.
///
/// What lies in the past at first sight is history: a `lastState` that was not seen to happen, a pod that was evicted before.
public struct PodHealth: WatchingCheck {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// One namespace; nil for those that the engine selects.
        public var namespace: String?
        /// A label selector in Kubernetes' notation; nil for all pods.
        public var labels: String?
        /// How long restarts are counted; nil for an hour.
        public var window: ConfiguredDuration?
        /// How long a container must run since its last end before it is well again; nil for two minutes.
        public var settle: ConfiguredDuration?

        /// Makes parameters.
        public init(
            namespace: String? = nil, labels: String? = nil, window: ConfiguredDuration? = nil, settle: ConfiguredDuration? = nil
        ) {
            self.namespace = namespace
            self.labels = labels
            self.window = window
            self.settle = settle
        }
    }

    public static let name = "pod-health"
    public static let documentation = Documentation(
        "Watches pods and reports, for each workload, what the kubelet says is wrong with its pods, and how often their containers restarted.",
        parameters: [
            .init("namespace", "a namespace", standard: "those that are watched", "Only this namespace."),
            .init("labels", "a label selector", standard: "all pods", "Only pods that carry these labels (`app=email,tier!=batch`)."),
            .init("window", "a time span from 1m to 7d", standard: "1h", "How long restarts are counted."),
            .init(
                "settle", "a time span from 1s to 1h", standard: "2m",
                "How long a container must run since its last end before it is well again."),
        ],
        figures: [
            .init("restarts", "restarts of the workload's present pods within the window, counted as they happen"),
            .init("unwell", "pods with a fault"), .init("pods", "pods that are wanted"),
        ],
        example: """
            name: oom-killed
            check: pod-health
            when:
              - { reason: OOMKilled, priority: critical }
            remediations:
              - use: raise-memory
                with: { factor: 2 }
                attempts: 2
            """)
    public static let vocabulary = Vocabulary(
        figures: ["restarts", "unwell", "pods"], reasons: FaultCode.allCases.map(\.rawValue))
    public static let subjects: Set<Subject.Kind> = .workloads
    public static let namesWell = false
    public static let toldByHistory: Set<String> = ["restarts"]
    /// Its pods have no fault. That nothing is wrong is said only when all of them are ready.
    public static func observation(ofUnnamed workload: Workload) -> Observation? {
        guard let desired = workload.desired, desired > 0 else { return nil }
        let ready = workload.readyReplicas ?? 0
        guard ready >= desired else { return .unknown("\(desired - ready) of \(desired) pods are not ready yet") }
        return .seen(Evidence(figures: [Figure("restarts", 0), Figure("unwell", 0), Figure("pods", Double(ready))]))
    }
    public static let permissions = [
        Permission(["list", "watch"], "pods"),
        Permission(["get"], "replicasets", group: "apps"),
        Permission(["get"], "deployments", group: "apps"),
        Permission(["get"], "statefulsets", group: "apps"),
        Permission(["get"], "daemonsets", group: "apps"),
        Permission(["get"], "jobs", group: "batch"),
    ]

    let selection: PodSelection
    let window: Duration
    let settle: Duration

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        if let namespace = parameters.namespace, !Self.isLabel(namespace) {
            throw ParameterError(
                "namespace", "'\(namespace)' is not the name of a namespace: write a-z, 0-9 and '-', at most 63 characters")
        }
        let labels = parameters.labels ?? ""
        guard labels.utf8.count <= 1000, labels.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ParameterError(
                "labels", "not a label selector: write it as kubectl takes it (app=email,tier!=batch), at most 1000 characters")
        }
        selection = PodSelection(namespace: parameters.namespace, labelSelector: labels)
        window = parameters.window?.duration ?? .hours(1)
        settle = parameters.settle?.duration ?? .minutes(2)
        guard (.minutes(1)...(.hours(7 * 24))).contains(window) else {
            throw ParameterError("window", "\(window.readable) is out of range: write 1m to 7d")
        }
        guard (.seconds(1)...(.hours(1))).contains(settle) else {
            throw ParameterError("settle", "\(settle.readable) is out of range: write 1s to 1h")
        }
    }

    /// RFC 1123, section 2.1: a label.
    static func isLabel(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...63).contains(bytes.count) && bytes.first != 0x2D && bytes.last != 0x2D
            && bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    public func run(in environment: Environment) async throws -> [Finding] { try await survey(in: environment).findings }

    public func survey(in environment: Environment) async throws -> Survey {
        try await PodHealthWatch(PodHealthState(settle: settle, window: window), in: environment).once(selection)
    }

    public func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
        let watch = PodHealthWatch(PodHealthState(settle: settle, window: window), in: environment, report: report)
        try await watch.run(selection, sleep: environment.sleep)
    }
}
