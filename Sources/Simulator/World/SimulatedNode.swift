public import AutomatonCore

/// A node of the simulated world: what its Node object says of it.
public struct SimulatedNode: Sendable, Hashable {
    /// The name.
    public var name: String
    /// Memory that pods may request.
    public var memory: ByteQuantity
    /// Cores.
    public var cores: Int
    /// How many pods it takes.
    public var podCapacity: Int

    /// Makes a node.
    public init(name: String, memory: ByteQuantity = ByteQuantity(bytes: 16 << 30), cores: Int = 8, podCapacity: Int = 110) {
        self.name = name
        self.memory = memory
        self.cores = cores
        self.podCapacity = podCapacity
    }

    /// Nodes of one size, named `sim-1`, `sim-2` and so on.
    public static func several(_ count: Int, memory: ByteQuantity = ByteQuantity(bytes: 16 << 30), cores: Int = 8) -> [SimulatedNode] {
        (1...max(1, count)).map { SimulatedNode(name: "sim-\($0)", memory: memory, cores: cores) }
    }

    /// The Node object as a kubelet registers it.
    func object(index: Int, at now: Instant) -> JSON {
        let capacity: JSON = [
            "cpu": .string(String(cores)), "ephemeral-storage": "102350Mi", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
            "memory": .string(memory.description), "pods": .string(String(podCapacity)),
        ]
        func condition(_ type: String, _ status: String, _ reason: String, _ message: String) -> JSON {
            [
                "type": .string(type), "status": .string(status), "lastHeartbeatTime": .string(now.rfc3339),
                "lastTransitionTime": .string(now.rfc3339), "reason": .string(reason), "message": .string(message),
            ]
        }
        let zone = ["a", "b", "c"][index % 3]
        return [
            "metadata": [
                "name": .string(name),
                "labels": [
                    "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": .string(name), "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": .string("eu-west-1" + zone),
                ],
                "annotations": ["volumes.kubernetes.io/controller-managed-attach-detach": "true"],
            ],
            "spec": .emptyObject,
            "status": [
                "capacity": capacity, "allocatable": capacity,
                "conditions": [
                    condition(
                        "MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                    condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                    condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                    condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
                ],
                "addresses": [
                    ["type": "InternalIP", "address": .string(address(index: index))],
                    ["type": "Hostname", "address": .string(name)],
                ],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
                "nodeInfo": [
                    "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.8.0-60-generic",
                    "osImage": "Ubuntu 24.04.2 LTS", "containerRuntimeVersion": "containerd://2.1.4", "kubeletVersion": "v1.36.3",
                    "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64",
                ],
            ],
        ]
    }

    /// The node's address: from 10.0.0.11 on.
    func address(index: Int) -> String { "10.0.\((index + 11) / 250).\((index + 11) % 250)" }
}
