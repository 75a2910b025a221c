import AutomatonCore

/// The status of a Deployment, from those of its ReplicaSets.
///
/// Source: `calculateStatus` and `syncRolloutStatus` in `pkg/controller/deployment`.
struct DeploymentStatus {
    private let deployment: StoredObject
    private let new: StoredObject?
    private let all: [StoredObject]
    private let bounds: RolloutBounds
    private let replicas: Int
    private let updated: Int
    private let ready: Int
    private let available: Int

    init(_ deployment: StoredObject, new: StoredObject?, all: [StoredObject], bounds: RolloutBounds) {
        self.deployment = deployment
        self.new = new
        self.all = all
        self.bounds = bounds
        replicas = all.reduce(0) { $0 + $1.count("replicas") }
        updated = new?.count("replicas") ?? 0
        ready = all.reduce(0) { $0 + $1.count("readyReplicas") }
        available = all.reduce(0) { $0 + $1.count("availableReplicas") }
    }

    /// The status as it stands in the object.
    ///
    /// - Returns: the status, and when the progress deadline has to be looked at again.
    func json(isProgressTracked: Bool, at now: Instant) -> (JSON, due: Instant?) {
        var conditions = StatusConditions(of: deployment, hasUpdateTime: true)
        if available >= bounds.minAvailable {
            conditions.set("Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.", at: now)
        } else {
            conditions.set("Available", false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", at: now)
        }
        var due: Instant?
        if isProgressTracked {
            due = track(&conditions, at: now)
            let failure = ([new].compactMap { $0 } + all).lazy
                .compactMap { StatusConditions(of: $0)["ReplicaFailure"] }
                .first { $0["status"]?.string == "True" }
            if let failure { conditions.copy(failure, at: now) } else { conditions.remove("ReplicaFailure") }
        }
        let asked = all.reduce(0) { $0 + $1.desiredReplicas }
        var status: JSON = [
            "observedGeneration": JSON(deployment.generation),
            "terminatingReplicas": JSON(all.reduce(0) { $0 + $1.count("terminatingReplicas") }),
        ]
        // Counters that are zero are left out, as the API's `omitempty` has it.
        for (key, value) in [
            ("replicas", replicas), ("updatedReplicas", updated), ("readyReplicas", ready), ("availableReplicas", available),
            ("unavailableReplicas", max(0, asked - available)), ("collisionCount", deployment.count("collisionCount")),
        ] where value > 0 { status[key] = JSON(value) }
        if let json = conditions.json { status["conditions"] = json }
        return (status, due)
    }

    private func track(_ conditions: inout StatusConditions, at now: Instant) -> Instant? {
        let seconds = deployment["spec", "progressDeadlineSeconds"]?.int ?? 600
        guard seconds < Int(Int32.max) else {
            conditions.remove("Progressing")
            return nil
        }
        let present = conditions["Progressing"]
        let reason = present?["reason"]?.string
        let name = new?.name ?? deployment.name
        if replicas == updated, reason == "NewReplicaSetAvailable" { return nil }
        let total = bounds.replicas
        if updated == total, replicas == total, available == total {
            conditions.set(
                "Progressing", true, "NewReplicaSetAvailable", "ReplicaSet \"\(name)\" has successfully progressed.", at: now)
            return nil
        }
        let oldReplicas = deployment.count("replicas")
        let oldUpdated = deployment.count("updatedReplicas")
        let hasProgressed =
            updated > oldUpdated || replicas - updated < oldReplicas - oldUpdated || ready > deployment.count("readyReplicas")
            || available > deployment.count("availableReplicas")
        if hasProgressed {
            conditions.set(
                "Progressing", true, "ReplicaSetUpdated", "ReplicaSet \"\(name)\" is progressing.", confirming: true, at: now)
        } else if let deadline = deadline(present, seconds), now > deadline, reason != "NewReplicaSetAvailable" {
            conditions.set(
                "Progressing", false, "ProgressDeadlineExceeded", "ReplicaSet \"\(name)\" has timed out progressing.", at: now)
        }
        guard conditions["Progressing"]?["status"]?.string == "True" else { return nil }
        return deadline(conditions["Progressing"], seconds).map { $0 + .seconds(1) }
    }

    private func deadline(_ condition: JSON?, _ seconds: Int) -> Instant? {
        condition?["lastUpdateTime"]?.string.flatMap { Instant(rfc3339: $0) }.map { $0 + .seconds(seconds) }
    }
}
