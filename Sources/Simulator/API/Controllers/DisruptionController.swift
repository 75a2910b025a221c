public import AutomatonCore

/// The status of PodDisruptionBudgets, which evictions rest on (k8s.io/kubernetes/pkg/controller/disruption).
public struct DisruptionController: Controller {
    private var version: UInt64?

    /// Makes the controller.
    public init() {}

    /// Counts the pods of each budget anew when something changed.
    public mutating func reconcile(_ store: inout Store, at now: Instant) -> Instant? {
        guard version != store.resourceVersion else { return nil }
        for budget in store.list(.podDisruptionBudgets) { count(budget, &store, at: now) }
        version = store.resourceVersion
        return nil
    }

    private func count(_ budget: StoredObject, _ store: inout Store, at now: Instant) {
        let selector = LabelSelector(object: budget["spec", "selector"])
        let pods = store.list(.pods, namespace: budget.namespace).filter { pod in
            budget["spec", "selector"] != nil && selector.matches(pod.labels)
                && !["Succeeded", "Failed"].contains(pod["status", "phase"]?.string ?? "")
        }
        var disrupted = budget["status", "disruptedPods"]?.object ?? JSONObject()
        for name in disrupted.keys where !pods.contains(where: { $0.name == name && !$0.isBeingDeleted }) { disrupted[name] = nil }
        let healthy = pods.count { pod in
            let isReady = (pod["status", "conditions"]?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
            return isReady && !pod.isBeingDeleted && disrupted[pod.name] == nil
        }
        let (expected, desired) = bounds(budget, pods: Array(pods), store)
        let allowed = expected == 0 ? 0 : max(0, healthy - desired)
        let generation = budget["metadata", "generation"] ?? 1
        var status: JSON = [
            "observedGeneration": generation, "disruptionsAllowed": JSON(allowed), "currentHealthy": JSON(healthy),
            "desiredHealthy": JSON(desired), "expectedPods": JSON(expected),
        ]
        if !disrupted.isEmpty { status["disruptedPods"] = .object(disrupted) }
        let old = budget["status", "conditions"]?[0]
        let state: JSON = allowed > 0 ? "True" : "False"
        status["conditions"] = [
            [
                "type": "DisruptionAllowed", "status": state, "observedGeneration": generation,
                "lastTransitionTime": old?["status"] == state ? old?["lastTransitionTime"] ?? .null : .string(now.rfc3339),
                "reason": allowed > 0 ? "SufficientPods" : "InsufficientPods", "message": "",
            ]
        ]
        _ = try? store.update(.podDisruptionBudgets, namespace: budget.namespace, name: budget.name) { $0["status"] = status }
    }

    /// How many pods there should be, and how many of them healthy.
    private func bounds(_ budget: StoredObject, pods: [StoredObject], _ store: Store) -> (expected: Int, desired: Int) {
        func share(_ value: JSON, of total: Int) -> Int {
            if let number = value.int { return number }
            guard let text = value.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return 0 }
            return (percent * total + 99) / 100
        }
        if let minimum = budget["spec", "minAvailable"], minimum.int != nil { return (pods.count, minimum.int ?? 0) }
        let expected = scale(of: pods, store)
        if let unavailable = budget["spec", "maxUnavailable"] { return (expected, max(0, expected - share(unavailable, of: expected))) }
        return (expected, share(budget["spec", "minAvailable"] ?? 1, of: expected))
    }

    /// The replicas that the owners of the pods want.
    private func scale(of pods: [StoredObject], _ store: Store) -> Int {
        var wanted: [String: Int] = [:]
        for pod in pods {
            guard let owner = pod["metadata", "ownerReferences"]?.array?.first(where: { $0["controller"] == true }),
                let name = owner["name"]?.string, let uid = owner["uid"]?.string
            else { continue }
            let type: ResourceType = owner["kind"] == "StatefulSet" ? .statefulSets : .replicaSets
            guard var found = store.get(type, namespace: pod.namespace, name: name) else { continue }
            var key = uid
            if let parent = found["metadata", "ownerReferences"]?[0], parent["kind"] == "Deployment", let name = parent["name"]?.string,
                let deployment = store.get(.deployments, namespace: pod.namespace, name: name)
            {
                found = deployment
                key = deployment.uid
            }
            wanted[key] = found["spec", "replicas"]?.int ?? 1
        }
        return wanted.values.reduce(0, +)
    }
}
