import AutomatonCore

/// The world of a simulation: what is true, whoever knows it.
final class World {
    let seed: UInt64
    let time: VirtualTime
    let start: Instant
    private(set) var workloads: [WorkloadObject] = []
    private var bySubject: [Subject: WorkloadObject] = [:]
    private(set) var groups: [GroupObject] = []
    private(set) var databases: [DatabaseObject] = []
    private(set) var disks: [DiskObject] = []
    let leases = LeaseTable()
    /// Whose ReplicaSet a uid is.
    var owners: [String: Subject] = [:]
    var watchers: [PodFeed] = []
    private(set) var ailments: [Ailment] = []
    /// From here on nothing passes by itself, and nothing new goes wrong.
    private(set) var isCalm = false
    /// What may be cured depends on the limits.
    let limits: SafetyPolicy
    private let facts: (Fact) -> Void
    private var versions = 1000
    private var uids = 0
    private var chance: Chance

    init(seed: UInt64, time: VirtualTime, limits: SafetyPolicy, facts: @escaping (Fact) -> Void) {
        self.seed = seed
        self.time = time
        self.limits = limits
        self.facts = facts
        start = time.now
        chance = Chance(seed, "world")
        build()
        survey()
    }

    func heed(_ fact: Fact) { facts(fact) }

    func newVersion() -> Int {
        versions += 1
        return versions
    }

