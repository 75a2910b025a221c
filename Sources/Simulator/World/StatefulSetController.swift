import AutomatonCore

/// Keeps the numbered pods of a StatefulSet: made from 0 upwards, each after its predecessor is available, replaced from the top
/// downwards when the template changes.
///
/// Source: `pkg/controller/statefulset` (`updateStatefulSet`). As in Kubernetes, with `OrderedReady` a pod that is not ready holds up
/// the rollout of a template that would mend it, until it is ready for a moment or is deleted.
enum StatefulSetController {
    static func sync(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let set = store.get(.statefulSets, namespace: name.namespace, name: name.name) else { return }
        let revisions = ControllerRevisions(owner: set, hashLabel: "controller.kubernetes.io/hash")
        let update = "\(set.name)-\(revisions.current(&store, scene, at: now))"
        let current = set["status", "currentRevision"]?.string ?? update
        var pass = Pass(set, current: current, update: update, revisions, store, scene)
        if !set.isBeingDeleted { pass.act(&store, &scene, at: now) }
        report(name, current: current, update: update, &store, &scene, at: now)
    }

    private static func report(
        _ name: ObjectName, current: String, update: String, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        guard let set = store.get(.statefulSets, namespace: name.namespace, name: name.name) else { return }
        let pods = scene.dependents.objects(.pods, controlledBy: set, in: store)
        let minReady = set["spec", "minReadySeconds"]?.int ?? 0
        let count = PodCount(pods, minReadySeconds: minReady, at: now)
        if let next = count.nextAvailable { scene.agenda.add(.statefulSet(name), at: next) }
        func number(of revision: String) -> Int {
            pods.filter { $0.isActivePod && "\(set.name)-\($0.labels["controller-revision-hash"] ?? "")" == revision }.count
        }
        let existing = pods.filter { !$0.isFinishedPod }.count
        let updated = number(of: update)
        let isComplete = updated == set.desiredReplicas && count.ready == set.desiredReplicas && existing == set.desiredReplicas
        let present = isComplete ? update : current
        var status: JSON = [
            "observedGeneration": JSON(set.generation), "replicas": JSON(existing), "availableReplicas": JSON(count.available),
            "currentRevision": .string(present), "updateRevision": .string(update), "collisionCount": JSON(set.count("collisionCount")),
        ]
        // Counters that are zero are left out, as the API's `omitempty` has it.
        for (key, value) in [("readyReplicas", count.ready), ("currentReplicas", number(of: present)), ("updatedReplicas", updated)]
        where value > 0 { status[key] = JSON(value) }
        _ = try? store.update(.statefulSets, namespace: name.namespace, name: name.name) { $0["status"] = status }
    }

    /// One look at a StatefulSet.
    private struct Pass {
        let owner: StoredObject
        let current: String
        let update: String
        let revisions: ControllerRevisions
        let control: PodControl
        let isOrdered: Bool
        let minReady: Int
        let replicas: Int
        var pods: [Int: StoredObject] = [:]

        init(
            _ set: StoredObject, current: String, update: String, _ revisions: ControllerRevisions, _ store: borrowing Store, _ scene: Scene
        ) {
            owner = set
            self.current = current
            self.update = update
            self.revisions = revisions
            control = PodControl(owner: set, source: .statefulSets)
            isOrdered = set["spec", "podManagementPolicy"]?.string != "Parallel"
            minReady = set["spec", "minReadySeconds"]?.int ?? 0
            replicas = set.desiredReplicas
            for pod in scene.dependents.objects(.pods, controlledBy: set, in: store) {
                if let ordinal = Int(pod.name.dropFirst(set.name.count + 1)) { pods[ordinal] = pod }
            }
        }

        private var start: Int { owner["spec", "ordinals", "start"]?.int ?? 0 }

        private func isAvailable(_ pod: StoredObject, _ now: Instant) -> Bool {
            pod.isActivePod && pod.available(afterReady: minReady).map { $0 <= now } ?? false
        }

        mutating func act(_ store: inout Store, _ scene: inout Scene, at now: Instant) {
            let wanted = start..<(start + replicas)
            for ordinal in wanted {
                guard let pod = pods[ordinal] else {
                    create(ordinal, &store, &scene, at: now)
                    if isOrdered { return }
                    continue
                }
                if pod.isFinishedPod, !pod.isBeingDeleted {
                    scene.recorder.record(
                        "Warning", "RecreatingFailedPod",
                        "StatefulSet \(owner.namespace)/\(owner.name) is recreating failed Pod \(pod.name)",
                        about: owner, from: .statefulSets, in: &store, at: now)
                    control.delete(pod, &store, &scene, at: now)
                    return
                }
                if isOrdered, pod.isBeingDeleted || !isAvailable(pod, now) { return }
            }
            for ordinal in pods.keys.sorted().reversed() where !wanted.contains(ordinal) {
                guard let pod = pods[ordinal] else { continue }
                if !pod.isBeingDeleted { control.delete(pod, &store, &scene, at: now) }
                if isOrdered { return }
            }
            guard owner["spec", "updateStrategy", "type"]?.string != "OnDelete" else { return }
            let partition = owner["spec", "updateStrategy", "rollingUpdate", "partition"]?.int ?? 0
            for ordinal in wanted.reversed() where ordinal >= partition {
                guard let pod = pods[ordinal] else { return }
                if revision(of: pod) != update, !pod.isBeingDeleted {
                    control.delete(pod, &store, &scene, at: now)
                    return
                }
                if !isAvailable(pod, now) { return }
            }
        }

        private func revision(of pod: StoredObject) -> String { "\(owner.name)-\(pod.labels["controller-revision-hash"] ?? "")" }

        private func create(_ ordinal: Int, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
            let partition = owner["spec", "updateStrategy", "rollingUpdate", "partition"]?.int ?? 0
            let revision = ordinal < partition ? current : update
            let template = revisions.template(ofRevision: revision, store)
            let name = "\(owner.name)-\(ordinal)"
            let service = owner["spec", "serviceName"]
            let hash = String(revision.dropFirst(owner.name.count + 1))
            do throws(PodControl.Refusal) {
                try control.create(template, name: name, &store, &scene, at: now) { pod in
                    pod["metadata", "labels", "statefulset.kubernetes.io/pod-name"] = .string(name)
                    pod["metadata", "labels", "apps.kubernetes.io/pod-index"] = .string(String(ordinal))
                    pod["metadata", "labels", "controller-revision-hash"] = .string(hash)
                    pod["spec", "hostname"] = .string(name)
                    pod["spec", "subdomain"] = service
                }
            } catch {
                // Admission said no, and the Event says why: it tries again, as the work queue of the real controller does.
                scene.agenda.add(.statefulSet(ObjectName(owner)), at: now + .seconds(1))
            }
        }
    }
}
