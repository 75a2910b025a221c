/// The workloads of a cluster: what remediations read and change.
public protocol Workloads: Sendable {
    /// Finds the workload that a pod belongs to: ReplicaSet → Deployment, StatefulSet, DaemonSet, Job (Job → CronJob stays the Job).
    ///
    /// The pod itself for one without a controller, or with one of a kind that is not known here.
    /// - Throws: ``PortError``.
    func workload(of pod: PodRow) async throws(PortError) -> Subject

    /// Reads a workload as it is observed now, past every cache.
    /// - Throws: ``PortError/notFound(_:)`` when it is gone.
    func read(_ subject: Subject) async throws(PortError) -> Workload

    /// The bounds that the namespace's LimitRanges put on a container's memory; nil when there are none.
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds?

    /// The autoscalers that name the workload as their target and set one of these fields now: HorizontalPodAutoscaler, KEDA's
    /// ScaledObject, VerticalPodAutoscaler. Who else writes the fields stands in ``Workload/owners``.
    /// - Throws: ``PortError/refused(_:)`` also when one of them may not be read: an autoscaler that is not known is not none.
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner]

    /// The autoscaler that sets the replicas, of those workloads of one namespace of which one does: the same as
    /// ``autoscalers(of:setting:)``, in one look for all.
    func replicaScalers(
        of subjects: Set<Subject>, inNamespace namespace: String
    ) async throws(PortError) -> [Subject: FieldOwner]

    /// The workloads of a kind that carry a label with a value, by name.
    func workloads(_ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String) async throws(PortError) -> [Subject]

    /// The revisions of a Deployment that its ReplicaSets keep, newest first. Nothing for another kind, which keeps none.
    func revisions(of subject: Subject) async throws(PortError) -> [Revision]

    /// Writes a change, and the stamp if one is given, in one request under the write's precondition.
    /// - Throws: ``PortError/conflict(_:)`` when the object is no longer the one that was read.
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload
}

extension Workloads {
    /// Asks of one after the other, for a world in which looking costs nothing.
    public func replicaScalers(
        of subjects: Set<Subject>, inNamespace namespace: String
    ) async throws(PortError) -> [Subject: FieldOwner] {
        var scalers: [Subject: FieldOwner] = [:]
        for subject in subjects.sorted() where subject.namespace == namespace {
            scalers[subject] = try await autoscalers(of: subject, setting: [.replicas]).first
        }
        return scalers
    }
}

/// What remediations need to know of a workload.
public struct Workload: Hashable, Sendable {
    /// Which one.
    public var subject: Subject
    /// Its uid: another one of the same name is another workload.
    public var uid: String
    /// The version that was read; the precondition of a write.
    public var resourceVersion: String
    /// Desired replicas; nil where the kind has none.
    public var replicas: Int?
    /// Whether its rollout is paused (Deployments).
    public var paused: Bool
    /// Whether pods of a changed template replace the old ones by themselves: false for a StatefulSet or DaemonSet with `OnDelete`.
    public var rollsOut: Bool
    /// The containers of the pod template, in order (init containers are not among them).
    public var containers: [Container]
    /// When the template was last restarted by `kubectl rollout restart` or alike; nil when never.
    public var restartedAt: String?
    /// The attempts' stamps on it, oldest first.
    public var stamps: [Stamp]
    /// `status.readyReplicas` (`numberReady` of a DaemonSet); nil when the status does not say.
    public var readyReplicas: Int?
    /// Pods that are wanted: the replicas, or the nodes that a DaemonSet runs on; nil where neither is known.
    public var desired: Int?
    /// How many ready pods a changed template may take down at once, by the strategy; nil when it takes down none by itself.
    public var takesDown: Int?
    /// What its annotations ask of the automaton.
    public var wish = ObjectWish()
    /// Who else owns its replicas, its containers' memory and its template (their images), by `managedFields`.
    public var owners: [FieldOwner] = []
    /// The revision of its template (`deployment.kubernetes.io/revision`); nil where there is none.
    public var revision: Int?

    /// A container of the pod template.
    public struct Container: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its memory limit; nil when unset.
        public var memoryLimit: ByteQuantity?
        /// Its memory request; nil when unset.
        public var memoryRequest: ByteQuantity?

        /// Makes a container.
        public init(name: String, memoryLimit: ByteQuantity?, memoryRequest: ByteQuantity?) {
            self.name = name
            self.memoryLimit = memoryLimit
            self.memoryRequest = memoryRequest
        }
    }

    /// Makes a workload.
    public init(
        subject: Subject, uid: String, resourceVersion: String, replicas: Int? = nil, paused: Bool = false, rollsOut: Bool = true,
        containers: [Container], restartedAt: String? = nil, stamps: [Stamp] = []
    ) {
        self.subject = subject
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.replicas = replicas
        self.paused = paused
        self.rollsOut = rollsOut
        self.containers = containers
        self.restartedAt = restartedAt
        self.stamps = stamps
    }
}

