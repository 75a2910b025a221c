public import AutomatonCore
public import ServiceLifecycle

/// Runs the checks, gives what they find to the core, and does what the core decides: the only place where effects run.
public actor Engine: Service {
    var automaton: Automaton
    private(set) var ruleset = Ruleset()
    private var settings: EngineSettings
    let environment: Environment
    let clock: EngineClock
    private let observers: [any EngineObserver]
    let locator: WorkloadLocator
    let keeper: JournalKeeper?
    let observations: (any ObservationLog)?
    /// Asked right before each write to the world: false when another process may be the leader.
    private let mayWrite: @Sendable () -> Bool
    let run: String

    /// What each check reported last and is still so: taken again when the rules change.
    var reported: [CheckID: [Subject: Finding]] = [:]
    var completed: Set<CheckID> = []
    /// Checks that can tell nothing for now though nothing is wrong, and why.
    var waiting: [CheckID: String] = [:]
    /// Of those, the ones that have not been heard since the rules changed, or since what earlier runs remembered was taken up.
    var unheard: Set<CheckID> = []
    /// Subjects with an open incident that a check no longer names, of which it is not known yet what became of them.
    var unnamed: [CheckID: [Subject]] = [:]
    var unknowns = Unknowns()
    private var runningChecks: [CheckID: AsyncStream<Never>.Continuation] = [:]
    private var executing: Set<AttemptID> = []
    /// Of those, the writes, with their remediation's name.
    private var writing: [AttemptID: String] = [:]
    private var armed: Instant?
    private var iteration = 0
    private(set) var isStopping = false
    var census = Census()
    /// What is to be noted in the journal, in order; handed on as a whole.
    var notes: [JournalEntry] = []
    var isFlushing = false
    var journalProblem: String?
    /// Whether it leads only once it is told to.
    let isElected: Bool
    /// Why this process does not lead; nil when it does.
    var notLeading: String?
    var leads: Bool { notLeading == nil }
    var trail = RecentTrail()
    var history = IncidentHistory()
    /// Without a journal: the last attempts of this run, so that a person can take one back.
    private(set) var recentAttempts: [AttemptRecord] = []
    /// What earlier runs remembered was taken up, where there is a journal: what people ask for before that would be forgotten.
    var isRecalled = false

    private let work: AsyncStream<Work>
    private let queue: AsyncStream<Work>.Continuation

    /// What the engine's task group is asked to run.
    private enum Work: Sendable {
        case check(CheckID, any Check, AsyncStream<Never>)
        case effect(AttemptID, @Sendable () async -> Event)
        case task(@Sendable () async -> Void)
        case wake(Duration, at: Instant)
    }

    /// Makes an engine. Nothing runs before ``run()``.
    /// - Parameters:
    ///   - run: names this run of the program in attempts' names; unique a run.
    ///   - journal: what outlives the run; nil: stamps on the objects alone.
    ///   - observations: where reports of checks are recorded.
    ///   - isElected: whether it leads only once ``lead(_:)`` says so.
    ///   - mayWrite: asked right before each write to the world.
    public init(
        environment: Environment, settings: EngineSettings = EngineSettings(), clock: EngineClock, observers: [any EngineObserver],
        run: String, journal: (any Journal)? = nil, observations: (any ObservationLog)? = nil, isElected: Bool = false,
        mayWrite: @escaping @Sendable () -> Bool = { true }
    ) {
        self.automaton = Automaton(run: run, remembers: journal != nil)
        self.run = run
        self.keeper = journal.map { JournalKeeper($0) }
        self.observations = observations
        self.isElected = isElected
        self.notLeading = isElected ? "no leader is elected yet" : nil
        self.mayWrite = mayWrite
        self.environment = environment
        self.settings = settings
        self.clock = clock
        self.observers = observers
        self.locator = WorkloadLocator(environment.workloads)
        (work, queue) = AsyncStream.makeStream(of: Work.self)
        // Nothing is remembered yet, so nothing is dispatched by these.
        if isElected { _ = automaton.step(.standDown(.leadership, "no leader is elected yet"), at: clock.now()) }
        if journal != nil { _ = automaton.step(.standDown(.journal, "the journal has not been read yet"), at: clock.now()) }
    }

    /// Puts rules and limits in force, as a whole. Checks that go on keep what they know; cooldowns and attempts go on.
    public func configure(_ ruleset: Ruleset, policy: SafetyPolicy, settings: EngineSettings? = nil) {
        let before = Set(self.ruleset.checks.keys)
        self.ruleset = ruleset
        if let settings { self.settings = settings }
        tell(.configured(rules: ruleset.rules, policy: policy, checks: ruleset.checks.keys.sorted()))
        step(.configured(rules: ruleset.rules, policy: policy))
        for check in before.sorted() where ruleset.checks[check] == nil {
            runningChecks.removeValue(forKey: check)?.finish()
            reported[check] = nil
            completed.remove(check)
            waiting[check] = nil
            census.forget(check)
            unheard.remove(check)
            unnamed[check] = nil
            unknowns.forget(check)
            if check.check == Fix.check { tellFixes() }
        }
        for (id, check) in ruleset.checks.sorted(by: { $0.key < $1.key }) {
            if before.contains(id) {
                repeatKnown(id)
            } else {
                let (stop, continuation) = AsyncStream.makeStream(of: Never.self)
                runningChecks[id] = continuation
                queue.yield(.check(id, check, stop))
            }
        }
    }

    /// Runs until graceful shutdown or cancellation. Writes in flight are given time to finish; the rest is told by the stamps.
    public func run() async {
        await withDiscardingTaskGroup { group in
            if leads, keeper != nil { group.addTask { await self.takeOver() } }
            group.addTask { await self.iterate() }
            group.addTask {
                // Either way this is the end.
                await shutdownOrCancellation()
                await self.stop()
            }
            for await item in work { start(item, in: &group) }
            await drain()
            await writeNotes()
            group.cancelAll()
        }
    }

    private nonisolated func start(_ item: Work, in group: inout DiscardingTaskGroup) {
        switch item {
        case .check(let id, let check, let stop):
            group.addTask { await self.runCheck(id, check, until: stop) }
        case .effect(let id, let execute):
            group.addImmediateTask { await self.finish(id, await execute()) }
        case .task(let body): group.addTask { await body() }
        case .wake(let duration, let instant):
            group.addTask {
                try? await self.clock.sleep(duration)
                await self.wake(instant)
            }
        }
    }

    // MARK: What others may ask

    /// The open incidents.
    public var incidents: [Incident] { automaton.incidents }

    /// Checks that have not seen everything yet; empty once all have.
    public var unobserved: [CheckID] { ruleset.checks.keys.filter { !completed.contains($0) }.sorted() }

    /// Checks that can tell nothing for now though nothing is wrong, and why.
    var waitingChecks: [(check: CheckID, why: String)] {
        waiting.sorted { $0.key < $1.key }.map { (check: $0.key, why: $0.value) }
    }

    /// Checks that cannot see, and why; without those that wait.
    var blindChecks: [(check: CheckID, why: String)] { automaton.blindChecks.filter { waiting[$0.check] == nil } }

    // MARK: The core

    func step(_ event: Event) {
        let now = clock.now()
        let effects = automaton.step(event, at: now)
        // All of one instant: the trail keeps the order in which they came.
        for effect in effects { dispatch(effect, at: now) }
        handOverNotes()
        arm()
    }

    private func dispatch(_ effect: Effect, at now: Instant) {
        switch effect {
        case .decided(let decision):
            keep(TrailEntry(decision))
            tell(.decided(decision))
            record(history.take(decision))
        case .incident(let change):
            keep(TrailEntry(change, toldAt: now))
            tell(.incident(change))
            record(history.take(change, at: now))
        case .noticed(let notice): tell(.noticed(notice))
        case .fix(let record):
            if keeper != nil { notes.append(.fix(record)) }
            tell(.fix(record))
            tellFixes()
        case .outcome(let id, let outcome): notes.append(.outcome(id, outcome))
        case .remember(let subject, let memory): notes.append(.subject(subject, memory))
        case .rememberAutomaton(let memory): notes.append(.automaton(memory))
        case .settle(let id, let plan):
            execute(id) { [environment] in await Executor.settle(id, plan, in: environment) }
        case .escalated(let incident, let why): tell(.escalated(incident, why: why))
        case .plan(let request):
            let remediation = remediation(request.rule, request.step, named: request.remediation)
            execute(request.attempt) { [environment] in await Executor.plan(request, with: remediation, in: environment) }
        case .apply(let intent, let stamp, let quiet):
            let remediation = remediation(stamp.rule, intent.step, named: stamp.remediation)
            executeWrite(intent, as: stamp.attempt, quiet: quiet) { [environment] in
                await Executor.apply(intent.plan, stamp, with: remediation, in: environment)
            }
            writing[stamp.attempt] = stamp.remediation
            remember(intent)
        case .revert(let intent, let id, let quiet):
            let remediation = remediation(intent.incident.rule, intent.step, named: intent.remediation)
            if intent.kind == .putBack { remember(intent) }
            executeWrite(intent, as: id, quiet: quiet) { [environment] in
                await Executor.revert(id, intent.plan, with: remediation, in: environment)
            }
        }
    }

    /// Of so many attempts without a journal.
    private static let mostRecentAttempts = 200

    private func remember(_ intent: AttemptIntent) {
        guard keeper == nil else { return }
        recentAttempts.removeAll { $0.intent.attempt == intent.attempt }
        recentAttempts.append(AttemptRecord(intent: intent))
        if recentAttempts.count > Self.mostRecentAttempts { recentAttempts.removeFirst() }
    }

    /// A decision that is older than this when its intent is safe is made anew.
    private static let longestIntent: Duration = .seconds(10)

    /// Writes to the world: the intent is in the journal first, and this process leads still.
    private func executeWrite(
        _ intent: AttemptIntent, as id: AttemptID, quiet: Duration, _ write: @escaping @Sendable () async -> Event
    ) {
        // What was decided with it is remembered before it.
        handOverNotes()
        let begun = clock.now()
        execute(id) { [keeper, mayWrite, clock] in
            if let keeper {
                do throws(JournalError) {
                    if case .tooSoon(let other, let at) = try await keeper.intend(intent, quiet: quiet) {
                        return .preceded(id, by: other, at: at)
                    }
                } catch {
                    await self.journal(failed: error, keeper)
                    return .unavailable(id, "the journal cannot take the intent: \(error)", retryAfter: nil)
                }
            }
            let waited = clock.now() - begun
            guard waited <= Self.longestIntent else {
                return .unavailable(
                    id, "the journal took \(waited.readable) to take the intent: what was planned then may be out of date", retryAfter: nil)
            }
            guard mayWrite() else { return .unavailable(id, "this process may no longer be the leader", retryAfter: nil) }
            return await write()
        }
    }

    /// Has something run beside the actor, as long as the engine runs.
    func schedule(_ body: @escaping @Sendable () async -> Void) { queue.yield(.task(body)) }

    /// Has it run beside the actor; what comes of it goes to the core.
    private func execute(_ id: AttemptID, _ body: @escaping @Sendable () async -> Event) {
        executing.insert(id)
        queue.yield(.effect(id, body))
    }

    func tell(_ event: EngineEvent) {
        let now = clock.now()
        for observer in observers { observer.observe(event, at: now) }
    }

    /// Sees to it that the core is woken when something is due. Sleepers are never taken back: one too many costs a look.
    private func arm() {
        guard let next = automaton.nextDeadline, !isStopping else { return }
        let now = clock.now()
        let at = min(max(next, now), now + .seconds(30))
        if let armed, armed <= at { return }
        armed = at
        queue.yield(.wake(max(at - now, .milliseconds(1)), at: at))
    }

    /// One that a nearer time has overtaken ends without a successor.
    private func wake(_ instant: Instant) {
        guard armed == instant else { return }
        armed = nil
        step(.tick)
    }

    /// Marks the passing of intervals: the sign of life that observers wait for, and the line in the log.
    private func iterate() async {
        while !Task.isCancelled, !isStopping {
            iteration += 1
            tell(.iteration(iteration, checks: ruleset.checks.count, incidents: automaton.openIncidents))
            step(.tick)
            do { try await clock.sleep(settings.checkInterval) } catch { return }
        }
    }

    // MARK: Effects

    private func finish(_ id: AttemptID, _ outcome: Event) {
        executing.remove(id)
        if let remediation = writing.removeValue(forKey: id) {
            switch outcome {
            case .refused(_, let why): tell(.writeFailed(id, remediation: remediation, why: why, outcomeKnown: true))
            case .outcomeUnknown(_, let why): tell(.writeFailed(id, remediation: remediation, why: why, outcomeKnown: false))
            default: break
            }
        }
        step(outcome)
    }

    /// The remediation as the rules in force have it; nil when they changed since the core asked.
    func remediation(_ rule: String, _ index: Int, named name: String) -> (any Remediation)? {
        guard let list = ruleset.remediations[rule], index < list.count, type(of: list[index]).name == name else { return nil }
        return list[index]
    }

    // MARK: The end

    /// No new attempts; checks end.
    private func stop() {
        guard !isStopping else { return }
        isStopping = true
        step(.standDown(.shutdown, "shutting down"))
        tell(.stopping(attemptsInFlight: automaton.attemptsInFlight))
        for (_, continuation) in runningChecks.sorted(by: { $0.key < $1.key }) { continuation.finish() }
        queue.finish()
    }

    /// Waits for writes in flight, within the time allowed.
    private func drain() async {
        let end = clock.now() + settings.shutdownTime
        while !executing.isEmpty, clock.now() < end {
            do { try await clock.sleep(.milliseconds(20)) } catch { return }
        }
    }

    private func runCheck(_ id: CheckID, _ check: any Check, until stop: AsyncStream<Never>) async {
        let runner = CheckRunner(id: id, check: check, engine: self, environment: environment, clock: clock)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await runner.run() }
            group.addTask { for await _ in stop {} }
            await group.next()
            group.cancelAll()
        }
    }

    /// The pace in force.
    var pace: EngineSettings { settings }
}
