import SeededRandom
import AutomatonCore

/// What happens in a run, drawn beforehand so that a failing run can be shortened.
enum Happening: Hashable {
    case fault(Subject, String)
    case clear(Subject, String)
    case unknown(Subject, CheckID)
    case staleReport(Subject, CheckID)
    case gone(Subject)
    case edit(Subject)
    case blind(leader: Int, CheckID)
    case silent(leader: Int, CheckID)
    case sees(leader: Int, CheckID)
    case standDown(leader: Int, Bool)
    case configure(variant: Int)
    case crash(leader: Int)
    case takeBack(Subject)
    case nothing
}

struct ScriptStep: Hashable {
    var wait: Duration
    var what: Happening
}

/// Workloads that fail, an API that answers in any order or not at all, and one or two automatons on them.
struct World {
    struct Object {
        var version = 1
        var faults: Set<String> = []
        var restarts: Int32 = 0
        var stamps: [Stamp] = []
        var exists = true
    }
    struct Leader {
        var automaton: Automaton
        var generation = 0
        var blind: Set<CheckID> = []
        var silent: Set<CheckID> = []
    }
    enum Item {
        case report(leader: Int, generation: Int, Event)
        case read(leader: Int, generation: Int, PlanRequest)
        case settle(leader: Int, generation: Int, AttemptID, Subject)
        case land(leader: Int, generation: Int, Plan, Stamp, answers: Bool)
        case beat
    }

    static let lag = CheckID("lag")
    static let subjects = (0..<5).map { Subject(.deployment, namespace: "shop", name: "service-\($0)") }

    let seed: UInt64
    let isFaulty: Bool
    var now = noon
    var objects: [Subject: Object] = [:]
    var leaders: [Leader] = []
    var monitor = Monitor()
    var effects: [Effect] = []
    /// From here on everything answers, nothing is lost, and nothing helps.
    var isCalm = false
    private var queue: [(at: Instant, order: Int, item: Item)] = []
    private var order = 0
    private var draws: [String: Int] = [:]

    /// The last attempt on each subject, and who made it: what a person may take back.
    private var taken: [Subject: (leader: Int, TakingBack)] = [:]

    /// What outlives a crash beside the stamps; nil for nothing.
    private(set) var book: Book?

    init(seed: UInt64, leaders count: Int, faulty: Bool = true, journal: Bool = false) {
        self.seed = seed
        if journal { book = Book() }
        isFaulty = faulty
        for subject in Self.subjects { objects[subject] = Object() }
        for index in 0..<count { start(index) }
        put(.beat, after: .seconds(1))
    }

    static func rules(_ variant: Int) -> [Rule] {
        let raise = RemediationStep(use: "raise-memory", verify: .minutes(2), stable: .seconds(20), attempts: 2, revert: .ineffective)
        let restart = RemediationStep(use: "rollout-restart", verify: .minutes(3), stable: .seconds(30), revert: .worse)
        let quick = RemediationStep(use: "rollout-restart", verify: .minutes(1), stable: .seconds(10))
        let scale = RemediationStep(
            use: "scale", verify: .minutes(4), stable: .seconds(60), revert: .ineffective, restoreAfter: .minutes(6))
        var rules = [
            Rule.oom("oom", [raise, restart], inhibits: ["crash"]),
            Rule.oom("crash", reason: "CrashLoopBackOff", priority: .high, [quick]),
            Rule(
                name: "lag", check: lag,
                tiers: [Tier([.above(figure: nil, 10)], priority: .medium), Tier([.above(figure: nil, 100)], priority: .critical)],
                remediations: [scale, quick], cooldown: .minutes(7)),
            Rule.oom("watched", reason: "Evicted", priority: .critical, [scale], mode: .observe),
        ]
        switch variant {
        case 1: rules.removeAll { $0.name == "oom" }
        case 2: rules[0].remediations = [restart]
        case 3: rules[2].remediations = []
        case 4: rules[1].mode = .observe
        default: break
        }
        return rules
    }

