import AutomatonCore

/// The whole judgement of pod health: a plain value, without clock and without I/O.
///
/// It is told what happens (``apply(_:at:)``), that time passed (``advance(to:)``) and what the cluster answered
/// (``answer(_:_:at:)``); it says what to ask (``nextQuestion()``) and what to report (``nextReport(at:)``).
/// Cost follows what changes: a healthy pod costs one look-up, and only the workloads that were unwell are followed.
struct PodHealthState: Sendable {
    /// How long a container must run after its last end before it counts as well.
    let settle: Duration
    /// How long restarts are counted.
    let window: Duration
    /// How long the watch may be interrupted before it is reported.
    static let grace: Duration = .seconds(30)
    /// How long after an interruption nothing is taken to have settled: what happened meanwhile is still being told.
    static let catchUp: Duration = .seconds(5)

    var pods: [ObjectKey: PodMemory] = [:]
    var groups: [PodGroup] = []
    var groupIndex: [ObjectKey: Int32] = [:]
    var troubles: [ObjectKey: PodTrouble] = [:]
    var owners: [Int32: Ownership] = [:]
    /// The tracked workload that a group belongs to, for as long as nobody says otherwise.
    var membership: [Int32: Subject] = [:]
    var workloads: [Subject: TrackedWorkload] = [:]
    private var freeGroups: [Int32] = []
    private var namespaces: Set<String> = []
    private var generation: UInt16 = 0

    var questions: [WorkloadQuestion] = []
    /// Owner questions of which no answer has come at all yet.
    var unanswered = 0
    var outbox = Outbox()
    /// How many workloads there are, as it was told last.
    var toldPopulation: [String: Int] = [:]
    /// No timer runs out before this.
    private(set) var nextExpiry: Instant?

    init(settle: Duration, window: Duration) {
        self.settle = settle
        self.window = window
    }

    /// Takes in a change of the watch.
    mutating func apply(_ change: PodChange, at now: Instant) {
        switch change {
        case .listing:
            generation &+= 1
            outbox.isListing = true
        case .page(let rows):
            for row in rows { observe(row, at: now) }
        case .listed:
            // In an order of their own, here and below: what is reported follows from it, and must not depend on the process.
            let gone = pods.filter { $0.value.generation != generation }.sorted { $0.key < $1.key }
            for (key, pod) in gone { forget(key, pod, at: now) }
            outbox.listed(at: now)
            note(now)
        case .changed(let row):
            connect(at: now)
            observe(row, at: now)
        case .deleted(let row):
            connect(at: now)
            let key = ObjectKey(row.uid)
            if let pod = pods[key] { forget(key, pod, at: now) }
        case .alive:
            connect(at: now)
            outbox.isCurrentDue = true
        case .disconnected(let why):
            outbox.disconnected(why, at: now)
            note(now + outbox.patience)
        }
    }

    private mutating func connect(at now: Instant) {
        guard outbox.reconnected(quietUntil: now + Self.catchUp) else { return }
        note(now + Self.catchUp)
    }

    /// Lets what has settled settle, restarts leave the window, and failed questions be asked again.
    mutating func advance(to now: Instant) {
        guard let due = nextExpiry, due <= now else { return }
        nextExpiry = nil
        if let next = outbox.advance(to: now) { note(next) }
        if outbox.seesNothing {
            // Nobody knows whether a container still runs: nothing settles. Looked at again when the watch is back.
        } else if now < outbox.quietUntil {
            note(outbox.quietUntil)
        } else {
            for key in troubles.keys.sorted() {
                guard var trouble = troubles[key] else { continue }
                if trouble.expire(at: now, settle: settle, window: window) { put(trouble, of: key, at: now) }
                if let next = trouble.nextExpiry(settle: settle, window: window) { note(next) }
            }
        }
        advanceWorkloads(to: now)
    }

    /// Makes sure that ``advance(to:)`` looks at this time.
    mutating func note(_ time: Instant) { nextExpiry = min(nextExpiry ?? time, time) }

    /// Takes in a pod as it is now.
    private mutating func observe(_ row: PodRow, at now: Instant) {
        let key = ObjectKey(row.uid)
        let known = pods[key]
        let group = group(for: row, at: now)
        if let known, known.group != group { forget(key, known, at: now) }
        var pod = PodMemory(group: group, generation: generation, standing: PodStanding(row), past: known?.past ?? [])
        if let known, known.group == group { groups[Int(group)].remove(known.standing) }
        groups[Int(group)].add(pod.standing)
        judge(row, key, known, &pod, at: now)
        pods[key] = pod
        if let subject = membership[group] { enqueue(subject) }
    }

