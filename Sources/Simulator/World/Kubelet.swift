import AutomatonCore

/// The kubelets of all simulated nodes: they bring bound pods to life and write their statuses as a real one does.
///
/// A pod is theirs if it is bound to a simulated node and nobody had reported on it when it was first seen; pods of a recording
/// are left alone.
struct Kubelet: Sendable {
    private(set) var pods: [String: PodRuntime] = [:]
    private(set) var uids: [ObjectName: String] = [:]
    private var faults: [ObjectName: InjectedBehaviour] = [:]
    private var faultOrder: [ObjectName] = []
    private var addresses = 0

    // MARK: What the store tells

    /// Takes a change of a pod into account.
    mutating func note(pod event: StoreEvent, _ store: borrowing Store, _ scene: inout Scene) {
        let object = event.object
        let uid = object.uid
        if event.change == .deleted {
            pods[uid] = nil
            if uids[ObjectName(object)] == uid { uids[ObjectName(object)] = nil }
            return
        }
        if pods[uid] != nil {
            scene.queue.add(.pod(uid))
            return
        }
        guard let node = object["spec", "nodeName"]?.string, scene.nodes.isSimulated(node), object["status", "startTime"] == nil else {
            // Nobody stops the containers of a pod whose node is not there: it just goes, as the pod garbage collector sees to.
            if object.isBeingDeleted { scene.queue.add(.finalizers(.pods, ObjectName(object))) }
            return
        }
        pods[uid] = PodRuntime(object, node: node, workload: WorkloadName(of: object, in: store))
        uids[ObjectName(object)] = uid
        scene.queue.add(.pod(uid))
    }

    /// Takes a change of a fault into account.
    mutating func note(fault event: StoreEvent, _ scene: inout Scene) {
        let name = ObjectName(event.object)
        let before = faults[name]
        faults[name] = event.change == .deleted ? nil : InjectedBehaviour(event.object)
        faultOrder.removeAll { $0 == name }
        if faults[name] != nil { faultOrder.append(name) }
        let workload = faults[name]?.workload ?? before?.workload
        let affected = pods.values.filter { $0.workload == workload }.sorted { $0.name < $1.name }
        for pod in affected {
            pods[pod.uid]?.hasNewFaults = true
            scene.queue.add(.pod(pod.uid))
        }
    }

    // MARK: What is due

    /// Looks at a pod and does what is due.
    mutating func sync(_ uid: String, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard var pod = pods[uid] else { return }
        guard let object = store.get(.pods, namespace: pod.name.namespace, name: pod.name.name), object.uid == uid else {
            pods[uid] = nil
            return
        }
        let hasChanged = advance(&pod, object, &store, &scene, at: now)
        let generation = object["metadata", "generation"]?.int ?? 1
        if hasChanged || (pod.stage == .active && pod.observedGeneration != generation) {
            pod.observedGeneration = generation
            report(&pod, object, &store, scene, at: now)
        }
        pods[uid] = pod
        if case .terminating(let until) = pod.stage, until <= now {
            _ = try? store.update(.pods, namespace: object.namespace, name: object.name) { pod in
                pod["metadata", "deletionGracePeriodSeconds"] = 0
                pod["metadata", "deletionTimestamp"] = .string(now.rfc3339)
            }
        } else if let due = pod.due {
            scene.agenda.add(.pod(uid), at: due)
        }
    }

    /// Puts a pod back that somebody else changed.
    mutating func replace(_ pod: PodRuntime) { pods[pod.uid] = pod }

    private func report(_ pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: Scene, at now: Instant) {
        // Events may have been written in between, but not the pod: the object is still the newest.
        let address = scene.nodes.accounts[pod.node]?.address ?? ""
        let status = PodStatus.render(&pod, object.json, hostIP: address, at: now)
        _ = try? store.update(.pods, namespace: pod.name.namespace, name: pod.name.name) { $0["status"] = status }
    }

