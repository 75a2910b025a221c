import AutomatonCore

/// Empties a namespace that is being deleted, and lets it go once nothing is left in it.
///
/// Source: `pkg/controller/namespace/deletion`.
enum NamespaceController {
    static func sync(_ name: String, _ store: inout Store, at now: Instant) {
        guard let namespace = store.get(.namespaces, name: name), namespace.isBeingDeleted else { return }
        var isEmpty = true
        for type in store.types where type.isNamespaced {
            for object in store.list(type, namespace: name) {
                if type == .pods {
                    PodDeletion.begin(object, &store, at: now)
                } else if object["metadata", "finalizers"]?.isEmpty ?? true {
                    _ = try? store.remove(type, namespace: name, name: object.name)
                }
                isEmpty = isEmpty && store.get(type, namespace: name, name: object.name) == nil
            }
        }
        _ = try? store.update(.namespaces, name: name) { namespace in
            namespace["status", "phase"] = "Terminating"
            if isEmpty { namespace["spec", "finalizers"] = nil }
        }
    }
}
