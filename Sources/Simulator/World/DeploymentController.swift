import AutomatonCore

/// Rolls a Deployment's pods out: a ReplicaSet a pod template, scaled up and down within the strategy's bounds.
///
/// Source: `pkg/controller/deployment` of Kubernetes 1.36 (`rolloutRolling`, `rolloutRecreate`, `sync`).
enum DeploymentController {
    static func sync(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let deployment = store.get(.deployments, namespace: name.namespace, name: name.name), !deployment.isBeingDeleted else {
            return
        }
        var rollout = Rollout(deployment, store, scene)
        if deployment["spec", "paused"]?.bool ?? false {
            rollout.markPaused(true, &store, at: now)
            rollout.scale(&store, &scene, at: now)
            rollout.report(&store, &scene, isProgressTracked: false, at: now)
            return
        }
        rollout.markPaused(false, &store, at: now)
        if rollout.isScaled {
            rollout.scale(&store, &scene, at: now)
            rollout.report(&store, &scene, isProgressTracked: false, at: now)
            return
        }
        if rollout.isRecreating {
            recreate(&rollout, &store, &scene, at: now)
        } else {
            roll(&rollout, &store, &scene, at: now)
        }
        rollout.report(&store, &scene, isProgressTracked: true, at: now)
    }

    private static func recreate(_ rollout: inout Rollout, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        var hasScaledDown = false
        for index in rollout.old.indices where rollout.old[index].desiredReplicas > 0 {
            rollout.resizeOld(index, to: 0, &store, &scene, at: now)
            hasScaledDown = true
        }
        if hasScaledDown { return }
        for set in rollout.old {
            let pods = scene.dependents.objects(.pods, controlledBy: set, in: store)
            if pods.contains(where: { !$0.isFinishedPod }) { return }
        }
        rollout.ensureNew(replicas: rollout.bounds.replicas, &store, &scene, at: now)
        rollout.resizeNew(to: rollout.bounds.replicas, &store, &scene, at: now)
        rollout.cleanUp(&store)
    }

    private static func roll(_ rollout: inout Rollout, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        rollout.ensureNew(replicas: rollout.newReplicas, &store, &scene, at: now)
        if rollout.resizeNew(to: rollout.newReplicas, &store, &scene, at: now) { return }
        if scaleDown(&rollout, &store, &scene, at: now) { return }
        rollout.cleanUp(&store)
    }

    /// - Returns: whether old ReplicaSets were scaled down.
    private static func scaleDown(_ rollout: inout Rollout, _ store: inout Store, _ scene: inout Scene, at now: Instant) -> Bool {
        let bounds = rollout.bounds
        let oldTotal = rollout.old.reduce(0) { $0 + $1.desiredReplicas }
        guard oldTotal > 0, let new = rollout.new else { return false }
        let newUnavailable = new.desiredReplicas - new.count("availableReplicas")
        let most = oldTotal + new.desiredReplicas - bounds.minAvailable - newUnavailable
        guard most > 0 else { return false }
        // Pods that are not healthy serve nobody: they go first, and cost no availability.
        var cleaned = 0
        for index in rollout.old.indices where cleaned < most {
            let set = rollout.old[index]
            let unhealthy = set.desiredReplicas - set.count("availableReplicas")
            guard set.desiredReplicas > 0, unhealthy > 0 else { continue }
            let count = min(most - cleaned, unhealthy)
            rollout.resizeOld(index, to: set.desiredReplicas - count, &store, &scene, at: now)
            cleaned += count
        }
        let available = rollout.old.reduce(new.count("availableReplicas")) { $0 + $1.count("availableReplicas") }
        var toGo = available - bounds.minAvailable
        var hasScaledDown = cleaned > 0
        for index in rollout.old.indices where toGo > 0 && rollout.old[index].desiredReplicas > 0 {
            let count = min(rollout.old[index].desiredReplicas, toGo)
            rollout.resizeOld(index, to: rollout.old[index].desiredReplicas - count, &store, &scene, at: now)
            toGo -= count
            hasScaledDown = true
        }
        return hasScaledDown
    }
}
