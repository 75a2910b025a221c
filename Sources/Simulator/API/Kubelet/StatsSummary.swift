public import AutomatonCore

/// What a kubelet tells of its node and pods under `/stats/summary`.
///
/// Source: `k8s.io/kubelet/pkg/apis/stats/v1alpha1`. Inodes and network are not simulated and are absent, as they can be on a real one.
public enum StatsSummary {
    /// The summary of a node.
    ///
    /// - Throws: 404 if there is no such node.
    public static func of(node name: String, in store: borrowing Store, at now: Instant) throws(APIError) -> JSON {
        guard let node = store.get(.nodes, name: name) else { throw .notFound(.nodes, name) }
        var pods: [JSON] = []
        let bound = store.list(.pods).filter { $0["spec", "nodeName"]?.string == name && $0["status", "startTime"] != nil }
        let disks = bound.map { store.disk(of: $0) }
        let onNode = disks.reduce(0) { $0 + $1.ephemeralBytes }
        for (pod, disk) in zip(bound, disks) where pod["status", "phase"]?.string == "Running" {
            pods.append(summary(of: pod, disk, onNode: onNode, in: store, at: now))
        }
        let time = JSON.string(now.rfc3339)
        let used = min(PodDisk.nodeCapacity, PodDisk.nodeBase + onNode)
        let fileSystem: JSON = [
            "time": time, "availableBytes": .integer(PodDisk.nodeCapacity - used), "capacityBytes": .integer(PodDisk.nodeCapacity),
            "usedBytes": .integer(used),
        ]
        let started = node["metadata", "creationTimestamp"] ?? time
        return [
            "node": [
                "nodeName": .string(name), "startTime": started, "fs": fileSystem,
                "runtime": ["imageFs": fileSystem, "containerFs": fileSystem],
            ],
            "pods": .array(pods),
        ]
    }

    private static func summary(
        of pod: StoredObject, _ disk: PodDisk, onNode: Int64, in store: borrowing Store, at now: Instant
    ) -> JSON {
        let time = JSON.string(now.rfc3339)
        func figures(_ usage: PodDisk.Usage, used: Int64) -> JSON {
            [
                "time": time, "availableBytes": .integer(usage.available), "capacityBytes": .integer(usage.capacity),
                "usedBytes": .integer(used),
            ]
        }
        let root = PodDisk.Mount(path: "/", volume: "", kind: .root)
        let node = disk.usage(of: root, onNode: onNode)
        var containers: [JSON] = []
        for (index, memory) in ContainerMemory.all(of: pod, in: store).enumerated() {
            guard let since = memory.runningSince, let used = memory.workingSet(at: now) else { continue }
            containers.append([
                "name": .string(memory.container), "startTime": .string(since.rfc3339),
                "memory": ["time": time, "workingSetBytes": .integer(used), "usageBytes": .integer(used), "rssBytes": .integer(used)],
                // The writable layer is the first container's: the simulation does not tell them apart.
                "rootfs": figures(node, used: index == 0 ? disk.bytes(in: root) : 0),
                "logs": figures(node, used: index == 0 ? PodDisk.podBase : 0),
            ])
        }
        var summary: JSON = [
            "podRef": ["name": .string(pod.name), "namespace": .string(pod.namespace), "uid": .string(pod.uid)],
            "startTime": pod["status", "startTime"] ?? time, "containers": .array(containers),
            "ephemeral-storage": figures(node, used: disk.ephemeralBytes),
        ]
        var volumes: [JSON] = []
        for mount in disk.mounts where !mount.volume.isEmpty {
            let usage = disk.usage(of: mount, onNode: onNode)
            var volume = figures(usage, used: mount.isOnNode ? disk.bytes(in: mount) : usage.used)
            volume["name"] = .string(mount.volume)
            if case .claim(let claim) = mount.kind { volume["pvcRef"] = ["name": .string(claim), "namespace": .string(pod.namespace)] }
            volumes.append(volume)
        }
        if !volumes.isEmpty { summary["volume"] = .array(volumes) }
        return summary
    }
}