    static func policy(_ variant: Int) -> SafetyPolicy {
        var policy = SafetyPolicy()
        policy.delays = [.minutes(10), .minutes(4), .minutes(1), .zero]
        policy.attemptsAnHour = variant == 5 ? 2 : 8
        policy.attemptsAtOnce = 2
        policy.breakerBackoff = .minutes(10)
        policy.breakerLongest = .minutes(40)
        // Nothing helps for many hours in some of the histories; a rule that steps down has tests of its own.
        policy.ruleThreshold = 10_000
        policy.dryRun = variant == 6
        return policy
    }

    static func script(_ seed: UInt64, leaders: Int, length: Int) -> [ScriptStep] {
        var random = SplitMix64(seed, "script")
        return (0..<length).map { _ in
            let subject = subjects[Int.random(in: 0..<subjects.count, using: &random)]
            let leader = Int.random(in: 0..<leaders, using: &random)
            let check = Bool.random(using: &random) ? pods : lag
            let fault = ["OOMKilled", "CrashLoopBackOff", "lag", "LAG", "Evicted"].randomElement(using: &random) ?? "lag"
            let what: Happening =
                switch Int.random(in: 0..<100, using: &random) {
                case 0..<38: .fault(subject, fault)
                case 38..<50: .clear(subject, fault)
                case 50..<55: .unknown(subject, check)
                case 55..<58: .staleReport(subject, check)
                case 58..<62: .gone(subject)
                case 62..<66: .edit(subject)
                case 66..<69: .blind(leader: leader, check)
                case 69..<72: .silent(leader: leader, check)
                case 72..<80: .sees(leader: leader, check)
                case 80..<83: .standDown(leader: leader, Bool.random(using: &random))
                case 83..<88: .configure(variant: Int.random(in: 0...6, using: &random))
                case 88..<92: .crash(leader: leader)
                case 92..<97: .takeBack(subject)
                default: .nothing
                }
            let waits: [Duration] = [.milliseconds(1), .seconds(1), .seconds(7), .seconds(40), .minutes(2), .minutes(6), .minutes(25)]
            return ScriptStep(wait: waits.randomElement(using: &random) ?? .zero, what: what)
        }
    }

    private mutating func put(_ item: Item, after time: Duration) {
        order += 1
        let entry = (at: now + time, order: order, item: item)
        let index = queue.firstIndex { ($0.at, $0.order) > (entry.at, entry.order) } ?? queue.count
        queue.insert(entry, at: index)
    }

    /// A generator for what happens to something, the nth time that it happens.
    private mutating func draw(_ what: String) -> SplitMix64 {
        draws[what, default: 0] += 1
        return SplitMix64(seed, what, String(draws[what] ?? 0))
    }

    private mutating func start(_ index: Int) {
        let generation = index < leaders.count ? leaders[index].generation + 1 : 0
        let variant = monitor.variant
        let automaton = Automaton(
            rules: Self.rules(variant), policy: Self.policy(variant), run: "\(index)g\(generation)", remembers: book != nil)
        let leader = Leader(automaton: automaton, generation: generation)
        if index < leaders.count { leaders[index] = leader } else { leaders.append(leader) }
        if let recollection = book?.takeOver(at: now) {
            monitor.recalled(index)
            step(index, .recalled(recollection))
        } else {
            monitor.restarted(index)
        }
    }

    // MARK: Time

    mutating func play(_ step: ScriptStep) {
        pass(step.wait)
        happen(step.what)
    }

