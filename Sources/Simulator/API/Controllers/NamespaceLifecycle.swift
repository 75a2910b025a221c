public import AutomatonCore

/// Namespaces as the controller manager keeps them: the system's own exist, each has its default service account and root
/// certificate, and one that is deleted is emptied before it goes.
public struct NamespaceLifecycle: Controller {
    /// The namespaces of every cluster.
    private static let own = ["default", "kube-node-lease", "kube-public", "kube-system"]
    /// How long the real controller waits before it empties a namespace, so that other servers have noticed.
    private static let delay = Duration.seconds(5)

    private var version: UInt64?

    /// Makes the controller.
    public init() {}

    /// Furnishes new namespaces and empties those that are going.
    public mutating func reconcile(_ store: inout Store, at now: Instant) -> Instant? {
        if version == nil {
            for name in Self.own where store.get(.namespaces, name: name) == nil {
                var object: JSON = ["metadata": ["name": .string(name)]]
                Defaults.apply(to: &object, type: .namespaces)
                _ = try? store.create(.namespaces, object, at: now)
            }
        }
        if version != store.resourceVersion {
            for namespace in store.list(.namespaces) where !namespace.isBeingDeleted { furnish(namespace.name, &store, at: now) }
        }
        var wake: Instant?
        for namespace in store.list(.namespaces) where namespace.isBeingDeleted {
            let asked = namespace["metadata", "deletionTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
            if now < asked + Self.delay {
                wake = min(wake ?? asked + Self.delay, asked + Self.delay)
            } else {
                empty(namespace, &store, at: now)
            }
        }
        version = store.resourceVersion
        return wake
    }

    private func furnish(_ namespace: String, _ store: inout Store, at now: Instant) {
        if store.get(.configMaps, namespace: namespace, name: "kube-root-ca.crt") == nil {
            let certificate: JSON = [
                "metadata": [
                    "name": "kube-root-ca.crt", "namespace": .string(namespace),
                    "annotations": [
                        "kubernetes.io/description":
                            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints."
                    ],
                ],
                "data": ["ca.crt": ""],
            ]
            _ = try? store.create(.configMaps, certificate, at: now)
        }
        if store.get(.serviceAccounts, namespace: namespace, name: "default") == nil {
            _ = try? store.create(.serviceAccounts, ["metadata": ["name": "default", "namespace": .string(namespace)]], at: now)
        }
    }

    private func empty(_ namespace: StoredObject, _ store: inout Store, at now: Instant) {
        var remaining: [(ResourceType, Int)] = []
        var finalizers: [String: Int] = [:]
        for type in store.types where type.isNamespaced {
            for object in store.list(type, namespace: namespace.name) where !object.isBeingDeleted {
                guard var options = try? ObjectDeleter.Options(.emptyObject) else { continue }
                options.propagation = "Background"
                _ = try? ObjectDeleter(type: type, namespace: namespace.name, options: options, now: now).delete(object.name, in: &store)
            }
            let left = store.list(type, namespace: namespace.name)
            if !left.isEmpty { remaining.append((type, left.count)) }
            for object in left {
                for finalizer in object["metadata", "finalizers"]?.array?.compactMap(\.string) ?? [] {
                    finalizers[finalizer, default: 0] += 1
                }
            }
        }
        if remaining.isEmpty {
            _ = try? store.update(.namespaces, name: namespace.name) { $0["spec", "finalizers"] = nil }
            return
        }
        let conditions = Self.conditions(remaining, finalizers, at: now)
        let old = namespace["status", "conditions"]?.array ?? []
        func undated(_ conditions: [JSON]) -> [JSON] {
            conditions.map {
                var condition = $0
                condition["lastTransitionTime"] = nil
                return condition
            }
        }
        guard undated(old) != undated(conditions) else { return }
        _ = try? store.update(.namespaces, name: namespace.name) { $0["status", "conditions"] = .array(conditions) }
    }

    private static func conditions(_ remaining: [(ResourceType, Int)], _ finalizers: [String: Int], at now: Instant) -> [JSON] {
        func condition(_ type: String, _ status: Bool, _ reason: String, _ message: String) -> JSON {
            [
                "type": .string(type), "status": status ? "True" : "False", "lastTransitionTime": .string(now.rfc3339),
                "reason": .string(reason), "message": .string(message),
            ]
        }
        let left = remaining.map { "\($0.0.plural).\($0.0.group) has \($0.1) resource instances" }.joined(separator: ", ")
        let held = finalizers.sorted { $0.key < $1.key }.map { "\($0.key) in \($0.value) resource instances" }.joined(separator: ", ")
        return [
            condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            condition(
                "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            condition(
                "NamespaceDeletionContentFailure", false, "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization"),
            condition("NamespaceContentRemaining", true, "SomeResourcesRemain", "Some resources are remaining: \(left)"),
            held.isEmpty
                ? condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
                : condition(
                    "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
                    "Some content in the namespace has finalizers remaining: \(held)"),
        ]
    }
}
