import AutomatonCore

/// Takes away what belonged to an owner that is gone, and lets objects go that wait for their dependents.
///
/// Source: `pkg/controller/garbagecollector` (background, foreground and orphaning deletion), `pkg/controller/podgc` (pods whose node
/// is not there).
enum GarbageCollector {
    /// The owner with that uid is gone: its dependents go too, unless they have another one.
    static func collect(dependentsOf uid: String, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        for (type, name) in scene.dependents.all(of: uid) {
            guard let dependent = store.get(type, namespace: name.namespace, name: name.name) else { continue }
            let others = OwnerReference.all(of: dependent.json).filter { $0.uid != uid }
            if others.isEmpty {
                delete(dependent, &store, at: now)
            } else {
                release(dependent, from: uid, &store)
            }
        }
    }

    /// An object that is being deleted: with `foregroundDeletion` it goes after its dependents, with `orphan` it leaves them.
    static func finalize(_ type: ResourceType, _ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let object = store.get(type, namespace: name.namespace, name: name.name), object.isBeingDeleted else { return }
        if type == .pods, object["metadata", "finalizers"]?.isEmpty ?? true {
            _ = try? store.remove(.pods, namespace: name.namespace, name: name.name)
            return
        }
        let finalizers = (object["metadata", "finalizers"]?.array ?? []).compactMap(\.string)
        let dependents = scene.dependents.all(of: object.uid)
        if finalizers.contains("orphan") {
            for (type, name) in dependents {
                if let dependent = store.get(type, namespace: name.namespace, name: name.name) {
                    release(dependent, from: object.uid, &store)
                }
            }
            remove("orphan", from: object, &store)
        } else if finalizers.contains("foregroundDeletion") {
            var isBlocked = false
            for (type, name) in dependents {
                guard let dependent = store.get(type, namespace: name.namespace, name: name.name) else { continue }
                let reference = OwnerReference.all(of: dependent.json).first { $0.uid == object.uid }
                isBlocked = isBlocked || (reference?.blocksDeletion ?? false)
                if !dependent.isBeingDeleted { deleteForeground(dependent, &store, at: now) }
            }
            if !isBlocked { remove("foregroundDeletion", from: object, &store) }
        }
    }

    private static func delete(_ object: StoredObject, _ store: inout Store, at now: Instant) {
        if object.type == .pods {
            PodDeletion.begin(object, &store, at: now)
        } else {
            _ = try? store.remove(object.type, namespace: object.namespace, name: object.name)
        }
    }

    private static func deleteForeground(_ object: StoredObject, _ store: inout Store, at now: Instant) {
        guard object.type != .pods else { return PodDeletion.begin(object, &store, at: now) }
        _ = try? store.update(object.type, namespace: object.namespace, name: object.name) { object in
            object["metadata", "finalizers"] = .array((object["metadata", "finalizers"]?.array ?? []) + ["foregroundDeletion"])
            object["metadata", "deletionTimestamp"] = .string(now.rfc3339)
            object["metadata", "deletionGracePeriodSeconds"] = 0
        }
    }

    private static func release(_ object: StoredObject, from uid: String, _ store: inout Store) {
        _ = try? store.update(object.type, namespace: object.namespace, name: object.name) { object in
            let kept = (object["metadata", "ownerReferences"]?.array ?? []).filter { $0["uid"]?.string != uid }
            object["metadata", "ownerReferences"] = kept.isEmpty ? nil : .array(kept)
        }
    }

    private static func remove(_ finalizer: String, from object: StoredObject, _ store: inout Store) {
        _ = try? store.update(object.type, namespace: object.namespace, name: object.name) { object in
            let kept = (object["metadata", "finalizers"]?.array ?? []).filter { $0.string != finalizer }
            object["metadata", "finalizers"] = kept.isEmpty ? nil : .array(kept)
        }
    }
}
