public import AutomatonCore

/// Reports how full disks are: by kubelet's figures, by `df` in pods, or of paths on this machine.
///
/// Its main figure is `used`, in percent as `df` counts it: what is used of what ordinary users can have. What is reported on follows
/// from the source:
/// - `kubelet`: the workload whose pods mount the volumes, its fullest volume first; with `subject: volume` each claim by itself.
/// - `pods`: the workload whose pods were asked.
/// - `local`: the machine, `host/NAME:PATH`, a finding a path.
///
/// A volume that cannot be read hides no full one, and as long as it cannot be read the subject is not healthy either.
public struct DiskUsage: Check {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// `kubelet` (default), `pods` or `local`.
        public var source: String?
        /// One namespace; nil for all that may be read. Not with `local`.
        public var namespace: String?
        /// A label selector in Kubernetes' notation; nil for all pods. Not with `local`.
        public var selector: String?
        /// The container in which `df` runs; nil for each pod's default one. Only with `pods`.
        public var container: String?
        /// Absolute paths, 1 to 10. With `pods` and `local`.
        public var paths: [String]?
        /// `workload` (default) or `volume`. Only with `kubelet`.
        public var subject: String?

        /// Makes parameters.
        public init(
            source: String? = nil, namespace: String? = nil, selector: String? = nil, container: String? = nil, paths: [String]? = nil,
            subject: String? = nil
        ) {
            self.source = source
            self.namespace = namespace
            self.selector = selector
            self.container = container
            self.paths = paths
            self.subject = subject
        }
    }

    public static let name = "disk-usage"
    public static let documentation = Documentation(
        """
        Reads how full disks are: from kubelet's figures, by `df` in pods, or of paths on this machine. A volume that cannot be read hides \
        no full one, and while it cannot be read its workload is not healthy either.
        """,
        parameters: [
            .init(
                "source", "`kubelet`, `pods` or `local`", standard: "`kubelet`",
                "Kubelet's stats summary (claims and ephemeral storage), `df` in one pod after another, or paths on this machine."),
            .init("namespace", "a namespace", standard: "those that are watched", "Only this namespace. Not with `local`."),
            .init("selector", "a label selector", standard: "all pods", "Only pods that carry these labels. Not with `local`."),
            .init("container", "a container's name", standard: "each pod's default", "Where `df` runs. Only with `pods`."),
            .init("paths", "a list of absolute paths", standard: "needed with `pods`, `local`", "What is measured."),
            .init(
                "subject", "`workload` or `volume`", standard: "`workload`",
                "Whether a finding is about the workload that mounts the volumes or about each claim. Only with `kubelet`."),
        ],
        figures: [
            .init("used", unit: "%", "as `df` counts it: what is used of what ordinary users can have"),
            .init("usedBytes", unit: "bytes", "what is in use"),
            .init("capacityBytes", unit: "bytes", "what ordinary users can have"), .init("freeBytes", unit: "bytes", "what is left"),
        ],
        example: """
            name: full-disk
            check: disk-usage
            with: { source: pods, selector: app=shop, paths: [/var/log/app] }
            when:
              - { above: $(DISK_SPACE_THRESHOLD), priority: medium }
            remediations:
              - use: clean-logs
                with: { path: /var/log/app, name: "*.log.*", olderThanDays: 7 }
            """)
    public static let vocabulary = Vocabulary(
        figures: ["used", "usedBytes", "capacityBytes", "freeBytes"], reasons: VolumeCode.allCases.map(\.rawValue))
    public static let subjects: Set<Subject.Kind> = .workloads.union([.volume, .host])
    public static let permissions = [
        Permission(["list"], "pods"),
        // For `source: kubelet`.
        Permission(["get"], "nodes/proxy"),
        // For `source: pods`; from 1.35 on, `create` as well as `get`.
        Permission(["create", "get"], "pods/exec"),
        Permission(["get"], "replicasets", group: "apps"),
    ]
    public var permissions: [Permission] {
        switch source {
        case .local: []
        case .kubelet: Self.permissions.filter { $0.resource != "pods/exec" }
        case .pods: Self.permissions.filter { $0.resource != "nodes/proxy" }
        }
    }

    let source: VolumeSource
    let isAboutVolumes: Bool
    public var subjects: Set<Subject.Kind> {
        switch source {
        case .local: [.host]
        case .kubelet where isAboutVolumes: [.volume]
        case .kubelet, .pods: .workloads
        }
    }

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        let word = parameters.source ?? "kubelet"
        guard ["kubelet", "pods", "local"].contains(word) else {
            throw ParameterError("source", "'\(word)' is none: write kubelet, pods or local")
        }
        func refuse(_ key: String, _ value: (some Any)?, unless allowed: [String]) throws {
            guard value == nil || allowed.contains(word) else {
                throw ParameterError(key, "has no meaning with source \(word): leave it out, or write source: \(allowed[0])")
            }
        }
        try refuse("namespace", parameters.namespace, unless: ["kubelet", "pods"])
        try refuse("selector", parameters.selector, unless: ["kubelet", "pods"])
        try refuse("container", parameters.container, unless: ["pods"])
        try refuse("paths", parameters.paths, unless: ["pods", "local"])
        try refuse("subject", parameters.subject, unless: ["kubelet"])
        if parameters.namespace?.isEmpty == true { throw ParameterError("namespace", "is empty: write a name, or leave it out for all") }
        if parameters.container?.isEmpty == true {
            throw ParameterError("container", "is empty: write a container's name, or leave it out")
        }
        let selector = parameters.selector ?? ""
        guard selector.utf8.count <= 1000, selector.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ParameterError(
                "selector", "not a label selector: write it as kubectl takes it (app=email,tier!=batch), at most 1000 characters")
        }
        let subject = parameters.subject ?? "workload"
        guard ["workload", "volume"].contains(subject) else {
            throw ParameterError("subject", "'\(subject)' is none: write workload or volume")
        }
        isAboutVolumes = subject == "volume"
        switch word {
        case "kubelet": source = .kubelet(namespace: parameters.namespace, labelSelector: selector)
        case "pods":
            source = .pods(
                namespace: parameters.namespace, labelSelector: selector, container: parameters.container,
                paths: try Self.paths(parameters.paths))
        default: source = .local(paths: try Self.paths(parameters.paths))
        }
    }

    private static func paths(_ paths: [String]?) throws -> [String] {
        guard let paths, (1...10).contains(paths.count), Set(paths).count == paths.count else {
            throw ParameterError("paths", "must be a list of 1 to 10 different paths: write [/var/log]")
        }
        for path in paths {
            let isPlain = path.utf8.count <= 1000 && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard path.hasPrefix("/"), isPlain, !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) else {
                throw ParameterError("paths", "'\(path.prefix(100))' is not an absolute path without '..': write it such as /var/log")
            }
        }
        return paths
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let readings = try await environment.volumes.read(source)
        let now = environment.now()
        var groups: [Subject: [VolumeReading]] = [:]
        var workloads: [String: Subject] = [:]
        for reading in readings {
            let subject: Subject
            if let pod = reading.pod {
                if isAboutVolumes {
                    guard reading.kind == .claim else { continue }
                    subject = Subject(.volume, namespace: pod.namespace, name: reading.name)
                } else if let known = workloads[pod.uid] {
                    subject = known
                } else {
                    // Whose volume it is must be known before anything is said: an owner that cannot be read fails the whole run.
                    subject = try await environment.workloads.workload(of: pod)
                    workloads[pod.uid] = subject
                }
            } else {
                subject = Subject(.host, namespace: "", name: "\(reading.host ?? "localhost"):\(reading.name)")
            }
            groups[subject, default: []].append(reading)
        }
        return groups.sorted { $0.key < $1.key }.map { Finding($0.key, observedAt: now, VolumeTally($0.value).observation) }
    }
}
