import AutomatonCore

/// How a controller makes and deletes its pods: as its owner, through admission, with an Event for each.
struct PodControl {
    let owner: StoredObject
    let source: EventRecorder.Source

    /// Why a pod was not made.
    enum Refusal: Error, Hashable {
        /// Admission said no: the message.
        case forbidden(String)
        /// A pod of that name is still there.
        case nameTaken
    }

    /// Makes a pod from a template.
    ///
    /// - Parameters:
    ///   - name: its name; one is generated from the owner's where it is nil.
    ///   - adjust: changes the pod before it is admitted.
    @discardableResult
    func create(
        _ template: JSON, name: String? = nil, _ store: inout Store, _ scene: inout Scene, at now: Instant,
        adjust: (inout JSON) -> Void = { _ in }
    ) throws(Refusal) -> StoredObject {
        let prefix = owner.name + "-"
        let podName = name ?? String(prefix.prefix(58)) + store.nameSuffix()
        var pod: JSON = [
            "metadata": template["metadata"] ?? .emptyObject, "spec": template["spec"] ?? .emptyObject,
        ]
        pod["metadata", "name"] = .string(podName)
        pod["metadata", "generateName"] = .string(prefix)
        pod["metadata", "namespace"] = .string(owner.namespace)
        pod["metadata", "creationTimestamp"] = nil
        pod["metadata", "ownerReferences"] = [OwnerReference.reference(to: owner)]
        adjust(&pod)
        do throws(PodAdmission.Forbidden) {
            pod = try PodAdmission.admit(pod, in: &store)
        } catch {
            record("Warning", "FailedCreate", "Error creating: \(error.message)", "create", podName, error.message, &store, &scene, now)
            throw .forbidden(error.message)
        }
        guard let created = try? store.create(.pods, pod, at: now) else { throw .nameTaken }
        record("Normal", "SuccessfulCreate", "Created pod: \(podName)", "create", podName, nil, &store, &scene, now)
        return created
    }

    /// Asks for the end of a pod: one that no node has goes at once, others get their grace period.
    func delete(_ pod: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        PodDeletion.begin(pod, &store, at: now)
        record("Normal", "SuccessfulDelete", "Deleted pod: \(pod.name)", "delete", pod.name, nil, &store, &scene, now)
    }

    /// Records an Event; the StatefulSet controller has words of its own for it.
    private func record(
        _ type: String, _ reason: String, _ message: String, _ verb: String, _ pod: String, _ failure: String?, _ store: inout Store,
        _ scene: inout Scene, _ now: Instant
    ) {
        var message = message
        if owner.type == .statefulSets {
            let outcome = failure.map { "failed error: \($0)" } ?? "successful"
            message = "\(verb) Pod \(pod) in StatefulSet \(owner.name) \(outcome)"
        }
        scene.recorder.record(type, reason, message, about: owner, from: source, in: &store, at: now)
    }
}

/// The graceful deletion of a pod, as the API server begins it.
enum PodDeletion {
    /// Sets the deletion timestamp, the grace period ahead; a pod that was never bound is taken away.
    static func begin(_ pod: StoredObject, _ store: inout Store, at now: Instant) {
        guard !pod.isBeingDeleted else { return }
        let grace = pod["spec", "terminationGracePeriodSeconds"]?.int ?? 30
        let isBound = pod["spec", "nodeName"]?.string.map { !$0.isEmpty } ?? false
        _ = try? store.update(.pods, namespace: pod.namespace, name: pod.name) { pod in
            pod["metadata", "deletionGracePeriodSeconds"] = JSON(isBound ? grace : 0)
            pod["metadata", "deletionTimestamp"] = .string((isBound ? now + .seconds(grace) : now).rfc3339)
        }
    }
}