    /// - Returns: whether the pod has something new to report.
    private mutating func advance(
        _ pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) -> Bool {
        if object.isBeingDeleted {
            if case .terminating(let until) = pod.stage {
                guard until <= now else { return false }
                stop(&pod, at: now)
                return true
            }
            terminate(&pod, object, &store, &scene, at: now)
            return false
        }
        switch pod.stage {
        case .admitted:
            pod.startedAt = now
            pod.stage = .creating(until: now + scene.pace.scaled(Pace.creation) + scene.pace.jitter(Pace.creationJitter, &scene.random))
            return true
        case .creating(let until):
            guard until <= now else { return false }
            addresses += 1
            pod.ip = "10.244.\(addresses / 250 % 250).\(addresses % 250 + 2)"
            pod.hasSandbox = true
            pod.stage = .active
            if let seconds = object["spec", "activeDeadlineSeconds"]?.int { pod.deadline = (pod.startedAt ?? now) + .seconds(seconds) }
            for index in pod.initContainers.indices { complete(&pod.initContainers[index], &scene, at: now) }
            for index in pod.containers.indices { start(index, of: &pod, object, &store, &scene, at: now) }
            return true
        case .active:
            return live(&pod, object, &store, &scene, at: now)
        case .ended, .terminating:
            return false
        }
    }

    private mutating func live(
        _ pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) -> Bool {
        if let deadline = pod.deadline, deadline <= now {
            let message = "Pod was active on the node longer than the specified deadline"
            end(&pod, reason: "DeadlineExceeded", message: message, at: now)
            scene.recorder.record(
                "Normal", "DeadlineExceeded", message, about: object, from: .kubelet(pod.node), in: &store, at: now)
            return true
        }
        var hasChanged = false
        if pod.hasNewFaults {
            pod.hasNewFaults = false
            for index in pod.containers.indices where pod.containers[index].isRunning {
                hasChanged = arm(index, of: &pod, object, &store, &scene, at: now) || hasChanged
            }
        }
        for index in pod.containers.indices {
            if let readyAt = pod.containers[index].readyAt, readyAt <= now {
                pod.containers[index].readyAt = nil
                pod.containers[index].isReady = pod.containers[index].isRunning
                hasChanged = true
            }
            guard let due = pod.containers[index].due, due <= now else { continue }
            pod.containers[index].due = nil
            if pod.containers[index].isRunning {
                hasChanged = die(index, of: &pod, object, &scene, at: now) || hasChanged
            } else {
                resume(index, of: &pod, object, &store, &scene, at: now)
                hasChanged = true
            }
        }
        if hasChanged, ["Succeeded", "Failed"].contains(pod.phase) { pod.stage = .ended }
        return hasChanged
    }

    /// The behaviour that applies to a container now: the newest injected one, else the one of the annotations.
    func behaviour(of index: Int, in pod: PodRuntime, _ object: StoredObject) -> Result<Behaviour?, BehaviourAnnotations.Problem> {
        let name = pod.containers[index].name
        for fault in faultOrder.reversed() {
            guard let injected = faults[fault], injected.applies(to: pod) else {
                continue
            }
            if injected.behaviour.container.map({ $0 == name }) ?? (index == 0) { return .success(injected.behaviour) }
        }
        guard index == 0, let annotations = object["metadata", "annotations"]?.object else { return .success(nil) }
        return BehaviourAnnotations.behaviour(in: annotations)
    }
}

extension PodRuntime {
    /// A pod as it is when its kubelet first sees it.
    init(_ object: StoredObject, node: String, workload: WorkloadName) {
        name = ObjectName(object)
        uid = object.uid
        self.node = node
        self.workload = workload
        version = object.resourceVersion
        qosClass = object["status", "qosClass"]?.string ?? QualityOfService.of(object.json)
        restartPolicy = object["spec", "restartPolicy"]?.string ?? "Always"
        isJob = workload.kind == "Job"
        let inits = object["spec", "initContainers"]?.array ?? []
        initContainers = inits.map { ContainerRuntime(name: $0["name"]?.string ?? "", state: .waiting(reason: "PodInitializing")) }
        let reason = inits.isEmpty ? "ContainerCreating" : "PodInitializing"
        containers = (object["spec", "containers"]?.array ?? []).map {
            ContainerRuntime(name: $0["name"]?.string ?? "", state: .waiting(reason: reason))
        }
    }
}
