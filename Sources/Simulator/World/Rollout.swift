import AutomatonCore

/// A Deployment with its ReplicaSets, and the steps by which it is rolled out.
struct Rollout {
    private(set) var deployment: StoredObject
    /// The ReplicaSet of the present template; nil before it is made.
    private(set) var new: StoredObject?
    /// The others, oldest first.
    private(set) var old: [StoredObject]
    let bounds: RolloutBounds
    let isRecreating: Bool
    private let template: JSON

    static let revisionKey = "deployment.kubernetes.io/revision"
    static let desiredKey = "deployment.kubernetes.io/desired-replicas"
    static let maxKey = "deployment.kubernetes.io/max-replicas"
    static let hashKey = "pod-template-hash"

    init(_ deployment: StoredObject, _ store: borrowing Store, _ scene: Scene) {
        self.deployment = deployment
        template = deployment["spec", "template"] ?? .emptyObject
        let strategy = deployment["spec", "strategy"]
        isRecreating = strategy?["type"]?.string == "Recreate"
        let replicas = deployment.desiredReplicas
        bounds =
            isRecreating
            ? RolloutBounds(recreating: replicas)
            : RolloutBounds(
                replicas: replicas, surge: CountOrPercent(strategy?["rollingUpdate"]?["maxSurge"]) ?? .percent(25),
                unavailable: CountOrPercent(strategy?["rollingUpdate"]?["maxUnavailable"]) ?? .percent(25))
        let sets = scene.dependents.objects(.replicaSets, controlledBy: deployment, in: store)
            .filter { !$0.isBeingDeleted }
            .sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        let template = template
        new = sets.first { Self.template(of: $0) == template }
        let present = new?.name
        old = sets.filter { $0.name != present }
    }

    /// A ReplicaSet's template without the label that makes it its own.
    private static func template(of set: StoredObject) -> JSON {
        var template = set["spec", "template"] ?? .emptyObject
        template["metadata", "labels", .member(hashKey)] = nil
        return template
    }

    /// All ReplicaSets, the new one last.
    var all: [StoredObject] { old + [new].compactMap { $0 } }

    /// Whether `spec.replicas` changed since the ReplicaSets were last scaled.
    var isScaled: Bool {
        all.contains { set in
            guard set.desiredReplicas > 0, let text = set["metadata", "annotations", .member(Self.desiredKey)]?.string else { return false }
            return Int(text) != bounds.replicas
        }
    }

    /// How many replicas the new ReplicaSet may have at this moment (`NewRSNewReplicas`).
    var newReplicas: Int {
        let present = new?.desiredReplicas ?? 0
        if present >= bounds.replicas { return bounds.replicas }
        let total = all.reduce(0) { $0 + $1.desiredReplicas }
        return total >= bounds.maxTotal ? present : present + min(bounds.maxTotal - total, bounds.replicas - present)
    }

    // MARK: Steps

    /// Makes the ReplicaSet of the present template if there is none, and keeps the revisions.
    mutating func ensureNew(replicas: Int, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        let highest = old.map { Int($0["metadata", "annotations", .member(Self.revisionKey)]?.string ?? "") ?? 0 }.max() ?? 0
        let revision = String(highest + 1)
        if let present = new {
            let marks = RevisionMarks(present, of: deployment, newRevision: highest + 1)
            new = (try? store.update(.replicaSets, namespace: present.namespace, name: present.name) { marks.apply(to: &$0) }) ?? present
            note(revision: marks.revision, created: nil, &store, at: now)
            return
        }
        guard let made = makeNew(replicas: replicas, revision: revision, &store, at: now) else { return }
        new = made
        if replicas > 0 {
            scene.recorder.record(
                "Normal", "ScalingReplicaSet", "Scaled up replica set \(made.name) from 0 to \(replicas)", about: deployment,
                from: .deployments, in: &store, at: now)
        }
        note(revision: revision, created: made.name, &store, at: now)
    }

