public import AutomatonCore

/// What metrics-server tells of pods (`metrics.k8s.io/v1beta1`), measured at whole intervals.
///
/// Source: `sigs.k8s.io/metrics-server/pkg/api`. A list has neither version nor pages; a pod of which nothing was measured yet is not
/// in it.
public struct PodMetrics: Sendable {
    private let interval: Duration
    private let measuredAt: Instant
    private let now: Instant

    /// The metrics as they are at an instant, measured that often.
    public init(interval: Duration, now: Instant) {
        self.interval = interval
        self.now = now
        let step = max(1, interval.microseconds)
        measuredAt = Instant(microseconds: now.microseconds / step * step)
    }

    /// One pod's metrics.
    public func get(_ name: String, namespace: String, in store: borrowing Store) throws(APIError) -> JSON {
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name) }
        guard var metrics = metrics(of: pod, in: store) else {
            let type = ResourceType(group: ResourceType.podMetrics.group, plural: "podmetrics", kind: "PodMetrics")
            throw .notFound(type, "\(namespace)/\(name)")
        }
        metrics["kind"] = "PodMetrics"
        metrics["apiVersion"] = .string(ResourceType.podMetrics.apiVersion)
        return metrics
    }

    /// The metrics of the selected pods.
    public func list(namespace: String?, _ options: ListOptions, in store: borrowing Store) -> JSON {
        var items: [JSON] = []
        for pod in store.list(.pods, namespace: namespace) where options.selects(pod) {
            if let metrics = metrics(of: pod, in: store) { items.append(metrics) }
        }
        return [
            "kind": "PodMetricsList", "apiVersion": .string(ResourceType.podMetrics.apiVersion), "metadata": .emptyObject,
            "items": .array(items),
        ]
    }

    private func metrics(of pod: StoredObject, in store: borrowing Store) -> JSON? {
        guard pod["spec", "nodeName"] != nil else { return nil }
        var containers: [JSON] = []
        for memory in ContainerMemory.all(of: pod, in: store) where memory.isRunning {
            // Two measurements are needed: a container that began a moment ago has none, and its pod is left out with it.
            guard let used = memory.workingSet(at: measuredAt) else { return nil }
            containers.append([
                "name": .string(memory.container), "usage": ["cpu": "2037613n", "memory": .string("\(used >> 10)Ki")],
            ])
        }
        guard !containers.isEmpty else { return nil }
        var metadata: JSON = [
            "name": .string(pod.name), "namespace": .string(pod.namespace), "creationTimestamp": .string(now.rfc3339),
        ]
        if let labels = pod["metadata", "labels"] { metadata["labels"] = labels }
        let milliseconds = interval.microseconds / 1000
        let window = milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(Double(milliseconds) / 1000)s"
        return [
            "metadata": metadata, "timestamp": .string(measuredAt.rfc3339), "window": .string(window), "containers": .array(containers),
        ]
    }
}
