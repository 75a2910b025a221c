import AutomatonCore

/// How controllers look at a pod.
extension StoredObject {
    /// Whether the pod counts as a replica: not over, not being deleted.
    var isActivePod: Bool { !isFinishedPod && !isBeingDeleted }

    /// Whether the pod is over.
    var isFinishedPod: Bool {
        let phase = self["status"]?["phase"]?.string
        return phase == "Succeeded" || phase == "Failed"
    }

    /// Since when the pod is ready; nil if it is not.
    var readySince: Instant? {
        guard let condition = self["status"]?["conditions"]?.array?.first(where: { $0["type"]?.string == "Ready" }),
            condition["status"]?.string == "True"
        else { return nil }
        return condition["lastTransitionTime"]?.string.flatMap { Instant(rfc3339: $0) } ?? .epoch
    }

    /// From when on the pod is available: ready for `minReadySeconds`. Nil if it is not ready.
    func available(afterReady minReadySeconds: Int) -> Instant? { readySince.map { $0 + .seconds(minReadySeconds) } }

    /// `metadata.generation`.
    var generation: Int { self["metadata"]?["generation"]?.int ?? 1 }

    /// `metadata.creationTimestamp`.
    var createdAt: Instant { self["metadata"]?["creationTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } ?? .epoch }

    /// `spec.replicas`, 1 where it is absent.
    var desiredReplicas: Int { self["spec"]?["replicas"]?.int ?? 1 }

    /// A counter of the status; absent ones are zero.
    func count(_ key: String) -> Int { self["status"]?[key]?.int ?? 0 }
}

/// The pods of a workload, counted.
struct PodCount: Sendable, Hashable {
    var active = 0
    var ready = 0
    var available = 0
    var terminating = 0
    /// When the next ready pod becomes available.
    var nextAvailable: Instant?

    init(_ pods: [StoredObject], minReadySeconds: Int, at now: Instant) {
        for pod in pods {
            if pod.isBeingDeleted, !pod.isFinishedPod { terminating += 1 }
            guard pod.isActivePod else { continue }
            active += 1
            guard let since = pod.available(afterReady: minReadySeconds) else { continue }
            ready += 1
            if since <= now { available += 1 } else { nextAvailable = min(nextAvailable ?? since, since) }
        }
    }
}