    private mutating func makeNew(replicas: Int, revision: String, _ store: inout Store, at now: Instant) -> StoredObject? {
        var collisions = deployment.count("collisionCount")
        while true {
            let hash = PodTemplateHash.hash(ofTemplate: template, collisionCount: collisions > 0 ? collisions : nil)
            var labelled = template
            labelled["metadata", "labels", .member(Self.hashKey)] = .string(hash)
            var selector = deployment["spec", "selector"] ?? .emptyObject
            selector["matchLabels", .member(Self.hashKey)] = .string(hash)
            var annotations: JSON = .emptyObject
            RevisionMarks.copyAnnotations(of: deployment, to: &annotations)
            annotations[Self.revisionKey] = .string(revision)
            annotations[Self.desiredKey] = .string(String(bounds.replicas))
            annotations[Self.maxKey] = .string(String(bounds.maxTotal))
            var spec: JSON = ["replicas": JSON(replicas), "selector": selector, "template": labelled]
            if let seconds = deployment["spec", "minReadySeconds"] { spec["minReadySeconds"] = seconds }
            let set: JSON = [
                "metadata": [
                    "name": .string("\(deployment.name)-\(hash)"), "namespace": .string(deployment.namespace),
                    "labels": labelled["metadata", "labels"] ?? .emptyObject, "annotations": annotations,
                    "ownerReferences": [OwnerReference.reference(to: deployment)],
                ],
                "spec": spec, "status": ["replicas": 0],
            ]
            if let made = try? store.create(.replicaSets, set, at: now) { return made }
            collisions += 1
            guard collisions < 100 else { return nil }
            let count = collisions
            if let updated = try? store.update(
                .deployments, namespace: deployment.namespace, name: deployment.name,
                change: { $0["status", "collisionCount"] = JSON(count) })
            {
                deployment = updated
            }
        }
    }

    /// Notes the revision on the Deployment and, of a ReplicaSet that was just made, that the rollout progresses.
    private mutating func note(revision: String, created: String?, _ store: inout Store, at now: Instant) {
        var conditions = StatusConditions(of: deployment, hasUpdateTime: true)
        if let created {
            conditions.set("Progressing", true, "NewReplicaSetCreated", "Created new replica set \"\(created)\"", confirming: true, at: now)
        } else if conditions["Progressing"] == nil, let new {
            conditions.set("Progressing", true, "FoundNewReplicaSet", "Found new replica set \"\(new.name)\"", at: now)
        }
        let json = conditions.json
        if let updated = try? store.update(
            .deployments, namespace: deployment.namespace, name: deployment.name,
            change: { deployment in
                deployment["metadata", "annotations", .member(Self.revisionKey)] = .string(revision)
                deployment["status", "conditions"] = json
            })
        {
            deployment = updated
        }
    }

    /// Scales an old ReplicaSet.
    mutating func resizeOld(_ index: Int, to replicas: Int, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        if let resized = resize(old[index], to: replicas, &store, &scene, at: now) { old[index] = resized }
    }

    /// Scales the new ReplicaSet.
    ///
    /// - Returns: whether its size changed.
    @discardableResult
    mutating func resizeNew(to replicas: Int, _ store: inout Store, _ scene: inout Scene, at now: Instant) -> Bool {
        guard let present = new, let resized = resize(present, to: replicas, &store, &scene, at: now) else { return false }
        new = resized
        return present.desiredReplicas != replicas
    }

    private func resize(
        _ set: StoredObject, to replicas: Int, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) -> StoredObject? {
        let desired = String(bounds.replicas)
        let most = String(bounds.maxTotal)
        let resized = try? store.update(.replicaSets, namespace: set.namespace, name: set.name) { set in
            set["spec", "replicas"] = JSON(replicas)
            set["metadata", "annotations", .member(Self.desiredKey)] = .string(desired)
            set["metadata", "annotations", .member(Self.maxKey)] = .string(most)
        }
        guard let resized else { return nil }
        let before = set.desiredReplicas
        if before != replicas {
            scene.recorder.record(
                "Normal", "ScalingReplicaSet",
                "Scaled \(replicas > before ? "up" : "down") replica set \(set.name) from \(before) to \(replicas)", about: deployment,
                from: .deployments, in: &store, at: now)
        }
        return resized
    }

