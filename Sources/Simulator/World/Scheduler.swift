import AutomatonCore

/// Binds pods to simulated nodes: a node has to have room for the requests and no taint that the pod does not tolerate; of those
/// that fit the emptiest one is taken, by name where they are level.
struct Scheduler: Sendable {
    /// Why a node is no place for a pod, in the words and the order of kube-scheduler's message.
    private enum Obstacle: String {
        case affinity = "node(s) didn't match Pod's node affinity/selector"
        case taint = "node(s) had untolerated taint(s)"
        case cordoned = "node(s) were unschedulable"
        case pods = "Too many pods"
        case cpu = "Insufficient cpu"
        case memory = "Insufficient memory"
    }

    /// Pods that fit nowhere yet.
    private(set) var unschedulable: Set<ObjectName> = []

    /// Binds a pod, or says on it why it cannot be bound.
    mutating func schedule(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let pod = store.get(.pods, namespace: name.namespace, name: name.name), pod["spec", "nodeName"] == nil, !pod.isBeingDeleted
        else {
            unschedulable.remove(name)
            return
        }
        var obstacles: [Obstacle: Int] = [:]
        var best: (node: String, load: Double)?
        let requests = PodRequests(pod: pod.json)
        for node in scene.nodes.names {
            guard let account = scene.nodes.accounts[node] else { continue }
            if let obstacle = Self.obstacle(pod, requests, node, account) {
                obstacles[obstacle, default: 0] += 1
                continue
            }
            let load =
                Double(account.used.memory + requests.memory) / Double(max(1, account.memory))
                + Double(account.used.cpu + requests.cpu) / Double(max(1, account.cpu)) + Double(account.podCount) * 1e-3
            if best.map({ load < $0.load }) ?? true { best = (node, load) }
        }
        if let best {
            unschedulable.remove(name)
            bind(pod, to: best.node, &store, &scene, at: now)
        } else {
            unschedulable.insert(name)
            refuse(pod, obstacles, &store, &scene, at: now)
        }
    }

    private static func obstacle(
        _ pod: StoredObject, _ requests: PodRequests, _ node: String, _ account: NodeLedger.Account
    ) -> Obstacle? {
        let selector = pod["spec", "nodeSelector"]?.strings ?? [:]
        if selector.contains(where: { account.labels[$0.key] != $0.value }) { return .affinity }
        if let wanted = DaemonSetController.node(of: pod.json), wanted != node { return .affinity }
        let tolerations = pod["spec", "tolerations"]?.array ?? []
        let hostile = account.taints.filter { ["NoSchedule", "NoExecute"].contains($0["effect"]?.string ?? "") }
        if hostile.contains(where: { taint in !tolerations.contains { Self.tolerates($0, taint) } }) { return .taint }
        let cordon: JSON = ["key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"]
        if account.isCordoned, !tolerations.contains(where: { Self.tolerates($0, cordon) }) { return .cordoned }
        if account.podCount >= account.pods { return .pods }
        if account.used.cpu + requests.cpu > account.cpu { return .cpu }
        if account.used.memory + requests.memory > account.memory { return .memory }
        return nil
    }

    private static func tolerates(_ toleration: JSON, _ taint: JSON) -> Bool {
        if let effect = toleration["effect"]?.string, !effect.isEmpty, effect != taint["effect"]?.string { return false }
        let key = toleration["key"]?.string ?? ""
        if toleration["operator"]?.string == "Exists" { return key.isEmpty || key == taint["key"]?.string }
        return key == taint["key"]?.string && toleration["value"]?.string ?? "" == taint["value"]?.string ?? ""
    }

    private func bind(_ pod: StoredObject, to node: String, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        let labels = scene.nodes.accounts[node]?.labels ?? [:]
        let bound = try? store.update(.pods, namespace: pod.namespace, name: pod.name, expecting: pod.resourceVersion) { pod in
            pod["spec", "nodeName"] = .string(node)
            for key in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
                if let value = labels[key] { pod["metadata", "labels", .member(key)] = .string(value) }
            }
            Self.setScheduled(&pod, status: "True", at: now)
        }
        guard let bound else { return }
        scene.recorder.record(
            "Normal", "Scheduled", "Successfully assigned \(pod.namespace)/\(pod.name) to \(node)", about: bound, from: .scheduler,
            in: &store, at: now)
    }

    private func refuse(
        _ pod: StoredObject, _ obstacles: [Obstacle: Int], _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        let total = scene.nodes.accounts.count
        let reasons = obstacles.map { "\($0.value) \($0.key.rawValue)" }.sorted().joined(separator: ", ")
        let message =
            "0/\(total) nodes are available: \(reasons). no new claims to deallocate, preemption: 0/\(total) nodes are available: "
            + "\(total) Preemption is not helpful for scheduling."
        let refused = try? store.update(.pods, namespace: pod.namespace, name: pod.name) { pod in
            Self.setScheduled(&pod, status: "False", reason: "Unschedulable", message: message, at: now)
        }
        guard let refused, refused.resourceVersion != pod.resourceVersion else { return }
        scene.recorder.record("Warning", "FailedScheduling", message, about: refused, from: .scheduler, in: &store, at: now)
    }

    private static func setScheduled(_ pod: inout JSON, status: String, reason: String? = nil, message: String? = nil, at now: Instant) {
        var conditions = pod["status"]?["conditions"]?.array ?? []
        let index = conditions.firstIndex { $0["type"]?.string == "PodScheduled" }
        let old = index.map { conditions[$0] }
        var condition: JSON = ["type": "PodScheduled", "status": .string(status), "lastProbeTime": .null]
        let isSame = old?["status"]?.string == status
        condition["lastTransitionTime"] = isSame ? old?["lastTransitionTime"] : .string(now.rfc3339)
        if let reason { condition["reason"] = .string(reason) }
        if let message { condition["message"] = .string(message) }
        if status == "False" { condition["observedGeneration"] = pod["metadata"]?["generation"] }
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        pod["status", "conditions"] = .array(conditions)
    }
}