    /// Runs everything that is due within `time`, in order.
    mutating func pass(_ time: Duration) {
        let end = now + time
        while monitor.broken == nil {
            var next = end
            var due: Int?
            for (index, leader) in leaders.enumerated() {
                if let at = leader.automaton.nextDeadline, at < next { (next, due) = (at, index) }
            }
            if let first = queue.first, first.at <= next {
                now = max(now, first.at)
                queue.removeFirst()
                run(first.item)
            } else if let due {
                if next <= now, leaders[due].automaton.now >= now { monitor.fail("a deadline that is not later than now"); return }
                now = max(now, next)
                step(due, .tick)
            } else {
                now = end
                return
            }
        }
    }

    private mutating func run(_ item: Item) {
        switch item {
        case .report(let leader, let generation, let event):
            if leaders[leader].generation == generation { step(leader, event) }
        case .read(let leader, let generation, let request):
            if leaders[leader].generation == generation { step(leader, read(request)) }
        case .settle(let leader, let generation, let id, let subject):
            let isDone = objects[subject].map { $0.exists && $0.stamps.contains { $0.attempt == id } } ?? false
            let settlement: Settlement = isDone ? .done : .notDone("no stamp")
            if leaders[leader].generation == generation { step(leader, .settled(id, settlement)) }
        case .land(let leader, let generation, let plan, let stamp, let answers):
            let outcome = land(plan, stamp)
            if answers { put(.report(leader: leader, generation: generation, outcome), after: .milliseconds(200)) }
        case .beat:
            for leader in leaders.indices {
                for check in [pods, Self.lag] where !leaders[leader].blind.contains(check) && !leaders[leader].silent.contains(check) {
                    report(everything: check, to: leader)
                }
            }
            put(.beat, after: .seconds(45))
        }
    }

    private mutating func step(_ leader: Int, _ event: Event) {
        monitor.hears(event, leader, at: now)
        let effects = leaders[leader].automaton.step(event, at: now)
        self.effects += effects
        for effect in effects { book?.note(effect) }
        if case .recalled = event { monitor.took(leaders[leader].automaton, leader) }
        for effect in effects {
            monitor.sees(effect, leader, at: now)
            carryOut(effect, leader)
        }
        if book != nil {
            var random = draw("flush")
            if isCalm || random.chance(50) { book?.flush(at: now) }
        }
        monitor.checks(leaders[leader].automaton, leader)
    }

    // MARK: The engine's part

