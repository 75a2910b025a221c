import AutomatonCore

/// What a pod adds to the counts of its group.
enum PodStanding: UInt8, Sendable {
    /// Wanted, and its condition Ready is True.
    case ready
    /// Wanted, and not ready.
    case notReady
    /// Over, and well.
    case succeeded
    /// Over, in failure. It stays until somebody removes it; its controller has already made another.
    case failed
    /// Being deleted: nothing about it counts any more.
    case terminating

    init(_ row: PodRow) {
        if row.isTerminating {
            self = .terminating
        } else {
            switch row.phase {
            case .succeeded: self = .succeeded
            case .failed: self = .failed
            case .unknown, .pending, .running: self = row.isReady ? .ready : .notReady
            }
        }
    }

    /// Whether the pod is over.
    var isFinished: Bool { self == .succeeded || self == .failed }
}

/// What is remembered of a pod that is well. There is one for each pod of the cluster: 24 bytes, and one allocation for those whose
/// containers ended before.
struct PodMemory: Sendable {
    /// Index of its group.
    var group: Int32
    /// The list that named it last.
    var generation: UInt16
    var standing: PodStanding
    /// Those of its containers that ended before.
    var past: [ContainerPast]
}

/// The pods of one controller, counted. A pod that has no controller (or one of a kind that is no workload) is a group of its own.
struct PodGroup: Sendable {
    /// The controller; of kind Pod for a pod of its own.
    let owner: PodRow.Owner
    let namespace: String
    /// A hash of the namespace and of the name of the Deployment that a ReplicaSet of this name would have; 0 for all else.
    let stem: Int
    /// All its pods, and of those the ones of each standing that matters.
    private(set) var pods: Int32 = 0
    private(set) var live: Int32 = 0
    private(set) var ready: Int32 = 0
    private(set) var succeeded: Int32 = 0
    /// Its pods that have a ``PodTrouble``.
    var troubled: [ObjectKey] = []

    /// Kinds of controllers that are workloads, or lead to one.
    private static let kinds: [String: Subject.Kind] = [
        "ReplicaSet": .replicaSet, "StatefulSet": .statefulSet, "DaemonSet": .daemonSet, "Job": .job,
    ]

    /// The controller by which a pod is grouped.
    static func owner(of row: PodRow) -> PodRow.Owner {
        if let controller = row.controller, kinds[controller.kind] != nil { return controller }
        return .init(kind: "Pod", name: row.name, uid: row.uid)
    }

    init(_ owner: PodRow.Owner, namespace: String) {
        self.owner = owner
        self.namespace = namespace
        stem = Self.deploymentName(of: owner).map { Self.stem(namespace, $0) } ?? 0
    }

    /// The controller itself as a subject: what is reported where nobody can say what stands above it.
    var subject: Subject { Subject(Self.kinds[owner.kind] ?? .pod, namespace: namespace, name: owner.name) }

    /// Whether the controller itself is the workload: for all but a ReplicaSet, which may belong to a Deployment.
    var isWorkload: Bool { owner.kind != "ReplicaSet" }

    /// The Deployment after which a ReplicaSet is named; nil for all else.
    var deployment: Subject? {
        Self.deploymentName(of: owner).map { Subject(.deployment, namespace: namespace, name: String($0)) }
    }

    static func stem(_ namespace: String, _ deployment: some StringProtocol) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        for byte in deployment.utf8 { hasher.combine(byte) }
        return hasher.finalize()
    }

    /// The name without the template's hash. A Deployment names its ReplicaSets after itself and a hash of at most ten characters,
    /// none of them a vowel (`k8s.io/apimachinery/pkg/util/rand`, SafeEncodeString).
    private static func deploymentName(of owner: PodRow.Owner) -> Substring? {
        guard owner.kind == "ReplicaSet", let dash = owner.name.lastIndex(of: "-") else { return nil }
        let hash = owner.name[owner.name.index(after: dash)...]
        guard (1...10).contains(hash.utf8.count), hash.utf8.allSatisfy({ "bcdfghjklmnpqrstvwxz2456789".utf8.contains($0) }) else {
            return nil
        }
        return owner.name[..<dash]
    }

    /// Counts a pod in.
    mutating func add(_ standing: PodStanding) { count(standing, 1) }

    /// Counts a pod out.
    mutating func remove(_ standing: PodStanding) { count(standing, -1) }

    private mutating func count(_ standing: PodStanding, _ step: Int32) {
        pods += step
        switch standing {
        case .ready:
            live += step
            ready += step
        case .notReady: live += step
        case .succeeded: succeeded += step
        case .failed, .terminating: break
        }
    }
}
