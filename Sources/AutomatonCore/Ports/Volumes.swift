/// How full file systems are.
public protocol Volumes: Sendable {
    /// Reads the volumes of a source, once. What cannot be told is unknown in itself.
    /// - Throws: ``PortError`` when nothing at all can be read.
    func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading]
}

/// Where figures of disks come from.
public enum VolumeSource: Hashable, Sendable {
    /// Kubelet's stats summary, through the API server: ephemeral storage of pods, and volumes with a claim.
    case kubelet(namespace: String?, labelSelector: String)
    /// `df` inside the running pods that are selected, one pod of a workload after another.
    case pods(namespace: String?, labelSelector: String, container: String?, paths: [String])
    /// Paths on this machine.
    case local(paths: [String])
}

/// How full one volume is.
public struct VolumeReading: Hashable, Sendable {
    /// The pod that mounts it; nil for a path on this machine.
    public var pod: PodRow?
    /// The container, where it was read inside one.
    public var container: String?
    /// The machine's name, for a path on it; nil for what a pod mounts.
    public var host: String?
    /// What it is called: the claim's name, `ephemeral-storage`, or the path.
    public var name: String
    /// The kind of the volume.
    public var kind: Kind
    /// Bytes.
    public var usage: Reading<Usage>

    /// The kind of a volume.
    public enum Kind: Hashable, Sendable {
        /// A PersistentVolumeClaim.
        case claim
        /// The writable layers, logs and emptyDirs of a pod, on its node's disk.
        case ephemeral
        /// A path.
        case path
    }

    /// Bytes of a file system; its capacity is above zero.
    public struct Usage: Hashable, Sendable {
        /// In use.
        public var used: Int64
        /// What ordinary users can have in all: used and available (as `df` counts its percentage).
        public var capacity: Int64

        /// Makes a usage.
        public init(used: Int64, capacity: Int64) {
            self.used = used
            self.capacity = capacity
        }
    }

    /// Makes a reading.
    public init(
        pod: PodRow? = nil, container: String? = nil, host: String? = nil, name: String, kind: Kind, usage: Reading<Usage>
    ) {
        self.pod = pod
        self.container = container
        self.host = host
        self.name = name
        self.kind = kind
        self.usage = usage
    }
}
