import AutomatonCore

/// A Deployment, StatefulSet or DaemonSet: its spec, its pods, its controller, and what is really wrong with it.
final class WorkloadObject {
    /// Why its containers crash.
    enum Crash: Hashable {
        /// Pods of this release do.
        case image(Int)
        /// Pods that were made before do: new ones are well.
        case until(Template)
        /// All do, until it passes.
        case always
    }

    /// What it is made like.
    struct Shape {
        var subject: Subject
        var replicas: Int
        var limit: ByteQuantity
        var takesDown: Int
        var surge: Int
        /// Whether its rollouts take down half of its pods at once, however many there are: `maxUnavailable: 50%`.
        var takesDownHalf = false
        var rollsOut = true
        var isScaledByAutoscaler = false
        var isManagedByGitOps = false
        /// Whether what is in the repository says how much memory it has, too.
        var isAppliedWhole = false

        var request: ByteQuantity { ByteQuantity(bytes: limit.bytes / 2) }
    }

    unowned let world: World
    let shape: Shape
    let uid: String
    var subject: Subject { shape.subject }
    private(set) var spec: Spec
    private(set) var version: Int
    /// Deleted: what somebody still wants of it reaches nobody.
    private var isGone = false
    /// Fields that a person set last.
    private var persons: Set<String> = []
    private(set) var isPaused = false
    private(set) var wish = ObjectWish()
    private(set) var stamps: [Stamp] = []
    private(set) var sets: [ReplicaSetObject] = []
    private(set) var pods: [PodObject] = []
    var chance: Chance
    /// What a stale read may show.
    private(set) var past: [(until: Instant, workload: Workload)] = []

    /// Memory that each pod needs.
    private(set) var need: ByteQuantity
    private let usualNeed: ByteQuantity
    private(set) var crash: Crash?
    private var made = 0
    private var images = 1

    init(_ shape: Shape, in world: World) {
        self.world = world
        self.shape = shape
        uid = world.newUID()
        chance = Chance(world.seed, "workload", shape.subject.description)
        spec = Spec(
            replicas: shape.subject.kind == .daemonSet ? nil : shape.replicas,
            template: Template(image: 1, limit: shape.limit, request: shape.request, restartedAt: nil))
        version = world.newVersion()
        usualNeed = ByteQuantity(bytes: shape.limit.bytes * 6 / 10)
        need = usualNeed
        keepSet()
        while pods.count < wanted {
            make()
            pods.last?.standFromTheStart()
        }
    }

    /// Pods that are wanted: of a DaemonSet one a node.
    var wanted: Int { spec.replicas ?? shape.replicas }
    /// Ready pods that a rollout may take down at once.
    var takesDown: Int { shape.takesDownHalf ? wanted / 2 : shape.takesDown }
    var live: [PodObject] { pods.filter(\.isLive) }
    var ready: Int { pods.count { $0.isReady } }

    var current: ReplicaSetObject { sets[sets.count - 1] }

    /// Whether all is as it should be.
    var isWell: Bool {
        doom(of: spec.template) == nil && fill <= 85
            && (isPaused || shape.rollsOut == false || pods.allSatisfy { $0.set.uid == current.uid || !$0.isLive })
            && live.count == wanted && ready == wanted
    }

    /// As it stands, for people.
    var description: String {
        "\(spec), \(ready) of \(live.count) pods ready, \(wanted) wanted, needs \(need), \(crash.map { "crashes: \($0)" } ?? "does not crash")"
            + (isPaused ? ", paused" : "") + (live.contains { $0.set.uid != current.uid } ? ", with old pods" : "")
    }

    /// How full its memory is, in percent.
    var fill: Int { Int(min(need, spec.template.limit).bytes * 100 / max(1, spec.template.limit.bytes)) }

    /// How a container of a template will end; nil when it runs well.
    func doom(of template: Template) -> Doom? {
        if need > template.limit { return .outOfMemory }
        switch crash {
        case .image(let image): return template.image == image ? .crash : nil
        case .until(let old): return template == old ? .crash : nil
        case .always: return .crash
        case nil: return nil
        }
    }

    // MARK: What happens to it

