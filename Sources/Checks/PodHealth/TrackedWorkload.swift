import AutomatonCore

/// A workload that was reported as unwell, and is followed until it has been well for long enough.
struct TrackedWorkload: Sendable {
    /// Indexes of its groups: the ReplicaSets of a Deployment, else one.
    var groups: [Int32] = []
    /// What was reported last; nil when nothing was.
    var reported: Finding?
    /// Whether it waits to be looked at.
    var isQueued = false
    /// Why its subject cannot be told; nil when it can.
    var obscured: String?
    /// Forgotten at this time, if it is well by then.
    var keptUntil: Instant
    /// Whether the workload itself is to be asked for, since it has no pods left.
    var presence = Presence.notAsked

    /// Whether it says something else than what was reported last.
    func isNews(_ finding: Finding) -> Bool { reported?.observation != finding.observation || reported?.unwell != finding.unwell }

    /// How it stands with the question whether a workload without pods is still there.
    enum Presence: Hashable, Sendable {
        case notAsked
        case due(Instant, attempts: Int)
        case asked(attempts: Int)
    }
}

/// How it stands with the question which workload a group belongs to.
enum Ownership: Sendable {
    /// The question is on its way; how often it failed before.
    case asked(attempts: Int)
    /// It failed, and is asked again.
    case failed(attempts: Int, again: Instant)
    case known(Subject)
}

/// A question that only the cluster can answer.
enum WorkloadQuestion: Sendable {
    /// Which workload these pods belong to.
    case owner(of: PodRow, group: ObjectKey)
    /// Whether this workload is still there, and wants pods.
    case presence(of: Subject)
}

/// The answer to a ``WorkloadQuestion``.
enum WorkloadAnswer: Sendable {
    case owner(Subject)
    /// The workload is there and wants pods.
    case present
    /// The workload is gone, or wants no pods.
    case absent
    case failed(PortError)
}
