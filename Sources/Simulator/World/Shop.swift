public import AutomatonCore

/// The small shop that the demo breaks and mends: six Deployments, a StatefulSet and a DaemonSet, all well at first.
public struct Shop: Sendable {
    /// The namespace.
    public let namespace: String
    /// Sends mail: two replicas, 1Gi of memory at most and 512Mi requested.
    public var emailService: WorkloadName { .deployment("email-service", in: namespace) }
    /// Takes orders.
    public var checkout: WorkloadName { .deployment("checkout", in: namespace) }
    /// Shows products.
    public var catalog: WorkloadName { .deployment("catalog", in: namespace) }
    /// Takes money.
    public var payments: WorkloadName { .deployment("payments", in: namespace) }
    /// Takes orders out of the queue: two replicas.
    public var orderWorker: WorkloadName { .deployment("order-worker", in: namespace) }
    /// What customers see.
    public var storefront: WorkloadName { .deployment("storefront", in: namespace) }
    /// Keeps the stock: a StatefulSet.
    public var inventory: WorkloadName { WorkloadName(kind: "StatefulSet", namespace: namespace, name: "inventory") }
    /// Ships logs: a DaemonSet.
    public var logShipper: WorkloadName { WorkloadName(kind: "DaemonSet", namespace: namespace, name: "log-shipper") }

    /// Names the parts of the shop in a namespace.
    public init(namespace: String = "production") { self.namespace = namespace }

    /// What it consists of.
    public var blueprints: [WorkloadBlueprint] {
        let mebi: (Int64) -> ByteQuantity = { ByteQuantity(bytes: $0 << 20) }
        return [
            WorkloadBlueprint("email-service", replicas: 2, memoryLimit: mebi(1024), memoryRequest: mebi(512)),
            WorkloadBlueprint("checkout", replicas: 3, memoryLimit: mebi(512), memoryRequest: mebi(256), readinessDelay: 1),
            WorkloadBlueprint("catalog", replicas: 2, memoryLimit: mebi(512), memoryRequest: mebi(256)),
            WorkloadBlueprint("payments", replicas: 2, memoryLimit: mebi(768), memoryRequest: mebi(384)),
            WorkloadBlueprint("order-worker", replicas: 2, memoryLimit: mebi(256), memoryRequest: mebi(128)),
            WorkloadBlueprint("storefront", replicas: 4, memoryLimit: mebi(256), memoryRequest: mebi(128), readinessDelay: 1),
            WorkloadBlueprint("inventory", .statefulSet, replicas: 2, memoryLimit: mebi(1024), memoryRequest: mebi(512)),
            WorkloadBlueprint("log-shipper", .daemonSet, memoryLimit: mebi(128), memoryRequest: mebi(64)),
        ]
    }

    /// All its workloads.
    public var workloads: [WorkloadName] { blueprints.map { $0.workload(in: namespace) } }

    /// Whether every workload has all its pods, of its newest template, available.
    public func isHealthy(in store: borrowing Store) -> Bool {
        for blueprint in blueprints {
            guard let object = store.get(blueprint.type, namespace: namespace, name: blueprint.name), object.isRolledOut else {
                return false
            }
        }
        return true
    }
}

extension StoredObject {
    /// Whether a Deployment, StatefulSet or DaemonSet has all its pods, of its newest template, available.
    public var isRolledOut: Bool {
        guard count("observedGeneration") >= generation else { return false }
        if type == .daemonSets {
            let desired = count("desiredNumberScheduled")
            return desired > 0 && count("updatedNumberScheduled") == desired && count("numberAvailable") == desired
        }
        let desired = desiredReplicas
        return count("updatedReplicas") == desired && count("availableReplicas") == desired && count("replicas") == desired
    }
}

extension Store {
    /// Deploys the shop. Its pods come to life as the controllers look at it.
    @discardableResult
    public mutating func deployShop(in namespace: String = "production", at now: Instant) throws(StoreError) -> Shop {
        let shop = Shop(namespace: namespace)
        for blueprint in shop.blueprints { try deploy(blueprint, in: namespace, at: now) }
        return shop
    }
}