    /// Its pods need so much memory from now on; nil for as much as usual.
    func needs(_ memory: ByteQuantity?) {
        need = memory ?? usualNeed
        for pod in pods { pod.feel() }
        podChanged()
    }

    func crashes(_ cause: Crash?) {
        crash = cause
        for pod in pods { pod.feel() }
        podChanged()
    }

    func pause(_ isPaused: Bool) {
        change { self.isPaused = isPaused }
        reconcile()
    }

    /// A person writes the automaton's annotations.
    func wish(_ wish: ObjectWish) {
        guard wish != self.wish else { return }
        change { self.wish = wish }
    }

    /// Names a release that was not there before.
    func newImage() -> Int {
        images += 1
        return images
    }

    // MARK: What is written to it

    /// The object as the API shows it.
    var workload: Workload {
        var workload = Workload(
            subject: subject, uid: uid, resourceVersion: String(version), replicas: spec.replicas, paused: isPaused,
            rollsOut: shape.rollsOut,
            containers: [.init(name: Template.container, memoryLimit: spec.template.limit, memoryRequest: spec.template.request)],
            restartedAt: spec.template.restartedAt?.rfc3339, stamps: stamps)
        workload.readyReplicas = ready
        workload.desired = wanted
        workload.takesDown = takesDown
        workload.wish = wish
        workload.revision = subject.kind == .deployment ? current.number : nil
        workload.owners = persons.sorted().map { FieldOwner(kind: .person, name: "kubectl-edit", field: $0) }
        if shape.isManagedByGitOps {
            var fields: [WorkloadField] = [.replicas, .template]
            if shape.isAppliedWhole {
                fields += [.memoryLimit(container: Template.container), .memoryRequest(container: Template.container)]
            }
            workload.owners += fields.map { FieldOwner(kind: .gitOps, name: "argocd-controller", field: $0) }
        }
        return workload
    }

    /// Changes it as a patch does, and has its controller follow.
    func write(_ write: WorkloadWrite, stamp: Stamp?, by hand: Hand) -> Result<Workload, PortError> {
        switch write.precondition {
        case .version(let uid, let resourceVersion):
            guard uid == self.uid, resourceVersion == String(version) else {
                return .failure(.conflict("\(subject) is at version \(version), not \(resourceVersion)"))
            }
        case .values(let uid, let edits):
            guard uid == self.uid else { return .failure(.conflict("\(subject) is another object of that name")) }
            guard edits.allSatisfy({ spec.holds($0, sets) }) else {
                return .failure(.conflict("the fields of \(subject) were changed since"))
            }
        }
        var after = spec
        for edit in write.edits {
            guard let next = after.after(edit, sets) else { return .failure(.refused("\(subject) has no such field: \(edit)")) }
            after = next
        }
        set(after, stamp: stamp, by: hand)
        return .success(workload)
    }

    /// Sets the spec, whoever wants it.
    func set(_ after: Spec, stamp: Stamp? = nil, by hand: Hand) {
        guard !isGone, after != spec || stamp != nil else { return }
        let (before, read) = (spec, version)
        change {
            spec = after
            if let stamp { stamps = (stamps + [stamp]).suffix(10) }
        }
        own(before, after, by: hand)
        if before.template != after.template { keepSet() }
        world.heed(
            .wrote(
                Landing(
                    subject: subject, before: before, after: after, stamp: stamp, by: hand, version: read,
                    isAutoscaled: shape.isScaledByAutoscaler)))
        reconcile()
        if hand != .gitOps, shape.isManagedByGitOps { world.disagree(self) }
    }

    /// A field belongs to whoever changed it last.
    private func own(_ before: Spec, _ after: Spec, by hand: Hand) {
        let container = Template.container
        let changed: [(WorkloadField, Bool)] = [
            (.replicas, before.replicas != after.replicas),
            (.memoryLimit(container: container), before.template.limit != after.template.limit),
            (.memoryRequest(container: container), before.template.request != after.template.request),
            (.template, before.template.image != after.template.image),
        ]
        for (field, isChanged) in changed where isChanged {
            if hand == .person { persons.insert(field.description) } else { persons.remove(field.description) }
        }
    }

