/// How a new number of replicas is spread over the ReplicaSets of a Deployment: all to the one that is active, none to the old ones
/// once the new one is complete, and in the middle of a rollout in proportion to their sizes.
///
/// Source: `scale` in `pkg/controller/deployment/sync.go`, `GetReplicaSetProportion` and `getReplicaSetFraction` in its utilities.
struct ProportionalScaling {
    /// The sizes to be set, ReplicaSets that keep theirs included.
    private(set) var sizes: [(set: StoredObject, replicas: Int)] = []

    init(new: StoredObject?, old: [StoredObject], deployment: StoredObject, bounds: RolloutBounds) {
        let all = old + [new].compactMap { $0 }
        let active = all.filter { $0.desiredReplicas > 0 }
        if active.count <= 1 {
            if let only = active.first ?? new ?? old.last { sizes = [(only, bounds.replicas)] }
            return
        }
        if let new, new.desiredReplicas == bounds.replicas, new.count("availableReplicas") == bounds.replicas {
            sizes = old.filter { $0.desiredReplicas > 0 }.map { ($0, 0) }
            return
        }
        let total = active.reduce(0) { $0 + $1.desiredReplicas }
        let toAdd = (bounds.replicas > 0 ? bounds.maxTotal : 0) - total
        // The largest first; of two that are level the newer grows and the older shrinks first.
        let ordered = active.sorted { left, right in
            if left.desiredReplicas != right.desiredReplicas { return left.desiredReplicas > right.desiredReplicas }
            return toAdd > 0 ? left.createdAt > right.createdAt : left.createdAt < right.createdAt
        }
        var added = 0
        for set in ordered {
            let share = Self.share(of: set, deployment, bounds)
            let allowed = toAdd - added
            let change = toAdd == 0 ? 0 : toAdd > 0 ? min(max(0, share), allowed) : max(min(0, share), allowed)
            added += change
            sizes.append((set, set.desiredReplicas + change))
        }
        if toAdd != 0, !sizes.isEmpty { sizes[0].replicas = max(0, sizes[0].replicas + toAdd - added) }
    }

    private static func share(of set: StoredObject, _ deployment: StoredObject, _ bounds: RolloutBounds) -> Int {
        if bounds.replicas == 0 { return -set.desiredReplicas }
        let noted = set["metadata", "annotations", .member(Rollout.maxKey)]?.string.flatMap { Int($0) } ?? 0
        let before = noted > 0 ? noted : max(1, deployment.count("replicas"))
        return Int((Double(set.desiredReplicas * bounds.maxTotal) / Double(before)).rounded()) - set.desiredReplicas
    }
}