/// A revision of a Deployment's pod template, kept by a ReplicaSet.
public struct Revision: Hashable, Codable, Sendable {
    /// `deployment.kubernetes.io/revision`.
    public var number: Int
    /// The ReplicaSet that keeps it.
    public var replicaSet: String
    /// The ReplicaSet's uid.
    public var uid: String
    /// When the ReplicaSet was made.
    public var createdAt: Instant
    /// Whether the Deployment's template is this one now.
    public var isCurrent: Bool
    /// Whether the Deployment's template differs from this one by nothing but the time of a rollout restart.
    public var isAlike: Bool
    /// Pods of it that are ready.
    public var readyReplicas: Int
    /// Since when the pod of it has been ready that has been so for longest; nil when none is, or it is not alike (then nobody looked).
    public var readySince: Instant?
    /// How long a pod of it ran before its container ended for the first time, at least; nil when none ended, or it is not alike.
    public var firstRun: Duration?
    /// Images of its containers, for people.
    public var images: [String]
    /// Memory limits of its containers, by their names; none where none is set.
    public var memoryLimits: [String: ByteQuantity]

    /// Makes a revision.
    public init(
        number: Int, replicaSet: String, uid: String, createdAt: Instant, isCurrent: Bool, isAlike: Bool? = nil, readyReplicas: Int = 0,
        readySince: Instant? = nil, firstRun: Duration? = nil, images: [String] = [], memoryLimits: [String: ByteQuantity] = [:]
    ) {
        self.number = number
        self.replicaSet = replicaSet
        self.uid = uid
        self.createdAt = createdAt
        self.isCurrent = isCurrent
        self.isAlike = isAlike ?? isCurrent
        self.readyReplicas = readyReplicas
        self.readySince = readySince
        self.firstRun = firstRun
        self.images = images
        self.memoryLimits = memoryLimits
    }
}

/// A field of a workload that somebody else may write, too.
public enum WorkloadField: Hashable, Sendable, CustomStringConvertible {
    /// The desired replicas.
    case replicas
    /// The memory limit of a container.
    case memoryLimit(container: String)
    /// The memory request of a container.
    case memoryRequest(container: String)
    /// What runs: the images of the pod template.
    case template

    /// As ``FieldOwner/field`` names it.
    public var description: String {
        switch self {
        case .replicas: "replicas"
        case .memoryLimit(let container): "containers[\(container)].resources.limits.memory"
        case .memoryRequest(let container): "containers[\(container)].resources.requests.memory"
        case .template: "template"
        }
    }
}

/// Bounds of a LimitRange of type Container on memory.
public struct MemoryBounds: Hashable, Sendable {
    /// The LimitRange that sets the maximum, for people.
    public var source: String
    /// The largest limit allowed; nil when unbounded.
    public var maximum: ByteQuantity?
    /// The largest ratio of limit to request allowed; nil when unbounded.
    public var maximumRatio: Double?

    /// Makes bounds.
    public init(source: String, maximum: ByteQuantity? = nil, maximumRatio: Double? = nil) {
        self.source = source
        self.maximum = maximum
        self.maximumRatio = maximumRatio
    }
}

/// A change to a workload, in the words of the domain; the adapter puts it into the API's.
public struct WorkloadWrite: Hashable, Codable, Sendable {
    /// What is changed.
    public enum Edit: Hashable, Codable, Sendable {
        /// Memory limit and request of one container; nil unsets.
        case memory(container: String, limit: ByteQuantity?, request: ByteQuantity?)
        /// Sets the pod template's restart annotation, as `kubectl rollout restart` does.
        case restart(at: Instant)
        /// Sets the desired replicas.
        case replicas(Int)
        /// Sets a Deployment's pod template to the one that this ReplicaSet of it keeps, as `kubectl rollout undo` does.
        case template(replicaSet: String, uid: String)
    }

    /// What must still be so for the write to happen.
    public enum Precondition: Hashable, Codable, Sendable {
        /// The object is unchanged since it was read.
        case version(uid: String, resourceVersion: String)
        /// The fields that the attempt wrote still hold these values, whatever else changed since (for taking back).
        case values(uid: String, [Edit])
    }

    /// All in one request.
    public var edits: [Edit]
    /// The precondition.
    public var precondition: Precondition

    /// Makes a write.
    public init(_ edits: [Edit], precondition: Precondition) {
        self.edits = edits
        self.precondition = precondition
    }
}
