import AutomatonCore

/// The history of the pod templates of a StatefulSet or a DaemonSet: one ControllerRevision a template.
///
/// Source: `pkg/controller/history`.
struct ControllerRevisions {
    let owner: StoredObject
    /// The label that carries the hash: `controller.kubernetes.io/hash`, or `controller-revision-hash` of a DaemonSet.
    let hashLabel: String

    /// The revision of the present template: its hash. Makes the ControllerRevision if there is none, and drops those beyond the limit.
    func current(_ store: inout Store, _ scene: Scene, at now: Instant) -> String {
        let template = owner["spec", "template"] ?? .emptyObject
        var data = template
        data["$patch"] = "replace"
        let known = scene.dependents.objects(.controllerRevisions, controlledBy: owner, in: store)
        let highest = known.map { $0["revision"]?.int ?? 0 }.max() ?? 0
        if let same = known.first(where: { $0["data", "spec", "template"] == data }) {
            if same["revision"]?.int ?? 0 < highest {
                _ = try? store.update(.controllerRevisions, namespace: same.namespace, name: same.name) {
                    $0["revision"] = JSON(highest + 1)
                }
            }
            return hash(of: same)
        }
        let collisions = owner.count("collisionCount")
        let hash =
            owner.type == .daemonSets
            ? PodTemplateHash.hash(ofTemplate: template, collisionCount: collisions > 0 ? collisions : nil)
            : PodTemplateHash.hash(ofRevision: ["spec": ["template": data]], collisionCount: collisions)
        var labels = template["metadata", "labels"] ?? .emptyObject
        labels[hashLabel] = .string(hash)
        let revision: JSON = [
            "metadata": [
                "name": .string("\(owner.name)-\(hash)"), "namespace": .string(owner.namespace), "labels": labels,
                "ownerReferences": [OwnerReference.reference(to: owner)],
            ],
            "data": ["spec": ["template": data]], "revision": JSON(highest + 1),
        ]
        _ = try? store.create(.controllerRevisions, revision, at: now)
        let limit = owner["spec", "revisionHistoryLimit"]?.int ?? 10
        let byAge = known.sorted { ($0["revision"]?.int ?? 0) < ($1["revision"]?.int ?? 0) }
        let inUse = Set(["currentRevision", "updateRevision"].compactMap { owner["status", .member($0)]?.string })
        let idle = byAge.filter { !inUse.contains($0.name) }
        for old in idle.prefix(max(0, idle.count - limit)) {
            _ = try? store.remove(.controllerRevisions, namespace: old.namespace, name: old.name)
        }
        return hash
    }

    /// The template of a revision; the present one if the revision is gone.
    func template(ofRevision name: String, _ store: borrowing Store) -> JSON {
        guard let revision = store.get(.controllerRevisions, namespace: owner.namespace, name: name),
            var template = revision["data", "spec", "template"]
        else { return owner["spec", "template"] ?? .emptyObject }
        template["$patch"] = nil
        return template
    }

    private func hash(of revision: StoredObject) -> String { String(revision.name.dropFirst(owner.name.count + 1)) }
}