    private mutating func carryOut(_ effect: Effect, _ leader: Int) {
        let generation = leaders[leader].generation
        switch effect {
        case .plan(let request):
            var random = draw("plan \(request.attempt)")
            if isCalm || !isFaulty || random.chance(80) {
                put(.read(leader: leader, generation: generation, request), after: .milliseconds(Int.random(in: 1...3000, using: &random)))
            } else if random.chance(60) {
                let wait: Duration? = random.chance(30) ? .minutes(Int.random(in: 0...70, using: &random)) : nil
                let event = Event.unavailable(request.attempt, "no answer", retryAfter: wait)
                put(.report(leader: leader, generation: generation, event), after: .seconds(2))
            } else if random.chance(50) {
                put(.report(leader: leader, generation: generation, .refused(request.attempt, "paused")), after: .seconds(90))
            }
        case .settle(let id, let plan):
            var random = draw("settle \(id)")
            if isCalm || random.chance(70) {
                put(.settle(leader: leader, generation: generation, id, plan.subject), after: .milliseconds(300))
            } else if random.chance(60) {
                put(.report(leader: leader, generation: generation, .unavailable(id, "503", retryAfter: nil)), after: .seconds(1))
            }
        case .apply(let intent, let stamp, _):
            book?.intend(intent, at: now)
            let finding = Finding(intent.plan.subject, observedAt: now, .well)
            taken[intent.plan.subject] = (
                leader, TakingBack(intent, of: Incident(key: intent.incident, detectedAt: now, priority: .low, finding: finding))
            )
            let plan = intent.plan
            var random = draw("apply \(stamp.attempt)")
            let fate = isCalm || !isFaulty ? 0 : Int.random(in: 0..<10, using: &random)
            let travel = Duration.milliseconds(Int.random(in: 1...2000, using: &random))
            switch fate {
            case 5:
                put(.report(leader: leader, generation: generation, .unavailable(stamp.attempt, "503", retryAfter: nil)), after: travel)
            case 6: put(.report(leader: leader, generation: generation, .refused(stamp.attempt, "403")), after: travel)
            case 7:
                // It lands, late perhaps, and nobody says so.
                let late = travel + .seconds(Int.random(in: 0...110, using: &random))
                put(.land(leader: leader, generation: generation, plan, stamp, answers: false), after: late)
                if random.chance(50) {
                    put(.report(leader: leader, generation: generation, .outcomeUnknown(stamp.attempt, "time-out")), after: .seconds(30))
                }
            case 8: put(.report(leader: leader, generation: generation, .outcomeUnknown(stamp.attempt, "reset")), after: travel)
            case 9:
                put(.land(leader: leader, generation: generation, plan, stamp, answers: true), after: travel)
                let event =
                    random.chance(50)
                    ? Event.applied(stamp.attempt, AttemptReport("done")) : .unavailable(stamp.attempt, "twice", retryAfter: nil)
                put(.report(leader: leader, generation: generation, event), after: .minutes(3))
            default: put(.land(leader: leader, generation: generation, plan, stamp, answers: true), after: travel)
            }
        case .revert(let intent, let id, _):
            book?.intend(intent, at: now)
            let plan = intent.plan
            var random = draw("revert \(id)")
            if isCalm || random.chance(70) {
                objects[plan.subject]?.version += 1
                put(.report(leader: leader, generation: generation, .reverted(id)), after: .seconds(1))
            } else if random.chance(50) {
                put(.report(leader: leader, generation: generation, .revertFailed(id, "changed since")), after: .seconds(1))
            } else if random.chance(30) {
                put(.report(leader: leader, generation: generation, .outcomeUnknown(id, "reset")), after: .seconds(1))
            } else if random.chance(50) {
                put(.report(leader: leader, generation: generation, .unavailable(id, "503", retryAfter: nil)), after: .seconds(1))
            }
        case .decided, .incident, .escalated, .outcome, .remember, .rememberAutomaton, .noticed, .fix: break
        }
    }

    private func read(_ request: PlanRequest) -> Event {
        let subject = request.finding.subject
        guard let object = objects[subject], object.exists else { return .refused(request.attempt, "not found") }
        let write = WorkloadWrite(
            [.restart(at: now)], precondition: .version(uid: "u", resourceVersion: String(object.version)))
        var random = SplitMix64(seed, "size", request.attempt.text)
        let measure: Change.Measure =
            switch request.remediation {
            case "raise-memory": .memory(ByteQuantity(bytes: (random.chance(isCalm ? 0 : 15) ? 16 : 2) << 30))
            case "scale": .replicas(random.chance(isCalm ? 0 : 15) ? 99 : 3)
            default: .unmeasured
            }
        let plan = Plan(
            subject: subject, summary: request.remediation, changes: [Change("field", before: "1", after: "2", measure: measure)],
            write: .workload(write), inverse: request.remediation == "rollout-restart" ? nil : write, stamps: object.stamps)
        return .planned(request.attempt, plan)
    }

    private mutating func land(_ plan: Plan, _ stamp: Stamp) -> Event {
        guard var object = objects[plan.subject], object.exists else { return .refused(stamp.attempt, "not found") }
        guard case .workload(let write) = plan.write, write.precondition == .version(uid: "u", resourceVersion: String(object.version))
        else {
            return .conflicted(stamp.attempt, "changed")
        }
        monitor.landed(stamp, on: plan.subject)
        object.version += 1
        object.stamps = object.stamps.suffix(9) + [stamp]
        objects[plan.subject] = object
        var random = draw("effect \(stamp.attempt)")
        if !isCalm, random.chance(50) {
            let fault = object.faults.sorted().first
            if let fault { happen(.clear(plan.subject, fault)) }
        }
        return .applied(stamp.attempt, AttemptReport("done"))
    }

