public import AutomatonCore
public import ServiceLifecycle

/// Runs the checks, gives what they find to the core, and does what the core decides: the only place where effects run.
public actor Engine: Service {
    private var automaton: Automaton
    private var ruleset = Ruleset()
    private var settings: EngineSettings
    private let environment: Environment
    private let clock: EngineClock
    private let observers: [any EngineObserver]
    private let locator: WorkloadLocator

    /// What each check reported last and is still so: taken again when the rules change.
    private var reported: [CheckID: [Subject: Finding]] = [:]
    private var completed: Set<CheckID> = []
    /// Of those, the ones that have not been heard since the rules changed.
    private var unheard: Set<CheckID> = []
    private var unknowns = Unknowns()
    private var runningChecks: [CheckID: AsyncStream<Never>.Continuation] = [:]
    private var executing: Set<AttemptID> = []
    /// Of those, the writes, with their remediation's name.
    private var writing: [AttemptID: String] = [:]
    private var armed: Instant?
    private var iteration = 0
    private var isStopping = false

    private let work: AsyncStream<Work>
    private let queue: AsyncStream<Work>.Continuation

    /// What the engine's task group is asked to run.
    private enum Work: Sendable {
        case check(CheckID, any Check, AsyncStream<Never>)
        case effect(AttemptID, @Sendable () async -> Event)
        case wake(Duration, at: Instant)
    }

    /// Makes an engine. Nothing runs before ``run()``.
    /// - Parameter run: names this run of the program in attempts' names; unique a run.
    public init(
        environment: Environment, settings: EngineSettings = EngineSettings(), clock: EngineClock, observers: [any EngineObserver],
        run: String
    ) {
        self.automaton = Automaton(run: run)
        self.environment = environment
        self.settings = settings
        self.clock = clock
        self.observers = observers
        self.locator = WorkloadLocator(environment.workloads)
        (work, queue) = AsyncStream.makeStream(of: Work.self)
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
            unheard.remove(check)
            unknowns.forget(check)
        }
        for (id, check) in ruleset.checks.sorted(by: { $0.key < $1.key }) {
            if before.contains(id) {
                // Not as a new observation: a check that cannot see would seem to see again.
                if completed.contains(id) {
                    unheard.insert(id)
                    step(.repeated(id, known(id)))
                }
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
            group.addTask { await self.iterate() }
            group.addTask {
                // Ends when the task is cancelled, too; either way this is the end. No task of its own: where this runs, all of it runs.
                let (end, shutdown) = AsyncStream.makeStream(of: Never.self)
                await withGracefulShutdownHandler {
                    for await _ in end {}
                } onGracefulShutdown: {
                    shutdown.finish()
                }
                await self.stop()
            }
            for await item in work { start(item, in: &group) }
            await drain()
            group.cancelAll()
        }
    }

    private nonisolated func start(_ item: Work, in group: inout DiscardingTaskGroup) {
        switch item {
        case .check(let id, let check, let stop):
            group.addTask { await self.runCheck(id, check, until: stop) }
        case .effect(let id, let execute):
            group.addImmediateTask { await self.finish(id, await execute()) }
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

    // MARK: Findings

    /// Takes a report of a check.
    func receive(_ report: CheckReport, from id: CheckID) {
        guard ruleset.checks[id] != nil else { return }
        for (subject, why) in unknowns.take(report, from: id, at: clock.now()) { tell(.unknown(id, subject, why)) }
        switch report {
        case .complete(let findings):
            reported[id] = Dictionary(findings.map { ($0.subject, $0) }) { _, last in last }
            completed.insert(id)
            unheard.remove(id)
            step(.complete(id, findings))
        case .changed(let finding):
            reported[id, default: [:]][finding.subject] = finding
            step(.changed(id, finding))
        case .gone(let subject):
            reported[id]?[subject] = nil
            step(.gone(id, subject))
        case .current:
            step(.current(id))
            // What new rules could not be told while nobody knew that it was still so.
            if unheard.remove(id) != nil { step(.repeated(id, known(id))) }
        case .blind(let why): step(.blind(id, why))
        }
    }

    /// What a check reported last, in order.
    private func known(_ id: CheckID) -> [Finding] { (reported[id] ?? [:]).values.sorted { $0.subject < $1.subject } }

    /// The templates of rules that find their workload by a label.
    func labelTemplates(of id: CheckID) -> [SubjectTemplate] {
        ruleset.rules.compactMap { rule in
            guard rule.check == id, let template = rule.subject, case .label = template.name else { return nil }
            return template
        }
    }

    /// A rule's workload could not be found; nil when all were.
    func note(missing why: String?, of subject: Subject, by id: CheckID) {
        guard ruleset.checks[id] != nil, unknowns.note(missing: why, of: subject, by: id) else { return }
        tell(.unknown(id, subject, why))
    }

    func checked(_ id: CheckID, _ outcome: CheckOutcome, took: Duration?) {
        tell(.checked(id, outcome, took: took))
    }

    // MARK: The core

    private func step(_ event: Event) {
        let effects = automaton.step(event, at: clock.now())
        for effect in effects { dispatch(effect) }
        arm()
    }

    private func dispatch(_ effect: Effect) {
        switch effect {
        case .decided(let decision): tell(.decided(decision))
        case .incident(let change): tell(.incident(change))
        case .escalated(let incident, let why): tell(.escalated(incident, why: why))
        case .plan(let request):
            let remediation = remediation(request.rule, request.step, named: request.remediation)
            execute(request.attempt) { [environment] in await Executor.plan(request, with: remediation, in: environment) }
        case .apply(let plan, let stamp, let step):
            let remediation = remediation(stamp.rule, step, named: stamp.remediation)
            execute(stamp.attempt) { [environment] in await Executor.apply(plan, stamp, with: remediation, in: environment) }
            writing[stamp.attempt] = stamp.remediation
        case .revert(let id, let plan, let rule, let step, let name):
            let remediation = remediation(rule, step, named: name)
            execute(id) { [environment] in await Executor.revert(id, plan, with: remediation, in: environment) }
        }
    }

    /// Has it run beside the actor; what comes of it goes to the core.
    private func execute(_ id: AttemptID, _ body: @escaping @Sendable () async -> Event) {
        executing.insert(id)
        queue.yield(.effect(id, body))
    }

    private func tell(_ event: EngineEvent) {
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
            tell(.iteration(iteration, checks: ruleset.checks.count, incidents: automaton.incidents))
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
    private func remediation(_ rule: String, _ index: Int, named name: String) -> (any Remediation)? {
        guard let list = ruleset.remediations[rule], index < list.count, type(of: list[index]).name == name else { return nil }
        return list[index]
    }

    // MARK: The end

    /// No new attempts; checks end.
    private func stop() {
        guard !isStopping else { return }
        isStopping = true
        step(.standDown("shutting down"))
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
        let runner = CheckRunner(id: id, check: check, engine: self, environment: environment, clock: clock, locator: locator)
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
