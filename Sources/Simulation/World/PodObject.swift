import AutomatonCore

/// A pod, and what the kubelet does with its one container.
final class PodObject {
    let uid: String
    let name: String
    let set: ReplicaSetObject
    unowned let workload: WorkloadObject

    private(set) var phase = PodRow.Phase.pending
    private(set) var state = ContainerRow.State.waiting(reason: "ContainerCreating", message: "")
    private(set) var lastTermination: ContainerRow.Termination?
    private(set) var restarts: Int32 = 0
    private(set) var isReady = false
    private(set) var isTerminating = false
    private(set) var reason = ""
    private(set) var startedAt: Instant?
    /// Since when it is ready.
    private(set) var readySince: Instant?
    /// How long it ran before its container ended for the first time.
    private(set) var firstRun: Duration?
    private var begunAt: Instant?
    /// Restarts since it last ran for long: the kubelet waits longer each time.
    private var failures = 0
    /// Counts what happened to it: a timer that was set before is void.
    private var epoch = 0

    init(uid: String, name: String, set: ReplicaSetObject, workload: WorkloadObject) {
        self.uid = uid
        self.name = name
        self.set = set
        self.workload = workload
    }

    /// Whether it counts as one of the wanted.
    var isLive: Bool { !isTerminating && (phase == .pending || phase == .running) }

    var row: PodRow {
        let controller: PodRow.Owner =
            switch workload.subject.kind {
            case .statefulSet: .init(kind: "StatefulSet", name: workload.subject.name, uid: workload.uid)
            case .daemonSet: .init(kind: "DaemonSet", name: workload.subject.name, uid: workload.uid)
            default: .init(kind: "ReplicaSet", name: set.name, uid: set.uid)
            }
        return PodRow(
            uid: uid, namespace: workload.subject.namespace, name: name, controller: controller, phase: phase, reason: reason,
            isTerminating: isTerminating, isReady: isReady,
            containers: [
                ContainerRow(
                    name: Template.container, restartCount: restarts, isReady: isReady, state: state, lastTermination: lastTermination)
            ])
    }

    private func later(_ wait: Duration, _ action: @escaping (PodObject) -> Void) {
        epoch += 1
        let epoch = epoch
        workload.world.time.after(wait) { [weak self] in
            guard let self, self.epoch == epoch, !self.isTerminating else { return }
            action(self)
        }
    }

    private func tell() { workload.world.publish(.changed(row), of: workload.subject.namespace) }

    /// It is scheduled, and its container made.
    func begin() {
        tell()
        later(workload.chance.within(.seconds(1) ... .seconds(5))) { $0.start() }
    }

    /// It runs already, as the simulation begins.
    func standFromTheStart() {
        phase = .running
        startedAt = workload.world.time.now - .hours(5)
        begunAt = startedAt
        state = .running(since: startedAt)
        isReady = true
        readySince = startedAt
    }

    private func start() {
        phase = .running
        startedAt = workload.world.time.now
        begunAt = begunAt ?? startedAt
        state = .running(since: startedAt)
        tell()
        if let doom = workload.doom(of: set.template) {
            later(workload.chance.within(doom.soonest...doom.latest)) { $0.die(doom) }
        } else {
            later(workload.chance.within(.seconds(2) ... .seconds(9))) { $0.becomeReady() }
        }
    }

    private func becomeReady() {
        isReady = true
        readySince = workload.world.time.now
        tell()
        workload.podChanged()
        settle()
    }

    /// What runs well may fall ill later.
    private func settle() {
        if let doom = workload.doom(of: set.template) { later(workload.chance.within(.seconds(1) ... .seconds(90))) { $0.die(doom) } }
    }

    /// The workload's fate changed: a pod that runs may die of it.
    func feel() { if case .running = state, !isTerminating { settle() } }

    private func die(_ doom: Doom) {
        guard workload.doom(of: set.template) != nil else {
            // The cause is gone before it struck.
            return isReady ? () : becomeReady()
        }
        let now = workload.world.time.now
        if let startedAt, now - startedAt > .minutes(10) { failures = 0 }
        let termination = ContainerRow.Termination(reason: doom.reason, exitCode: doom.exitCode, finishedAt: now)
        state = .terminated(termination)
        lastTermination = termination
        if firstRun == nil, let begunAt { firstRun = now - begunAt }
        let wasReady = isReady
        isReady = false
        tell()
        if wasReady { workload.podChanged() }
        later(.seconds(1)) { $0.backOff() }
    }

    private func backOff() {
        guard failures > 0 else {
            failures = 1
            return restart()
        }
        // 10 s, doubled each time, at most 5 minutes (kubelet's container restart backoff).
        let wait = min(Duration.seconds(10 << min(failures - 1, 5)), .minutes(5))
        failures += 1
        state = .waiting(reason: "CrashLoopBackOff", message: "back-off restarting failed container")
        tell()
        later(wait) { $0.restart() }
    }

    private func restart() {
        restarts += 1
        start()
    }

    /// Its node ran short of something; a controller makes another.
    func evict() {
        guard isLive else { return }
        epoch += 1
        phase = .failed
        reason = "Evicted"
        isReady = false
        let termination = ContainerRow.Termination(reason: "Error", exitCode: 137, finishedAt: workload.world.time.now)
        state = .terminated(termination)
        tell()
        workload.podChanged()
        // Somebody clears away what is left of it.
        workload.world.time.after(.minutes(40)) { [weak self] in self?.terminate(by: .person) }
    }

    /// It is deleted: by its controller, or by a person.
    func terminate(by hand: Hand?) {
        guard !isTerminating else { return }
        isTerminating = true
        isReady = false
        epoch += 1
        tell()
        let world = workload.world
        world.heed(.podDeleted(workload.subject, pod: name, by: hand))
        world.time.after(workload.chance.within(.seconds(1) ... .seconds(15))) { [self] in
            phase = .succeeded
            workload.forget(self)
            world.publish(.deleted(row), of: workload.subject.namespace)
        }
    }
}

/// How the container of a pod will end.
struct Doom: Hashable {
    var reason: String
    var exitCode: Int32
    var soonest: Duration
    var latest: Duration

    static let outOfMemory = Doom(reason: "OOMKilled", exitCode: 137, soonest: .seconds(5), latest: .seconds(60))
    static let crash = Doom(reason: "Error", exitCode: 1, soonest: .seconds(1), latest: .seconds(12))
}