    private mutating func judge(_ row: PodRow, _ key: ObjectKey, _ known: PodMemory?, _ pod: inout PodMemory, at now: Instant) {
        let standing = pod.standing
        guard standing != .terminating else {
            if troubles[key] != nil { put(nil, of: key, at: now) }
            return
        }
        let ending = standing == .failed ? FaultCode(podReason: row.reason) : nil
        // A pod that was ended from outside takes its containers with it: how they ended says nothing about them.
        let isEndedFromOutside = standing == .failed && !row.reason.isEmpty
        var trouble = troubles[key]
        let hadTrouble = trouble != nil
        for container in row.containers {
            let place = pod.past.firstIndex { $0.name == container.name }
            let past = known == nil ? nil : place.map { pod.past[$0] } ?? ContainerPast(name: container.name)
            var sighting = ContainerSighting(container, past: past, isFinished: standing.isFinished)
            if isEndedFromOutside { sighting.excuse() }
            if let place {
                pod.past[place] = sighting.past
            } else if sighting.past != ContainerPast(name: container.name) {
                pod.past.append(sighting.past)
            }
            if trouble == nil {
                guard sighting.isNews else { continue }
                trouble = PodTrouble(pod: row.name)
            }
            trouble?.take(sighting, of: container, isFinished: standing.isFinished, at: now, window: window)
        }
        if let ending, let known, !known.standing.isFinished {
            if trouble == nil { trouble = PodTrouble(pod: row.name) }
            trouble?.end(ending, message: row.message, at: now)
        }
        guard let trouble, hadTrouble || !trouble.isEmpty else { return }
        if let next = trouble.nextExpiry(settle: settle, window: window) { note(next) }
        put(trouble, of: key, inGroup: pod.group, at: now)
    }

    private mutating func put(_ trouble: PodTrouble?, of key: ObjectKey, at now: Instant) {
        guard let group = pods[key]?.group else { return }
        put(trouble, of: key, inGroup: group, at: now)
    }

    /// Keeps what is wrong with a pod, or that nothing is any more.
    private mutating func put(_ trouble: PodTrouble?, of key: ObjectKey, inGroup group: Int32, at now: Instant) {
        if let trouble, !trouble.isEmpty {
            if troubles.updateValue(trouble, forKey: key) == nil { groups[Int(group)].troubled.append(key) }
            if membership[group] == nil { beginTracking(group, at: now) }
        } else if troubles.removeValue(forKey: key) != nil {
            groups[Int(group)].troubled.removeAll { $0 == key }
        }
        if let subject = membership[group] { enqueue(subject) }
    }

    /// Forgets a pod that is gone, and its controller with the last one.
    private mutating func forget(_ key: ObjectKey, _ pod: PodMemory, at now: Instant) {
        if troubles[key] != nil { put(nil, of: key, at: now) }
        pods[key] = nil
        let index = Int(pod.group)
        groups[index].remove(pod.standing)
        let subject = membership[pod.group]
        if groups[index].pods == 0 {
            leave(pod.group)
            forgetOwner(of: pod.group)
            groupIndex[ObjectKey(groups[index].owner.uid)] = nil
            groups[index] = PodGroup(.init(kind: "", name: "", uid: ""), namespace: "")
            freeGroups.append(pod.group)
        }
        if let subject { enqueue(subject) }
    }

    private mutating func group(for row: PodRow, at now: Instant) -> Int32 {
        let owner = PodGroup.owner(of: row)
        let key = ObjectKey(owner.uid)
        if let index = groupIndex[key] { return index }
        if namespaces.count > 2 * groups.count + 16 { namespaces = Set(groups.map(\.namespace)) }
        let namespace = namespaces.insert(row.namespace).memberAfterInsert
        let group = PodGroup(owner, namespace: namespace)
        let index: Int32
        if let free = freeGroups.popLast() {
            index = free
            groups[Int(free)] = group
        } else {
            index = Int32(groups.count)
            groups.append(group)
        }
        groupIndex[key] = index
        if !workloads.isEmpty { joinTracked(index, at: now) }
        return index
    }
}
