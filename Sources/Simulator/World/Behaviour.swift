public import AutomatonCore

/// What is wrong with a container of the simulated world.
public enum Fault: Sendable, Hashable {
    /// The container grows until it needs this much memory: it is OOM-killed as long as its limit is below.
    case needsMemory(ByteQuantity)
    /// The container exits with this code; `message` is what it left as its termination message.
    case exits(code: Int, message: String? = nil)
    /// The container exits with code 1 again and again, on a node whose kubelet caps the back-off at 1 s
    /// (`crashLoopBackOff.maxContainerRestartPeriod`): restarts without a crash loop that lasts.
    case restartLoop
    /// The container runtime cannot start the container; the message is the runtime's.
    case cannotStart(reason: StartFailure, message: String)
    /// The container runs but its readiness probe fails.
    case unready
    /// The image cannot be pulled at the next start.
    case imageMissing

    /// How a container runtime reports that it could not start a container.
    public enum StartFailure: Sendable, Hashable {
        /// containerd: `StartError`, exit code 128.
        case startError
        /// Docker: `ContainerCannotRun`, exit code 127.
        case containerCannotRun
    }
}

/// A fault, when it shows and what cures it.
public struct Behaviour: Sendable, Hashable {
    /// What cures a fault.
    public enum Cure: Sendable, Hashable {
        /// A pod that is made after the fault was injected is well, whatever replaced the old one.
        case newPod
        /// Nothing but a change of the specification that removes the cause (a memory limit that suffices).
        case specification
    }

    /// What is wrong.
    public var fault: Fault
    /// How long after its start the container shows it; the world's time scale applies.
    public var after: Duration
    /// What cures it.
    public var cure: Cure
    /// The container; the first of the pod if nil.
    public var container: String?

    /// Makes a behaviour.
    public init(_ fault: Fault, after: Duration = .seconds(2), cure: Cure, container: String? = nil) {
        self.fault = fault
        self.after = after
        self.cure = cure
        self.container = container
    }
}

/// The name of a workload: what a fault is injected into, and what a pod belongs to.
public struct WorkloadName: Sendable, Hashable, CustomStringConvertible {
    /// The kind as in the API: `Deployment`, `StatefulSet`, `DaemonSet`, `Job`, `Pod` for a bare one.
    public var kind: String
    /// The namespace.
    public var namespace: String
    /// The name.
    public var name: String

    /// Makes a name.
    public init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// The workload that a pod belongs to: through a ReplicaSet to its Deployment, else its controller, else itself.
    init(of pod: StoredObject, in store: borrowing Store) {
        guard let owner = OwnerReference.controller(of: pod.json) else {
            self.init(kind: "Pod", namespace: pod.namespace, name: pod.name)
            return
        }
        if owner.kind == "ReplicaSet", let set = store.get(.replicaSets, namespace: pod.namespace, name: owner.name),
            let above = OwnerReference.controller(of: set.json)
        {
            self.init(kind: above.kind, namespace: pod.namespace, name: above.name)
        } else {
            self.init(kind: owner.kind, namespace: pod.namespace, name: owner.name)
        }
    }

    /// A Deployment's name.
    public static func deployment(_ name: String, in namespace: String) -> WorkloadName {
        WorkloadName(kind: "Deployment", namespace: namespace, name: name)
    }

    /// The collection that it is in; a kind that the world does not drive is looked for among the pods.
    public var type: ResourceType {
        switch kind {
        case "Deployment": .deployments
        case "ReplicaSet": .replicaSets
        case "StatefulSet": .statefulSets
        case "DaemonSet": .daemonSets
        case "Job": .jobs
        default: .pods
        }
    }

    /// `deployment/name in namespace`.
    public var description: String { "\(kind.lowercased())/\(name) in \(namespace)" }
}
