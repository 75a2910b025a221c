public import AutomatonCore

/// A workload of one container in few words, from which the complete object is made, as the API server would store it with all its
/// defaults.
public struct WorkloadBlueprint: Sendable, Hashable {
    /// The kind of controller.
    public enum Kind: Sendable, Hashable {
        /// A Deployment that rolls, with these bounds.
        case deployment(maxSurge: String = "25%", maxUnavailable: String = "25%")
        /// A StatefulSet; its headless Service is made too.
        case statefulSet
        /// A DaemonSet.
        case daemonSet
        /// A Job.
        case job(backoffLimit: Int = 6, activeDeadlineSeconds: Int? = nil)
    }

    /// The name; also that of the container and of the label `app`.
    public var name: String
    /// The kind of controller.
    public var kind: Kind
    /// The number of replicas; a DaemonSet has none.
    public var replicas: Int
    /// The image.
    public var image: String
    /// The memory limit; none if nil.
    public var memoryLimit: ByteQuantity?
    /// The memory request; none if nil.
    public var memoryRequest: ByteQuantity?
    /// Seconds until a readiness probe succeeds for the first time; no probe if nil.
    public var readinessDelay: Int?
    /// `minReadySeconds`.
    public var minReadySeconds: Int
    /// `progressDeadlineSeconds` of a Deployment.
    public var progressDeadlineSeconds: Int
    /// `activeDeadlineSeconds` of the pods of a Job, after which they fail with reason DeadlineExceeded; none if nil.
    public var podDeadlineSeconds: Int?
    /// Annotations of the pod template (`simulator/…`).
    public var podAnnotations: [String: String]
    /// PersistentVolumeClaims by the directory that they are mounted on.
    public var claims: [String: String]

    /// Makes a blueprint.
    public init(
        _ name: String, _ kind: Kind = .deployment(), replicas: Int = 2, image: String? = nil, memoryLimit: ByteQuantity? = nil,
        memoryRequest: ByteQuantity? = nil, readinessDelay: Int? = nil, minReadySeconds: Int = 0, progressDeadlineSeconds: Int = 600,
        podDeadlineSeconds: Int? = nil, podAnnotations: [String: String] = [:], claims: [String: String] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.replicas = replicas
        self.image = image ?? "registry.example.com/\(name):2.4.1"
        self.memoryLimit = memoryLimit
        self.memoryRequest = memoryRequest
        self.readinessDelay = readinessDelay
        self.minReadySeconds = minReadySeconds
        self.progressDeadlineSeconds = progressDeadlineSeconds
        self.podDeadlineSeconds = podDeadlineSeconds
        self.podAnnotations = podAnnotations
        self.claims = claims
    }

    /// The collection that the object goes into.
    public var type: ResourceType {
        switch kind {
        case .deployment: .deployments
        case .statefulSet: .statefulSets
        case .daemonSet: .daemonSets
        case .job: .jobs
        }
    }

    /// What the workload is called.
    public func workload(in namespace: String) -> WorkloadName { WorkloadName(kind: type.kind, namespace: namespace, name: name) }

    /// The object with all defaults, without what the store sets.
    public func object(in namespace: String) -> JSON {
        let labels: JSON = ["app": .string(name)]
        var spec: JSON = ["template": template]
        if minReadySeconds > 0 { spec["minReadySeconds"] = JSON(minReadySeconds) }
        switch kind {
        case .deployment(let surge, let unavailable):
            spec["replicas"] = JSON(replicas)
            spec["progressDeadlineSeconds"] = JSON(progressDeadlineSeconds)
            spec["strategy", "rollingUpdate"] = ["maxSurge": Self.bound(surge), "maxUnavailable": Self.bound(unavailable)]
        case .statefulSet:
            spec["replicas"] = JSON(replicas)
            spec["serviceName"] = .string(name)
        case .daemonSet: break
        case .job(let backoffLimit, let deadline):
            spec["parallelism"] = JSON(replicas)
            spec["completions"] = JSON(replicas)
            spec["backoffLimit"] = JSON(backoffLimit)
            if let deadline { spec["activeDeadlineSeconds"] = JSON(deadline) }
        }
        if !isJob { spec["selector"] = ["matchLabels": labels] }
        var object: JSON = [
            "metadata": ["name": .string(name), "namespace": .string(namespace), "labels": labels], "spec": spec,
            "status": .emptyObject,
        ]
        Defaults.apply(to: &object, type: type)
        return object
    }

    private var isJob: Bool { if case .job = kind { true } else { false } }

    private static func bound(_ text: String) -> JSON { Int(text).map { JSON($0) } ?? .string(text) }

    private var template: JSON {
        var limits: JSON = ["cpu": "1"]
        var requests: JSON = ["cpu": "100m"]
        if let memoryLimit { limits["memory"] = .string(memoryLimit.description) }
        if let memoryRequest { requests["memory"] = .string(memoryRequest.description) }
        var container: JSON = [
            "name": .string(name), "image": .string(image), "ports": [["name": "http", "containerPort": 8080]],
            "resources": ["limits": limits, "requests": requests],
        ]
        if let readinessDelay {
            container["readinessProbe"] = [
                "httpGet": ["path": "/ready", "port": "http"], "initialDelaySeconds": JSON(readinessDelay),
            ]
        }
        let mounted = claims.sorted { $0.key < $1.key }
        if !mounted.isEmpty {
            container["volumeMounts"] = .array(mounted.map { ["name": .string($0.value), "mountPath": .string($0.key)] })
        }
        var metadata: JSON = ["labels": ["app": .string(name)]]
        if !podAnnotations.isEmpty { metadata["annotations"] = JSON(podAnnotations) }
        var spec: JSON = ["containers": [container], "restartPolicy": isJob ? "Never" : "Always"]
        if !mounted.isEmpty {
            spec["volumes"] = .array(
                mounted.map { ["name": .string($0.value), "persistentVolumeClaim": ["claimName": .string($0.value)]] })
        }
        if let podDeadlineSeconds { spec["activeDeadlineSeconds"] = JSON(podDeadlineSeconds) }
        return ["metadata": metadata, "spec": spec]
    }
}

extension Store {
    /// Creates the object of a blueprint (and the headless Service of a StatefulSet) and, if need be, its namespace.
    @discardableResult
    public mutating func deploy(
        _ blueprint: WorkloadBlueprint, in namespace: String, at now: Instant
    ) throws(StoreError) -> WorkloadName {
        if get(.namespaces, name: namespace) == nil {
            var object: JSON = ["metadata": ["name": .string(namespace)]]
            Defaults.apply(to: &object, type: .namespaces)
            try create(.namespaces, object, at: now)
        }
        if blueprint.kind == .statefulSet, get(.services, namespace: namespace, name: blueprint.name) == nil {
            var service: JSON = [
                "metadata": ["name": .string(blueprint.name), "namespace": .string(namespace)],
                "spec": [
                    "clusterIP": "None", "selector": ["app": .string(blueprint.name)],
                    "ports": [["name": "http", "port": 8080, "targetPort": "http"]],
                ],
            ]
            Defaults.apply(to: &service, type: .services)
            try create(.services, service, at: now)
        }
        try create(blueprint.type, blueprint.object(in: namespace), at: now)
        return blueprint.workload(in: namespace)
    }
}
