import AutomatonCore
import Engine
import Store

/// One simulation, from its seed and what happens in it; lives on the thread that makes it.
final class Stage {
    let time: VirtualTime
    private(set) var world: World
    let monitor: Monitor
    let distortion: Distortion
    /// What all runs share; nil for stamps on the objects alone.
    private(set) var journal: SQLiteJournal?
    let features: Features
    private(set) var variant = 0
    private var processes: [Process] = []
    private lazy var person = Person(self)
    private var tally = Tally()
    private(set) var lines: [String] = []
    private let isTracing: Bool

    /// The beginning of all simulations: 2026-01-01T00:00:00Z.
    static let beginning = Instant(seconds: 1_767_225_600)
    /// How long it goes on at most after nothing goes wrong any more.
    static let calm: Duration = .hours(4)
    /// It ends when all has been well for so long: longer than anything is waited for that follows a fault.
    static let rest: Duration = .hours(1)

    init(_ scenario: Scenario, distortion: Distortion, isTracing: Bool) {
        let time = VirtualTime(at: Self.beginning)
        let monitor = Monitor(time, scenario.features)
        self.time = time
        self.monitor = monitor
        self.distortion = distortion
        self.isTracing = isTracing
        let relay = Relay()
        if scenario.features.journal {
            do { journal = try SQLiteJournal.inMemory() } catch { monitor.fail("the simulation's own journal", "\(error)") }
        }
        features = scenario.features
        world = World(seed: scenario.seed, time: time, limits: Variant.policy(0)) { relay.pass($0) }
        relay.stage = self
        processes = (0..<scenario.features.processes).map { Process($0, self) }
    }

    /// Facts begin before the stage stands.
    private final class Relay {
        weak var stage: Stage?
        func pass(_ fact: Fact) { stage?.heed(fact) }
    }

    // MARK: What is seen

    private func heed(_ fact: Fact) {
        tally.take(fact)
        if isTracing { traceFact(fact) }
        monitor.heed(fact)
        switch fact {
        case .told(_, .noticed(.approvalWanted(let incident, _, _, _))): person.read(incident)
        case .told(_, .noticed(.steppedDown(let rule, _))): person.hear(of: rule)
        case .told(_, .incident(let change)):
            if case .attempted(let attempt, _, _) = change.kind { person.hear(of: attempt, change.incident) }
        default: break
        }
    }

    func struck(_ trouble: Trouble) { tally.troubles[trouble, default: 0] += 1 }

    func trace(_ text: @autoclosure () -> String) {
        if isTracing { lines.append("\(time.now.rfc3339Micro) \(text())") }
    }

    func trace(_ run: RunName, _ event: EngineEvent, at instant: Instant) {
        guard isTracing, let text = event.line else { return }
        lines.append("\(time.now.rfc3339Micro) \(run): \(text)")
    }

    private func traceFact(_ fact: Fact) {
        switch fact {
        case .wrote(let landing): trace("\(landing.subject): \(landing.before) → \(landing.after), by \(landing.by)")
        case .swept(let run, let attempt): trace("\(run) sweeps for \(attempt)")
        case .ailmentBegan(let ailment):
            trace("\(ailment.subject): \(ailment.kind.rawValue)\(ailment.isCurable ? "" : ", for others to mend")")
        case .ailmentEnded(let ailment): trace("\(ailment.subject): \(ailment.kind.rawValue) is over")
        case .answered(_, let attempt, let error): trace("\(attempt): \(error.map { "\($0)" } ?? "done")")
        case .suspended(let run, let suspension): trace("\(run) was asked for quiet: \(suspension.id) of \(suspension.reach)")
        case .lifted(let id): trace("\(id) is lifted")
        case .objected(let run, let incident): trace("\(run) was asked to take back what it did for \(incident)")
        case .confirmed(let run, let incident): trace("\(run) was told to go on with \(incident)")
        case .podDeleted(let subject, let pod, let by?): trace("\(subject): pod \(pod) is deleted by \(by)")
        default: break
        }
    }

