import SeededRandom
public import AutomatonCore

/// The parts of a cluster that move: the workload controllers, the garbage collector, the scheduler and the kubelets of simulated nodes.
///
/// A controller without a clock, and without chance but for a seed: the same writes at the same instants give the same history.
/// Its cost follows what changed. It reads the store's log, not its collections, so that pods which are not its own (those of a
/// recording, bound to nodes that it does not simulate) cost nothing after they were seen once.
public struct World: Controller {
    /// How the world is set up.
    public struct Configuration: Sendable {
        /// The nodes that it registers.
        public var nodes: [SimulatedNode]
        /// Multiplies what takes time on the nodes: the start of a container, back-off, the delays of faults. 0.1 is ten times as
        /// fast as real; durations that objects name themselves are kept.
        public var timeScale: Double
        /// The seed of what is random: container ids and small variations of delays.
        public var seed: UInt64

        /// Three nodes of 16 GiB, in real time.
        public init(nodes: [SimulatedNode] = SimulatedNode.several(3), timeScale: Double = 1, seed: UInt64 = 1) {
            precondition(timeScale > 0 && timeScale.isFinite, "the time scale must be positive")
            self.nodes = nodes
            self.timeScale = timeScale
            self.seed = seed
        }
    }

    private let configuration: Configuration
    private var scene: Scene
    private var scheduler = Scheduler()
    private var kubelet = Kubelet()
    private var replicaSets = ReplicaSetController()
    /// The version up to which the log was read; nil before the first look.
    private var version: UInt64?

    /// More items than this in one call mean that two controllers are fighting; the rest waits for the next call.
    private static let itemsPerCall = 200_000

    /// The kinds of owners that may wait for their dependents.
    private static let owners: [String: ResourceType] = [
        "Deployment": .deployments, "ReplicaSet": .replicaSets, "StatefulSet": .statefulSets, "DaemonSet": .daemonSets, "Job": .jobs,
    ]

    /// Makes a world; it registers its nodes at its first look at a store.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        scene = Scene(pace: Pace(scale: configuration.timeScale), random: SplitMix64(configuration.seed))
    }

    public mutating func reconcile(_ store: inout Store, at now: Instant) -> Instant? {
        if version == nil { registerNodes(&store, at: now) }
        readLog(store)
        while let item = scene.agenda.popDue(at: now) { scene.queue.add(item) }
        var done = 0
        while let item = scene.queue.next() {
            perform(item, &store, at: now)
            readLog(store)
            done += 1
            if done == Self.itemsPerCall { return now + .milliseconds(1) }
        }
        scene.recorder.expire(in: &store, at: now)
        return [scene.agenda.nextDue, scene.recorder.nextExpiry].compactMap { $0 }.min()
    }

    private func registerNodes(_ store: inout Store, at now: Instant) {
        for (index, node) in configuration.nodes.enumerated() {
            _ = try? store.create(.nodes, node.object(index: index, at: now), at: now)
        }
    }

    private mutating func perform(_ item: WorkItem, _ store: inout Store, at now: Instant) {
        switch item {
        case .pod(let uid): kubelet.sync(uid, &store, &scene, at: now)
        case .evict(let fault): evict(fault, &store, at: now)
        case .orphans(let uid): GarbageCollector.collect(dependentsOf: uid, &store, &scene, at: now)
        case .finalizers(let type, let name): GarbageCollector.finalize(type, name, &store, &scene, at: now)
        case .replicaSet(let name): replicaSets.sync(name, &store, &scene, at: now)
        case .statefulSet(let name): StatefulSetController.sync(name, &store, &scene, at: now)
        case .daemonSet(let name): DaemonSetController.sync(name, &store, &scene, at: now)
        case .job(let name): JobController.sync(name, &store, &scene, at: now)
        case .deployment(let name): DeploymentController.sync(name, &store, &scene, at: now)
        case .schedule(let name): scheduler.schedule(name, &store, &scene, at: now)
        }
    }

    private mutating func evict(_ name: ObjectName, _ store: inout Store, at now: Instant) {
        guard let fault = store.get(.faults, namespace: name.namespace, name: name.name), let pod = fault["spec", "evict"]?.string else {
            return
        }
        _ = try? store.remove(.faults, namespace: name.namespace, name: name.name)
        let resource = fault["spec", "resource"]?.string ?? "memory"
        kubelet.evict(ObjectName(namespace: name.namespace, name: pod), resource: resource, &store, &scene, at: now)
    }

    // MARK: The log

    private mutating func readLog(_ store: borrowing Store) {
        guard version != store.resourceVersion else { return }
        do throws(StoreError) {
            for event in try store.changes(after: version ?? 0) { note(event, store) }
        } catch {
            // The log no longer reaches back: what there is stands in for what happened.
            for type in store.types {
                for object in store.list(type) { note(StoreEvent(change: .added, object: object, previous: nil), store) }
            }
        }
        version = store.resourceVersion
    }

    private mutating func note(_ event: StoreEvent, _ store: borrowing Store) {
        let object = event.object
        let name = ObjectName(object)
        guard object.type != .events, object.type != .leases else { return }
        scene.dependents.note(event)
        switch object.type {
        case .pods: note(pod: event, store)
        case .nodes: note(node: event, store)
        case .faults:
            if object["spec", "evict"] != nil {
                if event.change == .added { scene.queue.add(.evict(name)) }
            } else {
                kubelet.note(fault: event, &scene)
            }
        default:
            if let item = WorkItem.controller(kind: object.type.kind, name), object.type.group == "apps" || object.type.group == "batch" {
                scene.queue.add(item)
            }
            noteOwner(of: object)
        }
        if event.change == .deleted {
            scene.queue.add(.orphans(object.uid))
            for owner in OwnerReference.all(of: object.json) {
                guard let type = Self.owners[owner.kind], let found = store.get(type, namespace: object.namespace, name: owner.name),
                    found.isBeingDeleted
                else { continue }
                scene.queue.add(.finalizers(type, ObjectName(found)))
            }
        } else if object.isBeingDeleted, !(object["metadata", "finalizers"]?.isEmpty ?? true) {
            scene.queue.add(.finalizers(object.type, name))
        }
    }

    private mutating func note(pod event: StoreEvent, _ store: borrowing Store) {
        let object = event.object
        if scene.nodes.note(pod: event) { retryUnschedulable() }
        kubelet.note(pod: event, store, &scene)
        noteOwner(of: object)
        // A pod that has a condition before we ever bound it is from elsewhere: nobody schedules it here.
        let isFresh = event.change == .added && object["status", "conditions"]?.isEmpty ?? true
        let isOurs = object["spec", "schedulerName"]?.string ?? "default-scheduler" == "default-scheduler"
        if isFresh, isOurs, object["spec", "nodeName"] == nil { scene.queue.add(.schedule(ObjectName(object))) }
    }

    private mutating func note(node event: StoreEvent, _ store: borrowing Store) {
        let names = Set(configuration.nodes.map(\.name))
        guard names.contains(event.object.name) else { return }
        scene.nodes.note(node: event)
        retryUnschedulable()
        for set in store.list(.daemonSets) { scene.queue.add(.daemonSet(ObjectName(set))) }
    }

    private mutating func retryUnschedulable() {
        for name in scheduler.unschedulable.sorted() { scene.queue.add(.schedule(name)) }
    }

    private mutating func noteOwner(of object: StoredObject) {
        for owner in OwnerReference.all(of: object.json) {
            let name = ObjectName(namespace: object.namespace, name: owner.name)
            guard let item = WorkItem.controller(kind: owner.kind, name) else { continue }
            scene.queue.add(item)
        }
    }
}
