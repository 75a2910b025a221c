public import AutomatonCore

/// The leases that a living cluster renews: a heartbeat for each node and the election of its controller manager.
public struct LeaseController: Controller {
    /// How often kubelets renew theirs.
    private static let interval = Duration.seconds(10)

    private var due: Instant?
    private var nodes = 0

    /// Makes the controller.
    public init() {}

    /// Renews what is due.
    public mutating func reconcile(_ store: inout Store, at now: Instant) -> Instant? {
        let present = store.list(.nodes)
        if let due, now < due, present.count == nodes { return due }
        nodes = present.count
        for node in present {
            let owner: JSON = ["apiVersion": "v1", "kind": "Node", "name": .string(node.name), "uid": .string(node.uid)]
            renew(node.name, in: "kube-node-lease", holder: node.name, seconds: 40, owner: owner, &store, at: now)
        }
        renew("kube-controller-manager", in: "kube-system", holder: "simulator", seconds: 15, owner: nil, &store, at: now)
        due = now + Self.interval
        return due
    }

    private func renew(
        _ name: String, in namespace: String, holder: String, seconds: Int, owner: JSON?, _ store: inout Store, at now: Instant
    ) {
        let time = JSON.string(now.rfc3339Micro)
        if store.get(.leases, namespace: namespace, name: name) != nil {
            _ = try? store.update(.leases, namespace: namespace, name: name) { $0["spec", "renewTime"] = time }
            return
        }
        var lease: JSON = [
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": ["holderIdentity": .string(holder), "leaseDurationSeconds": JSON(seconds), "renewTime": time],
        ]
        if let owner {
            lease["metadata", "ownerReferences"] = [owner]
        } else {
            lease["spec", "acquireTime"] = time
            lease["spec", "leaseTransitions"] = 0
        }
        _ = try? store.create(.leases, lease, at: now)
    }
}
