import AutomatonCore

/// Keeps one pod of a DaemonSet on each node.
///
/// Source: `pkg/controller/daemon`; of the update strategies `RollingUpdate` with `maxUnavailable`, and `OnDelete`.
enum DaemonSetController {
    /// The node that a DaemonSet's pod is meant for; nil for other pods.
    static func node(of pod: JSON) -> String? {
        let node = "requiredDuringSchedulingIgnoredDuringExecution"
        return pod[path: [
            "spec", "affinity", "nodeAffinity", .member(node), "nodeSelectorTerms", 0, "matchFields", 0, "values", 0,
        ]]?.string
    }

    static func sync(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let set = store.get(.daemonSets, namespace: name.namespace, name: name.name) else { return }
        let hash = ControllerRevisions(owner: set, hashLabel: "controller-revision-hash").current(&store, scene, at: now)
        let selector = set["spec", "template", "spec", "nodeSelector"]?.strings ?? [:]
        let nodes = scene.nodes.names.filter { node in selector.allSatisfy { scene.nodes.accounts[node]?.labels[$0.key] == $0.value } }
        if !set.isBeingDeleted {
            place(set, hash, nodes, &store, &scene, at: now)
            update(set, hash, nodes, &store, &scene, at: now)
        }
        report(name, hash, nodes, &store, &scene, at: now)
    }

    private static func pods(of set: StoredObject, _ store: borrowing Store, _ scene: Scene) -> [String: [StoredObject]] {
        Dictionary(grouping: scene.dependents.objects(.pods, controlledBy: set, in: store)) { pod in
            pod["spec", "nodeName"]?.string ?? node(of: pod.json) ?? ""
        }
    }

    /// A pod where there is none, none where there should be none; one that failed is replaced.
    private static func place(
        _ set: StoredObject, _ hash: String, _ nodes: [String], _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        let control = PodControl(owner: set, source: .daemonSets)
        let present = pods(of: set, store, scene)
        for node in nodes {
            let here = present[node] ?? []
            for failed in here where failed.isFinishedPod && !failed.isBeingDeleted {
                scene.recorder.record(
                    "Warning", "FailedDaemonPod",
                    "Found failed daemon pod \(set.namespace)/\(failed.name) on node \(node), will try to kill it", about: set,
                    from: .daemonSets, in: &store, at: now)
                control.delete(failed, &store, &scene, at: now)
            }
            guard here.isEmpty else { continue }
            do throws(PodControl.Refusal) {
                try control.create(set["spec", "template"] ?? .emptyObject, &store, &scene, at: now) { pod in
                    bind(&pod, to: node, hash: hash, generation: set.generation)
                }
            } catch {
                scene.agenda.add(.daemonSet(ObjectName(set)), at: now + .seconds(1))
            }
        }
        for (node, here) in present.sorted(by: { $0.key < $1.key }) where !nodes.contains(node) {
            for pod in here where !pod.isBeingDeleted { control.delete(pod, &store, &scene, at: now) }
        }
    }

    private static func bind(_ pod: inout JSON, to node: String, hash: String, generation: Int) {
        pod["metadata", "labels", "controller-revision-hash"] = .string(hash)
        pod["metadata", "labels", "pod-template-generation"] = .string(String(generation))
        pod["spec", "affinity"] = [
            "nodeAffinity": [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    "nodeSelectorTerms": [
                        ["matchFields": [["key": "metadata.name", "operator": "In", "values": [.string(node)]]]]
                    ]
                ]
            ]
        ]
        var tolerations = pod["spec", "tolerations"]?.array ?? []
        for (key, effect) in [
            ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"), ("memory-pressure", "NoSchedule"),
            ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
        ] {
            tolerations.append(["key": .string("node.kubernetes.io/" + key), "operator": "Exists", "effect": .string(effect)])
        }
        pod["spec", "tolerations"] = .array(tolerations)
    }

    /// Deletes pods of older templates: those that are not available at once, the others as `maxUnavailable` allows.
    private static func update(
        _ set: StoredObject, _ hash: String, _ nodes: [String], _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        guard set["spec", "updateStrategy", "type"]?.string != "OnDelete" else { return }
        let minReady = set["spec", "minReadySeconds"]?.int ?? 0
        let most = CountOrPercent(set["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]) ?? .count(1)
        let allowed = max(1, most.resolved(of: nodes.count, roundingUp: true))
        let control = PodControl(owner: set, source: .daemonSets)
        let present = pods(of: set, store, scene)
        var unavailable = 0
        var outdated: [StoredObject] = []
        for node in nodes {
            let living = (present[node] ?? []).filter(\.isActivePod)
            let isAvailable = living.contains { $0.available(afterReady: minReady).map { $0 <= now } ?? false }
            if !isAvailable { unavailable += 1 }
            for pod in living where pod.labels["controller-revision-hash"] != hash {
                if isAvailable {
                    outdated.append(pod)
                } else {
                    control.delete(pod, &store, &scene, at: now)
                }
            }
        }
        for pod in outdated.prefix(max(0, allowed - unavailable)) { control.delete(pod, &store, &scene, at: now) }
    }

    private static func report(
        _ name: ObjectName, _ hash: String, _ nodes: [String], _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        guard let set = store.get(.daemonSets, namespace: name.namespace, name: name.name) else { return }
        let minReady = set["spec", "minReadySeconds"]?.int ?? 0
        let living = pods(of: set, store, scene).values.joined().filter(\.isActivePod)
        let here = living.filter { nodes.contains($0["spec", "nodeName"]?.string ?? "") }
        let count = PodCount(here, minReadySeconds: minReady, at: now)
        if let next = count.nextAvailable { scene.agenda.add(.daemonSet(name), at: next) }
        var status: JSON = [
            "currentNumberScheduled": JSON(here.count), "numberMisscheduled": 0, "desiredNumberScheduled": JSON(nodes.count),
            "numberReady": JSON(count.ready), "observedGeneration": JSON(set.generation),
        ]
        let updated = here.filter { $0.labels["controller-revision-hash"] == hash }.count
        for (key, value) in [
            ("updatedNumberScheduled", updated), ("numberAvailable", count.available),
            ("numberUnavailable", max(0, nodes.count - count.available)),
        ] where value > 0 { status[key] = JSON(value) }
        _ = try? store.update(.daemonSets, namespace: name.namespace, name: name.name) { $0["status"] = status }
    }
}
