import AutomatonCore

/// The life of a container: started, ready, dead, delayed, started again.
extension Kubelet {
    /// Starts a container for the first time or again; one whose image is missing waits, one that cannot start is dead at once.
    func start(
        _ index: Int, of pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        let spec = object["spec", "containers", .element(index)] ?? .emptyObject
        let image = spec["image"]?.string ?? ""
        let name = pod.containers[index].name
        let source = EventRecorder.Source.kubelet(pod.node)
        let fault = (try? behaviour(of: index, in: pod, object).get())?.fault
        func record(_ type: String, _ reason: String, _ message: String) {
            scene.recorder.record(type, reason, message, about: object, container: name, from: source, in: &store, at: now)
        }
        if fault == .imageMissing || ImageName.isMissing(image) {
            pod.containers[index].failedPulls += 1
            pod.containers[index].wait("ErrImagePull", ImageName.notFound(image))
            pod.containers[index].due = now + scene.pace.scaled(Pace.pullFailure)
            record("Normal", "Pulling", "Pulling image \"\(image)\"")
            record("Warning", "Failed", "Failed to pull image \"\(image)\": \(ImageName.notFound(image))")
            record("Warning", "Failed", "Error: ErrImagePull")
            return
        }
        pod.containers[index].failedPulls = 0
        if pod.containers[index].id != nil { pod.containers[index].restartCount += 1 }
        let id = "containerd://" + Digits.hexadecimal(bytes: 32, &scene.random)
        record("Normal", "Pulled", "Container image \"\(image)\" already present on machine and can be accessed by the pod")
        record("Normal", "Created", "Container created")
        if case .cannotStart(let failure, let message) = fault {
            pod.containers[index].run(id: id, at: .epoch)
            let isStartError = failure == .startError
            pod.containers[index].die(
                exitCode: isStartError ? 128 : 127, reason: isStartError ? "StartError" : "ContainerCannotRun", message: message, at: now)
            record("Warning", "Failed", "Error: \(message)")
            afterDeath(index, of: &pod, exitCode: 1, scene, at: now)
            return
        }
        pod.containers[index].run(id: id, at: now)
        record("Normal", "Started", "Container started")
        if let probe = spec["readinessProbe"], !probe.isEmpty {
            let delay = (probe["initialDelaySeconds"]?.int ?? 0) + 1
            pod.containers[index].readyAt = now + scene.pace.scaled(.seconds(delay))
        } else {
            pod.containers[index].isReady = true
        }
        _ = arm(index, of: &pod, object, &store, &scene, at: now)
    }

    /// Notes when a running container will die, and whether it is ready at all, by the behaviour that applies now.
    ///
    /// - Returns: whether its readiness changed.
    func arm(
        _ index: Int, of pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) -> Bool {
        let wasUnready = !pod.containers[index].isReady && pod.containers[index].readyAt == nil
        let source = EventRecorder.Source.kubelet(pod.node)
        pod.containers[index].due = pod.isJob ? now + scene.pace.scaled(Pace.work) : nil
        if index == 0, let annotations = object["metadata", "annotations"]?.object, let problem = DiskAnnotations.problem(in: annotations) {
            scene.recorder.record("Warning", "InvalidAnnotation", problem.text, about: object, from: source, in: &store, at: now)
        }
        switch behaviour(of: index, in: pod, object) {
        case .failure(let problem):
            scene.recorder.record("Warning", "InvalidAnnotation", problem.text, about: object, from: source, in: &store, at: now)
        case .success(let behaviour):
            switch behaviour?.fault {
            case .needsMemory(let need):
                guard Self.memoryLimit(index, object).map({ $0 < need.bytes }) ?? false else { break }
                let after = behaviour?.after ?? .zero
                pod.containers[index].due = now + scene.pace.scaled(after) + scene.pace.jitter(after / 2, &scene.random)
            case .exits: pod.containers[index].due = now + scene.pace.scaled(behaviour?.after ?? .zero)
            case .restartLoop:
                pod.containers[index].backOff.cap = .seconds(1)
                pod.containers[index].due = now + scene.pace.scaled(behaviour?.after ?? .zero)
            case .cannotStart, .imageMissing:
                // What runs goes on running; the fault shows at the next start, which a death brings about.
                if pod.containers[index].restartCount == 0, pod.containers[index].lastDeath == nil {
                    pod.containers[index].due = now + scene.pace.scaled(behaviour?.after ?? .zero)
                }
            case .unready:
                guard pod.containers[index].isReady || pod.containers[index].readyAt != nil else { return false }
                pod.containers[index].isReady = false
                pod.containers[index].readyAt = nil
                scene.recorder.record(
                    "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", about: object,
                    container: pod.containers[index].name, from: source, in: &store, at: now)
                return true
            case nil: break
            }
        }
        if wasUnready { pod.containers[index].isReady = true }
        return wasUnready
    }