    /// Takes away old ReplicaSets that are more than `revisionHistoryLimit`, once the rollout is complete.
    func cleanUp(_ store: inout Store) {
        let limit = deployment["spec", "revisionHistoryLimit"]?.int ?? 10
        guard let new, new.count("availableReplicas") == bounds.replicas, old.allSatisfy({ $0.count("replicas") == 0 }) else { return }
        let idle = old.filter { $0.desiredReplicas == 0 && $0.count("observedGeneration") >= $0.generation }
        // The lowest revisions go first: a ReplicaSet that was gone back to is as young as its last revision.
        func revision(_ set: StoredObject) -> Int { Int(set["metadata", "annotations", .member(Self.revisionKey)]?.string ?? "") ?? 0 }
        for set in idle.sorted(by: { revision($0) < revision($1) }).prefix(max(0, idle.count - limit)) {
            _ = try? store.remove(.replicaSets, namespace: set.namespace, name: set.name)
        }
    }

    /// Spreads a change of `spec.replicas` over the ReplicaSets in proportion to their sizes.
    mutating func scale(_ store: inout Store, _ scene: inout Scene, at now: Instant) {
        for (set, replicas) in ProportionalScaling(new: new, old: old, deployment: deployment, bounds: bounds).sizes {
            guard let resized = resize(set, to: replicas, &store, &scene, at: now) else { continue }
            if set.name == new?.name {
                new = resized
            } else if let index = old.firstIndex(where: { $0.name == set.name }) {
                old[index] = resized
            }
        }
    }

    /// Notes that the rollout was paused or goes on: neither time counts against the progress deadline.
    mutating func markPaused(_ isPaused: Bool, _ store: inout Store, at now: Instant) {
        var conditions = StatusConditions(of: deployment, hasUpdateTime: true)
        let reason = conditions["Progressing"]?["reason"]?.string
        if isPaused, reason != "DeploymentPaused", reason != "ProgressDeadlineExceeded" {
            conditions.set("Progressing", false, "DeploymentPaused", "Deployment is paused", at: now)
            conditions.markUnknown("Progressing")
        } else if !isPaused, reason == "DeploymentPaused" {
            conditions.set("Progressing", false, "DeploymentResumed", "Deployment is resumed", at: now)
            conditions.markUnknown("Progressing")
        } else {
            return
        }
        let json = conditions.json
        if let updated = try? store.update(
            .deployments, namespace: deployment.namespace, name: deployment.name, change: { $0["status", "conditions"] = json })
        {
            deployment = updated
        }
    }

    /// Writes the status.
    mutating func report(_ store: inout Store, _ scene: inout Scene, isProgressTracked: Bool, at now: Instant) {
        guard let latest = store.get(.deployments, namespace: deployment.namespace, name: deployment.name) else { return }
        deployment = latest
        let status = DeploymentStatus(deployment, new: new, all: all, bounds: bounds)
        let (json, due) = status.json(isProgressTracked: isProgressTracked, at: now)
        _ = try? store.update(.deployments, namespace: deployment.namespace, name: deployment.name) { $0["status"] = json }
        if let due { scene.agenda.add(.deployment(ObjectName(deployment)), at: due) }
    }
}

extension CountOrPercent {
    /// Reads `3` or `"25%"`; nil when it is neither.
    init?(_ json: JSON?) {
        switch json {
        case .integer(let count) where count >= 0: self = .count(Int(count))
        case .string(let text): self.init(text: text)
        default: return nil
        }
    }
}
