/// One thing for the world to look at.
enum WorkItem: Sendable, Hashable {
    /// A pod on a simulated node, by its uid: the kubelet's.
    case pod(String)
    /// An eviction that was asked for, by its fault.
    case evict(ObjectName)
    /// The dependents of an owner that went away, by its uid.
    case orphans(String)
    /// An object that is being deleted and waits for its finalizers.
    case finalizers(ResourceType, ObjectName)
    case replicaSet(ObjectName)
    case statefulSet(ObjectName)
    case daemonSet(ObjectName)
    case job(ObjectName)
    case deployment(ObjectName)
    /// A pod without a node.
    case schedule(ObjectName)

    /// Lower goes first: what pods report is counted before anybody decides from the counts.
    var rank: Int {
        switch self {
        case .pod, .evict: 0
        case .orphans, .finalizers: 1
        case .replicaSet, .statefulSet, .daemonSet, .job: 2
        case .deployment: 3
        case .schedule: 4
        }
    }

    static let ranks = 5

    /// The item for the controller of that kind; nil where the world has none.
    static func controller(kind: String, _ name: ObjectName) -> WorkItem? {
        switch kind {
        case "ReplicaSet": .replicaSet(name)
        case "StatefulSet": .statefulSet(name)
        case "DaemonSet": .daemonSet(name)
        case "Job": .job(name)
        case "Deployment": .deployment(name)
        default: nil
        }
    }
}

/// What the world still has to look at: each item once, by rank and then in the order of arrival.
struct WorkQueue: Sendable {
    private var waiting: Set<WorkItem> = []
    private var lanes: [[WorkItem]] = Array(repeating: [], count: WorkItem.ranks)
    private var heads: [Int] = Array(repeating: 0, count: WorkItem.ranks)

    mutating func add(_ item: WorkItem) {
        guard waiting.insert(item).inserted else { return }
        lanes[item.rank].append(item)
    }

    mutating func next() -> WorkItem? {
        for rank in lanes.indices where heads[rank] < lanes[rank].count {
            let item = lanes[rank][heads[rank]]
            heads[rank] += 1
            if heads[rank] == lanes[rank].count {
                lanes[rank].removeAll(keepingCapacity: true)
                heads[rank] = 0
            }
            waiting.remove(item)
            return item
        }
        return nil
    }
}
