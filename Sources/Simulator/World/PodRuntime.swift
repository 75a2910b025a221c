import AutomatonCore

/// What the kubelet knows of one pod.
struct PodRuntime: Sendable {
    enum Stage: Sendable, Hashable {
        /// Seen, not yet reported.
        case admitted
        /// Its sandbox is being made.
        case creating(until: Instant)
        /// Its containers live.
        case active
        /// It is over and stays as it is.
        case ended
        /// It is being deleted; its containers have until then.
        case terminating(until: Instant)
    }

    let name: ObjectName
    let uid: String
    let node: String
    let workload: WorkloadName
    /// The store's version when it was bound to its node.
    let version: UInt64
    let qosClass: String
    /// `Always`, `OnFailure` or `Never`.
    let restartPolicy: String
    let isJob: Bool
    var stage: Stage = .admitted
    var containers: [ContainerRuntime]
    var initContainers: [ContainerRuntime]
    var startedAt: Instant?
    var ip: String?
    var hasSandbox = false
    /// Why the kubelet ended it (`Evicted`, `DeadlineExceeded`), and the words for it.
    var verdict: (reason: String, message: String)?
    /// When `activeDeadlineSeconds` is over.
    var deadline: Instant?
    /// Faults were injected or taken back since it was last looked at.
    var hasNewFaults = false
    /// The generation of the specification that the last status was about.
    var observedGeneration = 0
    /// The conditions' last transitions.
    var transitions: [String: (status: String, at: Instant)] = [:]

    /// When the kubelet has to look at it again.
    var due: Instant? {
        switch stage {
        case .admitted: nil
        case .creating(let until), .terminating(let until): until
        case .ended: nil
        case .active: (containers.compactMap(\.due) + containers.compactMap(\.readyAt) + [deadline].compactMap { $0 }).min()
        }
    }

    /// The phase as `getPhase` in `pkg/kubelet` derives it: a container that crashed and will be restarted leaves the pod Running.
    var phase: String {
        if verdict != nil { return "Failed" }
        if initContainers.contains(where: { $0.death?.exitCode != 0 }) { return "Pending" }
        if containers.contains(where: { $0.isWaiting && $0.lastDeath == nil }) { return "Pending" }
        if containers.contains(where: \.isRunning) { return "Running" }
        let hasFailed = containers.contains { $0.death?.exitCode != 0 }
        if case .terminating = stage { return hasFailed ? "Failed" : "Succeeded" }
        if restartPolicy == "Always" || (restartPolicy == "OnFailure" && hasFailed) { return "Running" }
        return hasFailed ? "Failed" : "Succeeded"
    }
}
