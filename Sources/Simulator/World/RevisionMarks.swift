/// What the Deployment controller writes on the ReplicaSet of the present template: the Deployment's annotations, the number of its
/// revision, and the numbers that it had before, if the Deployment came back to it.
///
/// Source: `SetNewReplicaSetAnnotations` in `pkg/controller/deployment/util` of Kubernetes 1.36.
struct RevisionMarks {
    static let historyKey = "deployment.kubernetes.io/revision-history"
    /// The history is cut to so many characters.
    private static let longestHistory = 2000
    /// Annotations of a Deployment that are not copied to its ReplicaSets (`annotationsToSkip`).
    private static let kept: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", Rollout.revisionKey, historyKey, Rollout.desiredKey, Rollout.maxKey,
        "deprecated.deployment.rollback.to",
    ]

    /// The number of the revision: never lower than it was.
    let revision: String
    private let annotations: JSON

    /// - Parameter newRevision: One more than the highest revision of the other ReplicaSets.
    init(_ set: StoredObject, of deployment: StoredObject, newRevision: Int) {
        var annotations = set["metadata", "annotations"] ?? .emptyObject
        Self.copyAnnotations(of: deployment, to: &annotations)
        let before = annotations[Rollout.revisionKey]?.string
        let known = before.flatMap { Int($0) } ?? 0
        if known < newRevision {
            annotations[Rollout.revisionKey] = .string(String(newRevision))
            if let before {
                annotations[Self.historyKey] = .string(Self.history(annotations[Self.historyKey]?.string ?? "", adding: before))
            }
        }
        revision = String(max(known, newRevision))
        self.annotations = annotations
    }

    func apply(to set: inout JSON) { set["metadata", "annotations"] = annotations }

    static func copyAnnotations(of deployment: StoredObject, to annotations: inout JSON) {
        for (key, value) in deployment["metadata", "annotations"]?.strings ?? [:] where !kept.contains(key) {
            annotations[key] = .string(value)
        }
    }

    private static func history(_ history: String, adding revision: String) -> String {
        var revisions = history.isEmpty ? [] : history.split(separator: ",").map(String.init)
        revisions.append(revision)
        while revisions.count > 1, revisions.joined(separator: ",").utf8.count > longestHistory { revisions.removeFirst() }
        return revisions.joined(separator: ",")
    }
}