    /// A running container's time has come, if the fault still applies.
    ///
    /// - Returns: whether it died.
    func die(_ index: Int, of pod: inout PodRuntime, _ object: StoredObject, _ scene: inout Scene, at now: Instant) -> Bool {
        guard case .running(let since) = pod.containers[index].state else { return false }
        let exitCode: Int
        switch (try? behaviour(of: index, in: pod, object).get())?.fault {
        case .needsMemory(let need) where Self.memoryLimit(index, object).map { $0 < need.bytes } ?? false:
            exitCode = 137
            pod.containers[index].die(exitCode: exitCode, reason: "OOMKilled", at: now)
        case .exits(let code, let message):
            exitCode = code
            pod.containers[index].die(exitCode: code, reason: code == 0 ? "Completed" : "Error", message: message, at: now)
        case .restartLoop, .cannotStart, .imageMissing:
            exitCode = 1
            pod.containers[index].die(exitCode: exitCode, reason: "Error", at: now)
        case .needsMemory, .unready, nil:
            guard pod.isJob else { return false }
            exitCode = 0
            pod.containers[index].die(exitCode: exitCode, reason: "Completed", at: now)
        }
        pod.containers[index].backOff.died(after: now - since, forgivenAfter: scene.pace.scaled(CrashLoopBackOff.forgiveness))
        afterDeath(index, of: &pod, exitCode: exitCode, scene, at: now)
        return true
    }

    private func afterDeath(_ index: Int, of pod: inout PodRuntime, exitCode: Int, _ scene: Scene, at now: Instant) {
        guard pod.restartPolicy == "Always" || (pod.restartPolicy == "OnFailure" && exitCode != 0) else { return }
        pod.containers[index].due = now + scene.pace.scaled(Pace.relist)
    }

    /// A dead or waiting container's turn: it is started again, or waits on.
    func resume(
        _ index: Int, of pod: inout PodRuntime, _ object: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) {
        let container = pod.containers[index]
        let source = EventRecorder.Source.kubelet(pod.node)
        if case .waiting("ErrImagePull", let message) = container.state {
            let image = object["spec", "containers", .element(index), "image"]?.string ?? ""
            pod.containers[index].wait("ImagePullBackOff", "Back-off pulling image \"\(image)\": ErrImagePull: \(message ?? "")")
            let delay = min(CrashLoopBackOff.maximum, CrashLoopBackOff.initial * (1 << min(10, container.failedPulls - 1)))
            pod.containers[index].due = now + scene.pace.scaled(delay)
            scene.recorder.record(
                "Normal", "BackOff", "Back-off pulling image \"\(image)\"", about: object, container: container.name, from: source,
                in: &store, at: now)
            scene.recorder.record(
                "Warning", "Failed", "Error: ImagePullBackOff", about: object, container: container.name, from: source, in: &store,
                at: now)
            return
        }
        if let delay = container.backOff.delay, let death = container.death, death.finishedAt + scene.pace.scaled(delay) > now {
            let full = "\(pod.name.name)_\(pod.name.namespace)(\(pod.uid))"
            pod.containers[index].wait(
                "CrashLoopBackOff",
                "back-off \(CrashLoopBackOff.text(delay)) restarting failed container=\(container.name) pod=\(full)")
            pod.containers[index].due = death.finishedAt + scene.pace.scaled(delay)
            scene.recorder.record(
                "Warning", "BackOff", "Back-off restarting failed container \(container.name) in pod \(full)", about: object,
                container: container.name, from: source, in: &store, at: now)
            return
        }
        if container.death != nil, container.failedPulls == 0 { pod.containers[index].backOff.restarted() }
        start(index, of: &pod, object, &store, &scene, at: now)
    }

    /// Init containers do their work at once.
    func complete(_ container: inout ContainerRuntime, _ scene: inout Scene, at now: Instant) {
        container.run(id: "containerd://" + Digits.hexadecimal(bytes: 32, &scene.random), at: now)
        container.die(exitCode: 0, reason: "Completed", at: now)
        container.isReady = true
    }

    private static func memoryLimit(_ index: Int, _ object: StoredObject) -> Int64? {
        object["spec", "containers", .element(index), "resources", "limits", "memory"].flatMap(PodRequests.bytes)
    }
}