    private func change(_ body: () -> Void) {
        past = past.suffix(4) + [(world.time.now, workload)]
        body()
        version = world.newVersion()
    }

    /// The newest ReplicaSet is that of the template; one that kept it before is taken again.
    private func keepSet() {
        let number = (sets.last?.number ?? 0) + 1
        if let old = sets.firstIndex(where: { $0.template == spec.template }) {
            var set = sets.remove(at: old)
            set.number = number
            sets.append(set)
            return
        }
        let hash = String((0..<9).map { _ in chance.one(of: Self.letters) })
        sets.append(
            ReplicaSetObject(
                name: "\(subject.name)-\(hash)", uid: world.newUID(), number: number, template: spec.template, createdAt: world.time.now))
        world.owners[current.uid] = subject
        // revisionHistoryLimit is 10; one that still has pods stays.
        if sets.count > 11, let old = sets.firstIndex(where: { set in !pods.contains { $0.set.uid == set.uid } && set != current }) {
            world.owners[sets.remove(at: old).uid] = nil
        }
    }

    private static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

    // MARK: Its controller

    private func make() {
        made += 1
        let name: String
        if subject.kind == .statefulSet {
            let taken = Set(pods.map(\.name))
            name = (0...).lazy.map { "\(self.subject.name)-\($0)" }.first { !taken.contains($0) } ?? subject.name
        } else {
            name = "\(current.name)-\(made)"
        }
        pods.append(PodObject(uid: world.newUID(), name: name, set: current, workload: self))
    }

    /// Makes and deletes pods until they are as the spec says, a few at a time.
    private func reconcile() {
        let live = live
        let isHeld = isPaused || !shape.rollsOut
        let old = isHeld ? [] : live.filter { $0.set.uid != current.uid }
        // Those that do not work go first.
        let surplus = live.count - (wanted + (old.isEmpty ? 0 : shape.surge))
        var order = (old.isEmpty ? live : old).sorted { ($0.isReady ? 1 : 0, $0.name) < ($1.isReady ? 1 : 0, $1.name) }
        for _ in 0..<max(0, surplus) where !order.isEmpty { order.removeFirst().terminate(by: nil) }
        var available = self.live.count { $0.isReady }
        for pod in order where !old.isEmpty && pod.isLive {
            if pod.isReady {
                guard available - 1 >= wanted - takesDown else { continue }
                available -= 1
            }
            pod.terminate(by: nil)
        }
        let most = wanted + (self.live.contains { $0.set.uid != current.uid } && !isHeld ? shape.surge : 0)
        // A pod of a StatefulSet or DaemonSet is made when the one in its place is gone.
        let hasPlaces = subject.kind != .deployment
        while self.live.count < most, !hasPlaces || pods.count < max(most, 1) {
            make()
            pods.last?.begin()
        }
    }

    /// A pod became ready or not ready, or the fate of pods changed.
    func podChanged() {
        reconcile()
        world.workloadChanged(self)
    }

    func forget(_ pod: PodObject) {
        pods.removeAll { $0 === pod }
        reconcile()
    }

    /// The object is deleted and made anew, under the same name: another uid, no stamps.
    func leave() {
        isGone = true
        for pod in pods { pod.terminate(by: .person) }
        for set in sets { world.owners[set.uid] = nil }
    }
}

extension WorkloadObject {
    /// A revision as its ReplicaSet tells it.
    func revision(_ set: ReplicaSetObject) -> Revision {
        let pods = pods.filter { $0.set.uid == set.uid }
        var revision = Revision(
            number: set.number, replicaSet: set.name, uid: set.uid, createdAt: set.createdAt, isCurrent: set.uid == current.uid,
            isAlike: set.template.withoutRestart == spec.template.withoutRestart, readyReplicas: pods.count { $0.isReady },
            images: ["\(subject.name):\(set.template.image)"], memoryLimits: [Template.container: set.template.limit])
        guard revision.isAlike else { return revision }
        revision.readySince = pods.compactMap { $0.isReady ? $0.readySince : nil }.min()
        revision.firstRun = pods.compactMap(\.firstRun).max()
        return revision
    }
}
