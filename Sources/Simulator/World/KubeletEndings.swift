import AutomatonCore

/// The ends of a pod: evicted, over its deadline, deleted.
extension Kubelet {
    /// Evicts a pod: its containers are killed (exit code 137, reason Error: not an OOM), the pod has failed and stays as it is.
    mutating func evict(
        _ name: ObjectName, resource: String, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        guard let uid = uids[name], var pod = pods[uid], let first = pod.containers.first, pod.stage != .ended,
            let object = store.get(.pods, namespace: name.namespace, name: name.name)
        else { return }
        let request = object["spec", "containers", 0, "resources", "requests", .member(resource)]
        let used = (request.flatMap(PodRequests.bytes) ?? 256 << 20) / 1024 * 17 / 10
        let threshold =
            resource == "memory" ? "Threshold quantity: 100Mi, available: 63520Ki" : "Threshold quantity: 2Gi, available: 1480332Ki"
        let message =
            "The node was low on resource: \(resource). \(threshold). Container \(first.name) was using \(used)Ki, "
            + "request is \(request?.string ?? "0"), has larger consumption of \(resource). "
        end(&pod, reason: "Evicted", message: message, at: now)
        scene.recorder.record("Warning", "Evicted", message, about: object, from: .kubelet(pod.node), in: &store, at: now)
        let address = scene.nodes.accounts[pod.node]?.address ?? ""
        let status = PodStatus.render(&pod, object.json, hostIP: address, at: now)
        replace(pod)
        _ = try? store.update(.pods, namespace: name.namespace, name: name.name) { $0["status"] = status }
    }

    /// The kubelet ends a pod for a reason of its own.
    func end(_ pod: inout PodRuntime, reason: String, message: String, at now: Instant) {
        for index in pod.containers.indices {
            if pod.containers[index].isRunning { pod.containers[index].die(exitCode: 137, reason: "Error", at: now) }
            pod.containers[index].due = nil
            pod.containers[index].readyAt = nil
        }
        pod.verdict = (reason, message)
        pod.hasSandbox = false
        pod.stage = .ended
    }

    /// A pod is being deleted: its containers get SIGTERM, and most heed it.
    func terminate(_ pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        let grace = Duration.seconds(object["metadata", "deletionGracePeriodSeconds"]?.int ?? 30)
        let hasRunning = pod.containers.contains(where: \.isRunning)
        for container in pod.containers where container.isRunning {
            scene.recorder.record(
                "Normal", "Killing", "Stopping container \(container.name)", about: object, container: container.name,
                from: .kubelet(pod.node), in: &store, at: now)
        }
        let delay = hasRunning ? min(grace, scene.pace.scaled(Pace.termination)) : .milliseconds(1)
        pod.stage = .terminating(until: now + delay)
    }

    /// The containers of a pod that is being deleted have stopped. What serves ends with 0; the work of a Job is cut off.
    func stop(_ pod: inout PodRuntime, at now: Instant) {
        for index in pod.containers.indices where pod.containers[index].isRunning {
            pod.containers[index].die(exitCode: pod.isJob ? 143 : 0, reason: pod.isJob ? "Error" : "Completed", at: now)
        }
        pod.hasSandbox = false
    }
}
