import AutomatonCore

/// Whether a workload's pods are replaced when its template changes: what both remediations need.
enum RolloutKind {
    /// Why a subject of this kind has no template whose change would reach its pods; nil when it has one.
    static func refusal(_ subject: Subject, toChange what: String) -> String? {
        switch subject.kind {
        case .deployment, .statefulSet, .daemonSet: nil
        case .job: "cannot \(what) of \(subject): the pod template of a Job cannot be changed once it exists"
        case .replicaSet:
            "cannot \(what) of \(subject): a ReplicaSet without a Deployment does not replace its pods when its template changes"
        case .pod: "cannot \(what) of \(subject): a pod without a controller would have to be deleted, and nobody would make it anew"
        case .consumerGroup, .database, .volume, .host, .alert:
            "cannot \(what) of \(subject): it is no workload; the rule's 'subject:' says which workload is meant"
        }
    }

    /// Why a change to the workload would not reach its pods now; nil when it would.
    static func refusal(_ workload: Workload) -> String? {
        if workload.paused {
            return "the rollout of \(workload.subject) is paused: a person paused it, and the change would wait until it is resumed"
        }
        if !workload.rollsOut {
            return "\(workload.subject) has the update strategy OnDelete: a change would reach no pod until somebody deletes it"
        }
        return nil
    }
}