    func newUID() -> String {
        uids += 1
        let digits = String(uids, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    func workload(_ subject: Subject) -> WorkloadObject? { bySubject[subject] }
    func disk(of subject: Subject) -> DiskObject? { disks.first { $0.workload.subject == subject } }

    // MARK: Making it

    private static let names = [
        "email", "orders", "payments", "search", "catalog", "users", "images", "reports", "gateway", "billing", "stock", "chat", "audit",
        "pricing", "ranking", "tax", "fraud", "returns",
    ]

    private func build() {
        // Small namespaces, middling and large ones.
        let count = chance.within(chance.one(of: [5...9, 7...12, 10...18]))
        // Drawn beside the rest, which stays as it is.
        var paces = Chance(seed, "paces")
        for index in 0..<count {
            let kind: Subject.Kind = chance.percent(70) ? .deployment : chance.percent(60) ? .statefulSet : .daemonSet
            let namespace = index % 5 == 4 ? "tools" : "shop"
            let replicas = chance.one(of: [1, 1, 2, 2, 3, 3, 4, 6])
            var shape = WorkloadObject.Shape(
                subject: Subject(kind, namespace: namespace, name: Self.names[index]), replicas: replicas,
                limit: ByteQuantity(bytes: Int64(chance.one(of: [128, 256, 512, 1024])) << 20),
                takesDown: kind == .deployment ? replicas / 4 : 1, surge: kind == .deployment ? max(1, replicas / 4) : 0)
            if index > 3 {
                shape.rollsOut = kind == .deployment || chance.percent(85)
                shape.isManagedByGitOps = chance.percent(15)
            }
            if index > 1 { shape.isScaledByAutoscaler = kind == .deployment && chance.percent(20) }
            shape.isAppliedWhole = paces.percent(50)
            shape.takesDownHalf = kind == .deployment && paces.percent(40)
            add(WorkloadObject(shape, in: self))
        }
        for workload in workloads
        where workload.subject.kind == .deployment && workload.subject.namespace == "shop" && groups.count < 3 {
            groups.append(
                GroupObject(workload, partitions: chance.within(4...10), perPod: Double(chance.within(20...200)), in: self))
        }
        for index in 0..<chance.within(1...2) { databases.append(DatabaseObject("db-\(index):5432", in: self)) }
        for workload in workloads.suffix(3) { disks.append(DiskObject(workload, in: self)) }
    }

    private func add(_ workload: WorkloadObject) {
        workloads.append(workload)
        bySubject[workload.subject] = workload
    }

    // MARK: Pods, as they are watched

    func publish(_ change: PodFeed.Change, of namespace: String) {
        for watcher in watchers { watcher.offer(change) }
    }

    // MARK: What goes wrong, and ends

    func open(_ subject: Subject) -> Bool { ailments.contains { $0.ended == nil && $0.subject == subject } }

    var openAilments: [Ailment] { ailments.filter { $0.ended == nil } }

    private func begin(_ kind: Ailment.Kind, _ subject: Subject, isCurable: Bool) -> Ailment {
        let ailment = Ailment(kind, subject, began: time.now, isCurable: isCurable)
        ailments.append(ailment)
        heed(.ailmentBegan(ailment))
        return ailment
    }

    /// Has it pass by itself, or mended by a person, in the end; but not while the automaton has to show that it can.
    private func end(_ ailment: Ailment, after wait: Duration, _ action: @escaping () -> Void) {
        time.after(wait) { [weak self] in
            guard let self, ailment.ended == nil, !(self.isCalm && ailment.isCurable) else { return }
            action()
            self.review(ailment)
        }
    }

    /// What is over is noted as soon as it is.
    private func review(_ ailment: Ailment) {
        guard ailment.ended == nil, isOver(ailment) else { return }
        ailment.ended = time.now
        heed(.ailmentEnded(ailment))
    }

    private func isOver(_ ailment: Ailment) -> Bool {
        switch ailment.kind {
        case .outOfMemory, .fillsMemory, .crash, .passingCrash, .badRelease, .eviction:
            return workload(ailment.subject)?.isWell ?? true
        case .surge, .stuck:
            guard let group = groups.first(where: { $0.name == ailment.subject.name }) else { return true }
            group.settle()
            let keepsUp = group.keepsUp(with: workload(ailment.subject)?.ready ?? 0)
            // Too few pods for what is usual is another's affair.
            if !keepsUp { return ailment.kind == .stuck && !group.isStuck }
            return !group.isStuck && group.lag < 1000
        case .leak: return databases.first { $0.name == ailment.subject.name }.map { $0.leak == 0 && $0.used < 80 } ?? true
        case .fullDisk: return disk(of: ailment.subject).map { $0.percent < 85 } ?? true
        }
    }

    func workloadChanged(_ workload: WorkloadObject) {
        for ailment in ailments.suffix(64) where ailment.ended == nil && ailment.subject == workload.subject { review(ailment) }
    }

    /// What changes by itself is looked at every half minute.
    private func survey() {
        for ailment in openAilments { review(ailment) }
        time.after(.seconds(30)) { [weak self] in self?.survey() }
    }

    /// A repository says otherwise: its controller sets the workload back.
    func disagree(_ workload: WorkloadObject) {
        time.after(workload.chance.within(.minutes(1) ... .minutes(6))) { [weak workload] in
            guard let workload, self.bySubject[workload.subject] === workload else { return }
            var spec = workload.spec
            spec.replicas = spec.replicas == nil ? nil : workload.shape.replicas
            spec.template.limit = workload.shape.limit
            spec.template.request = ByteQuantity(bytes: workload.shape.limit.bytes / 2)
            workload.set(spec, by: .gitOps)
        }
    }

    // MARK: Happenings

    /// Has something happen to the world. False when it is none of its business.
    func happen(_ what: Happening.What) -> Bool {
        switch what {
        case .ailment(let kind, let index, let degree): fallIll(kind, index, degree)
        case .storm(let kind, let offset):
            for index in stride(from: offset, to: workloads.count, by: 3) { fallIll(kind, index, 3) }
        case .scaled(let index, let step): scale(workload(index), by: step)
        case .resized(let index, let tenths):
            let workload = workload(index)
            var spec = workload.spec
            spec.template.limit = ByteQuantity(bytes: max(64 << 20, min(spec.template.limit.bytes * Int64(tenths) / 10, 6 << 30)))
            workload.set(spec, by: .person)
        case .paused(let index, let minutes):
            let workload = workload(index)
            guard workload.subject.kind == .deployment else { return true }
            workload.pause(true)
            time.after(.minutes(minutes)) { workload.pause(false) }
        case .restarted(let index):
            let workload = workload(index)
            var spec = workload.spec
            spec.template.restartedAt = time.now
            workload.set(spec, by: .person)
        case .replaced(let index): replace(workload(index))
        case .annotated(let index, let annotation, let minutes): annotate(workload(index), annotation, for: .minutes(minutes))
        case .released(let index, let isTroubled): release(workload(index), isTroubled: isTroubled)
        default: return false
        }
        return true
    }

    private func annotate(_ workload: WorkloadObject, _ annotation: Annotation, for length: Duration) {
        let end = time.now + length
        // What is over by itself is removed some time later.
        var removed = end
        switch annotation {
        case .ignore: workload.wish(ObjectWish(mode: .ignore))
        case .observe: workload.wish(ObjectWish(mode: .observe))
        case .pausedUntil:
            workload.wish(ObjectWish(pausedUntil: end))
            removed = end + .minutes(20)
        case .mistyped: workload.wish(ObjectWish(problem: "annotation self-healing-automaton/mode is 'ingore'"))
        }
        time.at(removed) { workload.wish(ObjectWish()) }
    }

    private func release(_ workload: WorkloadObject, isTroubled: Bool) {
        // Long enough that a step back is tried, and seen not to help.
        if isTroubled { fallIll(workload, .passingCrash, 9) }
        var spec = workload.spec
        spec.template.image = workload.newImage()
        // Half of the charts say how much memory and how many replicas there are, as it was when they were written.
        var chance = Chance(seed, "chart", workload.subject.description, "\(spec.template.image)")
        if chance.percent(50) {
            (spec.template.limit, spec.template.request) = (workload.shape.limit, workload.shape.request)
            if spec.replicas != nil, !workload.shape.isScaledByAutoscaler { spec.replicas = workload.shape.replicas }
        }
        workload.set(spec, by: .person)
    }

    func workload(_ index: Int) -> WorkloadObject { workloads[index % workloads.count] }

    private func scale(_ workload: WorkloadObject, by step: Int) {
        var spec = workload.spec
        guard let replicas = spec.replicas else { return }
        spec.replicas = max(1, min(12, replicas + step))
        workload.set(spec, by: .person)
    }

    private func replace(_ old: WorkloadObject) {
        guard !open(old.subject), !groups.contains(where: { $0.name == old.subject.name }), disk(of: old.subject) == nil,
            let index = workloads.firstIndex(where: { $0 === old })
        else { return }
        old.leave()
        heed(.replaced(old.subject))
        let new = WorkloadObject(old.shape, in: self)
        workloads[index] = new
        bySubject[old.subject] = new
        graves.append(old)
        for pod in new.pods { publish(.changed(pod.row), of: new.subject.namespace) }
    }

    /// Objects that are being deleted, until their pods are gone.
    private var graves: [WorkloadObject] = []

    private func fallIll(_ kind: Ailment.Kind, _ index: Int, _ degree: Int) {
        switch kind {
        case .surge, .stuck:
            let group = groups.isEmpty ? nil : groups[index % groups.count]
            if let group, let workload = workloads.first(where: { $0.subject.kind == .deployment && $0.subject.name == group.name }) {
                disturb(group, workload, kind, degree)
            }
        case .leak: leak(databases[index % databases.count], degree)
        case .fullDisk: fill(disks[index % disks.count], degree)
        default: fallIll(workload(index), kind, degree)
        }
    }

    /// One thing at a time: what was cured a moment ago still counts as ill.
    private func isFree(_ workload: WorkloadObject) -> Bool {
        workload.isWell
            && !ailments.contains { $0.subject == workload.subject && ($0.ended.map { time.now - $0 < .minutes(5) } ?? true) }
    }

    private func fallIll(_ workload: WorkloadObject, _ kind: Ailment.Kind, _ degree: Int) {
        guard isFree(workload) else { return }
        let shape = workload.shape
        let canRoll = shape.rollsOut && !shape.isManagedByGitOps
        let limit = workload.spec.template.limit.bytes
        switch kind {
        case .outOfMemory:
            // 1.2 to 3 times what it may use: one or two raises.
            let need = ByteQuantity(bytes: limit / 10 * Int64(12 + 3 * (degree % 7)))
            let ailment = begin(kind, workload.subject, isCurable: canRoll && need.bytes < limits.maximumMemory.bytes * 3 / 4)
            workload.needs(need)
            end(ailment, after: .minutes(120 + degree * 37)) { workload.needs(nil) }
            resize(workload, after: .minutes(200 + degree * 41))
        case .fillsMemory:
            let ailment = begin(kind, workload.subject, isCurable: canRoll && limit * 2 < limits.maximumMemory.bytes)
            workload.needs(ByteQuantity(bytes: limit / 100 * Int64(92 + degree % 7)))
            end(ailment, after: .minutes(120 + degree * 17)) { workload.needs(nil) }
            resize(workload, after: .minutes(180 + degree * 31))
        case .crash:
            let ailment = begin(kind, workload.subject, isCurable: canRoll)
            workload.crashes(.until(workload.spec.template))
            end(ailment, after: .minutes(150 + degree * 10)) { workload.crashes(nil) }
        case .passingCrash:
            let ailment = begin(kind, workload.subject, isCurable: false)
            workload.crashes(.always)
            time.after(.minutes(2 + degree * 3)) { workload.crashes(nil) }
            end(ailment, after: .minutes(60)) {}
        case .badRelease:
            let ailment = begin(kind, workload.subject, isCurable: false)
            var spec = workload.spec
            let good = spec.template.image
            spec.template.image = workload.newImage()
            let bad = spec.template.image
            workload.set(spec, by: .person)
            workload.crashes(.image(bad))
            end(ailment, after: .minutes(40 + degree * 20)) {
                var spec = workload.spec
                if spec.template.image == bad { spec.template.image = good }
                workload.set(spec, by: .person)
                workload.crashes(nil)
            }
        case .eviction:
            _ = begin(kind, workload.subject, isCurable: false)
            for pod in workload.pods.prefix(1 + degree % 2) { pod.evict() }
        case .surge, .stuck, .leak, .fullDisk: return
        }
    }

    /// Some time later the load is over, and a person gives the workload what it had in the beginning.
    private func resize(_ workload: WorkloadObject, after wait: Duration) {
        time.after(wait) { [weak self, weak workload] in
            guard let self, let workload, !self.isCalm, !self.open(workload.subject) else { return }
            workload.needs(nil)
            var spec = workload.spec
            spec.template.limit = workload.shape.limit
            spec.template.request = ByteQuantity(bytes: workload.shape.limit.bytes / 2)
            workload.set(spec, by: .person)
        }
    }

    private func disturb(_ group: GroupObject, _ workload: WorkloadObject, _ kind: Ailment.Kind, _ degree: Int) {
        guard isFree(workload) else { return }
        let shape = workload.shape
        let isFree = !shape.isManagedByGitOps && !shape.isScaledByAutoscaler
        if kind == .surge {
            let factor = 1.7 + 0.3 * Double(degree % 6)
            group.surge(factor)
            let ailment = begin(
                kind, workload.subject, isCurable: isFree && group.isClear(factor) && group.keepsUp(with: limits.maximumReplicas))
            // It is no backlog yet: that takes its time.
            end(ailment, after: .minutes(90 + degree * 30)) { group.surge(1) }
            time.after(.minutes(300)) { [weak self] in if self?.isCalm == false, group.factor == factor { group.surge(1) } }
            if shape.isScaledByAutoscaler { time.after(.minutes(6)) { self.autoscale(workload) } }
        } else {
            group.hang(true)
            let ailment = begin(kind, workload.subject, isCurable: !shape.isManagedByGitOps)
            end(ailment, after: .minutes(150 + degree * 20)) { group.hang(false) }
        }
    }

    private func autoscale(_ workload: WorkloadObject) {
        var spec = workload.spec
        guard let replicas = spec.replicas else { return }
        spec.replicas = min(10, replicas + 2)
        workload.set(spec, by: .autoscaler)
    }

    private func leak(_ database: DatabaseObject, _ degree: Int) {
        let subject = Subject(.database, namespace: "", name: database.name)
        guard !open(subject) else { return }
        let ailment = begin(.leak, subject, isCurable: true)
        database.leak(2 + degree % 3)
        time.after(.minutes(25)) { database.leak(0) }
        end(ailment, after: .minutes(120)) { database.tidy() }
    }

    private func fill(_ disk: DiskObject, _ degree: Int) {
        guard !open(disk.workload.subject) else { return }
        let isOld = degree % 4 != 0
        let ailment = begin(.fullDisk, disk.workload.subject, isCurable: isOld)
        disk.fill(days: isOld ? 10 + degree : 3)
        end(ailment, after: .minutes(isOld ? 240 : 100)) { disk.tidy() }
    }

    // MARK: The end

    /// Nothing goes wrong any more but what is wrong now, and a last one of each kind that the automaton can cure.
    func calm() {
        isCalm = true
        for workload in workloads where workload.isPaused { workload.pause(false) }
        for workload in workloads { workload.wish(ObjectWish()) }
        var kinds: [Ailment.Kind] = [.outOfMemory, .crash, .fillsMemory]
        for (index, workload) in workloads.enumerated() where index > 2 && !open(workload.subject) && !kinds.isEmpty {
            fallIll(workload, kinds.removeFirst(), index)
        }
        fallIll(.surge, 0, 2)
        fallIll(.leak, 0, 1)
        fallIll(.fullDisk, 0, 1)
    }
}
