import AutomatonCore

/// The faults of a pod that the check reports, worst first; the raw value is the reason's code.
enum FaultCode: String, CaseIterable, Comparable, Sendable {
    case oomKilled = "OOMKilled"
    case crashLoop = "CrashLoopBackOff"
    case startError = "StartError"
    case containerCannotRun = "ContainerCannotRun"
    case error = "Error"
    case deadlineExceeded = "DeadlineExceeded"
    case evicted = "Evicted"

    /// The fault that ended a container; nil when it ended well, or through no fault of its own.
    ///
    /// The reason decides, never the exit code alone: an evicted or drained container has 137 as well. `ContainerStatusUnknown` (the
    /// kubelet lost it) and `Unknown` (the node went down) are the node's, and count as restarts only.
    init?(_ termination: ContainerRow.Termination) {
        switch termination.reason {
        case "OOMKilled": self = .oomKilled
        case "StartError": self = .startError
        case "ContainerCannotRun": self = .containerCannotRun
        case "DeadlineExceeded": self = .deadlineExceeded
        case "Error", "": if termination.exitCode == 0 { return nil } else { self = .error }
        default: return nil
        }
    }

    /// The fault for which a container waits; nil when it waits for something ordinary.
    ///
    /// The kubelet says `RunContainerError` where the runtime says `StartError`, and `CreateContainerError` when the runtime refused
    /// to make the container at all. An image that cannot be pulled or a ConfigMap that is missing (`ImagePullBackOff`,
    /// `CreateContainerConfigError`) is no fault of the process: such a pod is just not ready.
    init?(waiting reason: String) {
        switch reason {
        case "CrashLoopBackOff": self = .crashLoop
        case "RunContainerError", "StartError": self = .startError
        case "CreateContainerError", "ContainerCannotRun": self = .containerCannotRun
        default: return nil
        }
    }

    /// The fault that ended a whole pod; nil for any other `status.reason`.
    init?(podReason reason: String) {
        switch reason {
        case "Evicted": self = .evicted
        case "DeadlineExceeded": self = .deadlineExceeded
        default: return nil
        }
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    static func < (lhs: FaultCode, rhs: FaultCode) -> Bool { lhs.rank < rhs.rank }
}