    // MARK: The checks' part

    private func observation(_ subject: Subject, _ check: CheckID) -> Observation {
        guard let object = objects[subject] else { return .well }
        if check == Self.lag { return .figure(object.faults.contains("LAG") ? 500 : object.faults.contains("lag") ? 50 : 0) }
        return .seen(
            Evidence(
                reasons: object.faults.filter { $0.lowercased() != "lag" }.sorted().map {
                    Reason($0, part: "p", container: "c", restartCount: object.restarts)
                }))
    }

    private mutating func report(everything check: CheckID, to leader: Int) {
        let found = Self.subjects.filter { objects[$0]?.exists ?? false }
        step(leader, .complete(check, found.map { Finding($0, observedAt: now, observation($0, check)) }))
    }

    private mutating func report(_ subject: Subject, _ check: CheckID, _ observation: Observation? = nil, age: Duration = .zero) {
        for leader in leaders.indices where !leaders[leader].silent.contains(check) {
            step(leader, .changed(check, Finding(subject, observedAt: now - age, observation ?? self.observation(subject, check))))
        }
    }

    mutating func happen(_ what: Happening) {
        switch what {
        case .fault(let subject, let fault):
            objects[subject]?.exists = true
            objects[subject]?.faults.insert(fault)
            objects[subject]?.restarts += 1
            report(subject, fault.lowercased() == "lag" ? Self.lag : pods)
        case .clear(let subject, let fault):
            objects[subject]?.faults.remove(fault)
            if objects[subject]?.exists ?? false { report(subject, fault.lowercased() == "lag" ? Self.lag : pods) }
        case .unknown(let subject, let check): report(subject, check, .unknown("no data"))
        case .staleReport(let subject, let check): report(subject, check, age: .minutes(4))
        case .gone(let subject):
            // Another object of that name carries no stamps: only the automaton that wrote still knows, and is held to it.
            monitor.landed[subject] = nil
            objects[subject] = Object(version: (objects[subject]?.version ?? 0) + 1, exists: false)
            for leader in leaders.indices {
                for check in [pods, Self.lag] where !leaders[leader].silent.contains(check) { step(leader, .gone(check, subject)) }
            }
        case .edit(let subject): objects[subject]?.version += 1
        case .blind(let leader, let check):
            leaders[leader].blind.insert(check)
            step(leader, .blind(check, "connection refused"))
        case .silent(let leader, let check): leaders[leader].silent.insert(check)
        case .sees(let leader, let check):
            leaders[leader].blind.remove(check)
            leaders[leader].silent.remove(check)
            report(everything: check, to: leader)
            step(leader, .current(check))
        case .standDown(let leader, let isDown): step(leader, .standDown(.journal, isDown ? "a person said so" : nil))
        case .configure(let variant):
            monitor.variant = variant
            for leader in leaders.indices { step(leader, .configured(rules: Self.rules(variant), policy: Self.policy(variant))) }
        case .crash(let leader): start(leader)
        case .takeBack(let subject):
            if let (leader, request) = taken[subject] { step(leader, .takeBack(request, by: "anna")) }
        case .nothing: break
        }
    }

    /// Ends all that hinders: what is broken now stays broken, and everything else works.
    mutating func calm(_ faults: [String]) {
        isCalm = true
        happen(.configure(variant: 0))
        for leader in leaders.indices {
            happen(.standDown(leader: leader, false))
            for check in [pods, Self.lag] { happen(.sees(leader: leader, check)) }
        }
        for subject in Self.subjects {
            objects[subject]?.exists = true
            objects[subject]?.faults = Set(faults)
            for check in [pods, Self.lag] { report(subject, check) }
        }
    }
}
