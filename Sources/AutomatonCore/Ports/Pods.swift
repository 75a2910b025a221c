/// The pods of a cluster: what checks watch.
public protocol Pods: Sendable {
    /// Lists the selected pods, then follows them, until it is cancelled; it never ends by itself.
    ///
    /// Connection losses, expired versions and refusals are retried within; the receiver is told by ``PodChange/disconnected(_:)``.
    /// Changes are delivered one after another, in order.
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws
}

/// Which pods.
public struct PodSelection: Hashable, Sendable {
    /// One namespace; nil for all that may be read.
    public var namespace: String?
    /// A label selector in Kubernetes' notation; empty for all.
    public var labelSelector: String

    /// Makes a selection.
    public init(namespace: String? = nil, labelSelector: String = "") {
        self.namespace = namespace
        self.labelSelector = labelSelector
    }
}

/// What happens in a watch of pods.
public enum PodChange: Sendable {
    /// A full list begins: pods that it does not name again before ``listed`` are gone.
    case listing
    /// Pods of the list, a page at a time.
    case page([PodRow])
    /// The list is complete.
    case listed
    /// A pod is new or changed.
    case changed(PodRow)
    /// A pod is gone.
    case deleted(PodRow)
    /// The watch is alive: what was seen is still so.
    case alive
    /// The pods cannot be seen for now, and why; the last known state may be stale.
    case disconnected(String)
}

/// A pod, as compact as the checks allow: 10,000 of them must stay small.
public struct PodRow: Hashable, Sendable {
    /// The most that is kept of a message, in bytes: what a kubelet takes from the end of a log.
    public static let longestMessage = 2048

    /// Its uid.
    public var uid: String
    /// Its namespace.
    public var namespace: String
    /// Its name.
    public var name: String
    /// Its controller (the owner reference with `controller: true`); nil for a bare pod.
    public var controller: Owner?
    /// `status.phase`.
    public var phase: Phase
    /// `status.reason` (Evicted, DeadlineExceeded, NodeLost); empty when unset.
    public var reason: String
    /// `status.message`, at most ``longestMessage`` bytes, as it was written; empty when unset.
    public var message: String
    /// Whether it is being deleted.
    public var isTerminating: Bool
    /// Whether the condition Ready is True.
    public var isReady: Bool
    /// Its containers in the order of `status.containerStatuses`, then its init containers, marked.
    public var containers: [ContainerRow]

    /// `status.phase`.
    public enum Phase: UInt8, Hashable, Sendable {
        /// A phase that this version does not know.
        case unknown
        /// Accepted, not all containers started.
        case pending
        /// Bound and started.
        case running
        /// All containers ended with 0.
        case succeeded
        /// All containers ended, at least one in failure.
        case failed
    }

    /// The controller of a pod.
    public struct Owner: Hashable, Sendable {
        /// `ReplicaSet`, `StatefulSet`, …; with its group where that is not Kubernetes' own: `Rollout.argoproj.io`.
        public var kind: String
        /// Its name.
        public var name: String
        /// Its uid.
        public var uid: String

        /// Names an owner.
        public init(kind: String, name: String, uid: String) {
            self.kind = kind
            self.name = name
            self.uid = uid
        }
    }

    /// Makes a row.
    public init(
        uid: String, namespace: String, name: String, controller: Owner? = nil, phase: Phase = .running, reason: String = "",
        message: String = "", isTerminating: Bool = false, isReady: Bool = false, containers: [ContainerRow] = []
    ) {
        self.uid = uid
        self.namespace = namespace
        self.name = name
        self.controller = controller
        self.phase = phase
        self.reason = reason
        self.message = message
        self.isTerminating = isTerminating
        self.isReady = isReady
        self.containers = containers
    }
}

/// The status of a container.
public struct ContainerRow: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// `restartCount`.
    public var restartCount: Int32
    /// `ready`.
    public var isReady: Bool
    /// `state`.
    public var state: State
    /// `lastState.terminated`; nil when it never ended before.
    public var lastTermination: Termination?
    /// Whether it is an init container, which runs before the others (or beside them, as a sidecar).
    public var isInit: Bool

    /// `state`: exactly one of the three.
    public enum State: Hashable, Sendable {
        /// Not running, and why (`CrashLoopBackOff`, `ContainerCreating`); message at most 300 bytes.
        case waiting(reason: String, message: String)
        /// Running since.
        case running(since: Instant?)
        /// Ended.
        case terminated(Termination)
    }

    /// How a container ended.
    public struct Termination: Hashable, Sendable {
        /// `OOMKilled`, `Error`, `Completed`, `ContainerCannotRun`, `StartError`, `DeadlineExceeded`; empty when unset.
        public var reason: String
        /// Exit code.
        public var exitCode: Int32
        /// When it ended; nil when unset.
        public var finishedAt: Instant?
        /// What the container left, or the end of its log: at most ``PodRow/longestMessage`` bytes, as they were written.
        public var message: String

        /// Makes a termination.
        public init(reason: String, exitCode: Int32, finishedAt: Instant? = nil, message: String = "") {
            self.reason = reason
            self.exitCode = exitCode
            self.finishedAt = finishedAt
            self.message = message
        }
    }

    /// Makes a container's row.
    public init(
        name: String, restartCount: Int32 = 0, isReady: Bool = false, state: State, lastTermination: Termination? = nil,
        isInit: Bool = false
    ) {
        self.name = name
        self.restartCount = restartCount
        self.isReady = isReady
        self.state = state
        self.lastTermination = lastTermination
        self.isInit = isInit
    }
}