    // MARK: The run

    /// Plays what is to happen, then a time in which nothing goes wrong.
    func play(_ happenings: [Happening], hours: Int) -> Outcome {
        for process in processes {
            time.after(.seconds(3 * process.index)) { process.start() }
        }
        for happening in happenings {
            time.at(Self.beginning + happening.at) { [weak self] in self?.happen(happening.what) }
        }
        pass(until: Self.beginning + .hours(hours))
        calm()
        passCalm(until: Self.beginning + .hours(hours) + Self.calm)
        conclude()
        let lived = time.now - Self.beginning
        for process in processes { process.end() }
        // What was cut off unwinds.
        time.run(until: time.now, unless: { false })
        time.forgetTimers()
        return Outcome(violation: monitor.violation, tally: tally, lived: lived, steps: time.steps, trace: lines)
    }

    private func pass(until end: Instant) {
        time.run(until: end) { [monitor] in monitor.violation != nil }
        if time.isStalled { monitor.fail("time goes on", "so many jobs ran at one instant that it does not end by itself") }
    }

    private func passCalm(until end: Instant) {
        var wellSince = time.now
        while time.now < end, monitor.violation == nil {
            pass(until: min(end, time.now + .minutes(10)))
            if !world.openAilments.isEmpty { wellSince = time.now }
            if time.now - wellSince >= Self.rest { return }
        }
    }

    private func happen(_ what: Happening.What) {
        trace("\(what)")
        tally.happenings += 1
        switch what {
        case .annotated: tally.people["annotations written", default: 0] += 1
        case .released: tally.people["releases", default: 0] += 1
        default: break
        }
        if world.happen(what) { return }
        switch what {
        case .trouble(let trouble, let index, let minutes, let share): strike(trouble, process(index), minutes, share)
        case .crash(let index, let jobs, let down):
            tally.crashes += 1
            process(index).crash(jobs: jobs, down: .seconds(down))
        case .freeze(let index, let jobs, let seconds):
            tally.freezes += 1
            process(index).freeze(jobs: jobs, for: .seconds(seconds))
        case .clock(let index, let seconds):
            tally.clocks += 1
            process(index).skew = .seconds(seconds)
        case .reload(let variant):
            tally.reloads += 1
            reload(variant)
        case .suspended(let kind, let scope, let minutes, let lifted):
            person.suspend(kind, scope, for: .minutes(minutes), liftedAfter: lifted.map { .minutes($0) })
        default: break
        }
    }

    /// The runs that live.
    var instances: [Instance] { processes.compactMap(\.instance) }

    private func process(_ index: Int) -> Process { processes[index % processes.count] }

    private func strike(_ trouble: Trouble, _ process: Process, _ minutes: Int, _ share: Int) {
        switch trouble {
        case .brokenWatch, .expiredWatch, .silentWatch:
            struck(trouble)
            for feed in process.instance?.wire.feeds ?? [] {
                feed.breaks(for: .seconds(minutes * (trouble == .silentWatch ? 40 : 12)), trouble)
            }
        default: process.troubles.begin(trouble, until: time.now + .minutes(minutes), share: share)
        }
    }

    private func reload(_ variant: Int) {
        self.variant = variant
        for process in processes { process.reload() }
    }

    private func calm() {
        guard monitor.violation == nil else { return }
        trace("calm")
        for process in processes {
            process.troubles.end()
            process.skew = .zero
        }
        reload(0)
        person.calm()
        world.calm()
    }

    private func conclude() {
        guard monitor.violation == nil else { return }
        let left = world.openAilments.filter { $0.isCurable && time.now - $0.began > Self.calm - .minutes(30) }
        if let first = left.first {
            monitor.fail(
                "everything curable is healed in the end",
                "\(left.count) are not, so \(first.kind.rawValue) of \(first.subject), since \(first.began.rfc3339): "
                    + (world.workload(first.subject)?.description ?? ""))
        }
        monitor.conclude()
    }
}
