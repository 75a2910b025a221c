import AutomatonCore
import Synchronization
import Testing

@testable import Engine

/// What people ask an engine that has a journal.
@Suite struct ExplainTests {
    /// Remembers in memory; what an earlier run wrote is given.
    final class FakeJournal: Journal {
        struct State {
            var recollection = Recollection()
            var trail: [TrailEntry] = []
            var automaton: AutomatonMemory?
            var incidents: [IncidentID: IncidentRecord] = [:]
            var isOpen = true
        }
        let state = Mutex(State())

        func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
            let (isOpen, recollection) = state.withLock { ($0.isOpen, $0.recollection) }
            guard isOpen else { throw .unavailable("no connection") }
            return recollection
        }
        func recollect(since: Instant) async throws(JournalError) -> Recollection { state.withLock { $0.recollection } }
        func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer { .written }
        func write(_ entries: [JournalEntry]) async throws(JournalError) {
            state.withLock { state in
                for entry in entries {
                    switch entry {
                    case .trail(let line): state.trail.append(line)
                    case .automaton(let memory): state.automaton = memory
                    case .outcome, .subject, .fix: break
                    case .incident(let record): state.incidents[record.id] = record
                    }
                }
            }
        }
        func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
            state.withLock { Array($0.trail.filter { query.matches($0) }.suffix(query.limit)) }
        }
        func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] { [] }
        func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage {
            state.withLock { IncidentPage(of: Array($0.incidents.values), query) }
        }
        func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
            state.withLock { query.counts(of: $0.incidents.values) }
        }
        func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? { state.withLock { $0.incidents[id] } }
        func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int { 0 }
        func append(_ block: ObservationBlock) async throws(JournalError) {}
        func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {}
        func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {}
    }

    let world = FakeWorld()
    let journal = FakeJournal()
    let key = IncidentKey(rule: "hot", subject: FakeWorld.subject)

    func engine(mode: Rule.Mode = .observe, clock: EngineClock = .system()) async -> Engine {
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        let engine = Engine(
            environment: environment, settings: EngineSettings(checkInterval: .milliseconds(20), shutdownTime: .seconds(2)),
            clock: clock, observers: [], run: "test", journal: journal)
        var rule = EngineTests.rule
        rule.mode = mode
        await engine.configure(
            Ruleset(rules: [rule], checks: [EngineTests.thermometer: Thermometer(world)], remediations: ["hot": [Cool()]]),
            policy: SafetyPolicy())
        return engine
    }

    func running(_ engine: Engine, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            try await body()
            group.cancelAll()
        }
    }

    @Test func whatWouldBeOverwrittenIsNotTaken() async throws {
        journal.state.withLock { $0.isOpen = false }
        let engine = await engine()
        let pause = Suspension(id: "p-1", kind: .pause, at: WallClock.read(), by: "anna")
        try await running(engine) {
            try await eventually("the journal was tried") { await engine.forgets?.contains("no connection") == true }
            await #expect(throws: NotReady.self) { try await engine.suspend(pause) }
            journal.state.withLock { $0.isOpen = true }
            try await eventually("it is taken") { (try? await engine.suspend(pause)) != nil }
            #expect(await engine.forgets == nil)
            try await eventually("it is remembered") { journal.state.withLock { $0.automaton != nil } }
            await engine.lead(false, "healer-1 leads")
            await #expect(throws: NotLeading.self) { _ = try await engine.lift("p-1") }
        }
    }

    @Test func anIncidentOfAnEarlierRunHasItsWholeTrail() async throws {
        let before = WallClock.read() - .minutes(5)
        let rule = EngineTests.rule
        // What an earlier run left: an open incident, and how it was told.
        var earlier = Automaton(rules: [rule], run: "earlier", remembers: true)
        let finding = Finding(FakeWorld.subject, observedAt: before, .seen(Evidence(figures: [Figure("temperature", 90)])))
        let effects = earlier.step(.complete(rule.check, [finding]), at: before)
        var recollection = Recollection(lastWriteAt: before)
        for effect in effects { if case .remember(let subject, let memory) = effect { recollection.subjects[subject] = memory } }
        let told = TrailEntry(at: before, incident: key, priority: .critical, kind: "opened", word: "", text: "temperature 90, above 80")
        journal.state.withLock { state in
            state.recollection = recollection
            state.trail = [told]
        }
        world.heat()
        let engine = await engine()
        try await running(engine) {
            try await eventually("the trail is whole") {
                let incident = await engine.explain().incidents.first
                return incident?.trail.first == told && incident.map { $0.trail.count > 1 } == true
            }
            let incident = try #require(await engine.explain(subject: SubjectFilter("deployment/boiler")).incidents.first)
            #expect(incident.incident.detectedAt == before)
            #expect(incident.trail.map(\.at) == incident.trail.map(\.at).sorted())
        }
    }

    /// A check that watches says all there is once: here before what an earlier run left could be read.
    private func recalled(_ watching: OnceTold, _ body: (Engine, Recorder) async throws -> Void) async throws {
        let rule = EngineTests.rule
        var earlier = Automaton(rules: [rule], run: "earlier", remembers: true)
        let hot = Finding(FakeWorld.subject, observedAt: WallClock.read(), .seen(Evidence(figures: [Figure("temperature", 90)])))
        for effect in earlier.step(.complete(rule.check, [hot]), at: hot.observedAt) {
            guard case .remember(let subject, let memory) = effect else { continue }
            journal.state.withLock { $0.recollection.subjects[subject] = memory }
        }
        journal.state.withLock { $0.isOpen = false }
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        let recorder = Recorder()
        let engine = Engine(environment: environment, clock: .system(), observers: [recorder], run: "test", journal: journal)
        await engine.configure(
            Ruleset(rules: [rule], checks: [rule.check: watching], remediations: ["hot": [Cool()]]), policy: SafetyPolicy())
        try await running(engine) {
            try await eventually("it saw everything") { await engine.unobserved.isEmpty }
            journal.state.withLock { $0.isOpen = true }
            try await eventually("the journal is read") { await engine.isRecalled }
            try await body(engine, recorder)
        }
    }

    @Test(arguments: [20.0, nil])
    func whatWasOverBeforeItWasRememberedIsClosed(temperature: Double?) async throws {
        try await recalled(OnceTold(saying: temperature.map { [Figure("temperature", $0)] })) { engine, recorder in
            try await eventually("it is over") { recorder.endings == [temperature == nil ? .gone : .recovered] }
            #expect(await engine.incidents.isEmpty)
        }
    }

    /// The earlier run may have seen it later than this one.
    @Test func whatWasSeenBeforeSaysNothing() async throws {
        try await recalled(OnceTold(saying: nil, isCurrent: false)) { engine, recorder in
            await engine.configure(
                Ruleset(rules: [EngineTests.rule], checks: [EngineTests.rule.check: OnceTold(saying: nil)]), policy: SafetyPolicy())
            #expect(await engine.incidents.map(\.key) == [key])
            #expect(recorder.endings.isEmpty)
        }
    }

    /// Says what it was told so far, and that this is not all.
    struct WaitingForWord: WatchingCheck {
        static let name = "waiting"
        static let documentation = Documentation("A fake.", example: "")
        static let vocabulary = Vocabulary(figures: ["temperature"])
        static let permissions: [Permission] = []
        init(_ parameters: NoParameters) {}
        init() {}
        func run(in environment: Environment) async throws -> [Finding] { [] }
        func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
            await report(.waiting("not all is told before 12:10"))
            let evidence = Evidence(figures: [Figure("temperature", 90)])
            await report(.changed(Finding(FakeWorld.subject, observedAt: environment.now(), .seen(evidence))))
            try await Task.sleep(for: .seconds(3600))
        }
    }

    @Test("A check that waits is not blind; what it told is held, and says what is waited for")
    func waiting() async throws {
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        let recorder = Recorder()
        let engine = Engine(environment: environment, clock: .system(), observers: [recorder], run: "test")
        let rule = EngineTests.rule
        await engine.configure(
            Ruleset(rules: [rule], checks: [rule.check: WaitingForWord()], remediations: ["hot": [Cool()]]), policy: SafetyPolicy())
        try await running(engine) {
            try await eventually("it is open") { await !engine.incidents.isEmpty }
            let explanation = await engine.explain()
            #expect(explanation.blind.isEmpty && explanation.unobserved == [rule.check])
            #expect(explanation.waiting.map(\.check) == [rule.check] && explanation.waiting.map(\.why) == ["not all is told before 12:10"])
            let standing = try #require(explanation.incidents.first?.standing)
            #expect(standing.hold == .notObserved && standing.reason.hasSuffix(": not all is told before 12:10"))
            #expect(recorder.outcomes(of: rule.check.check).contains(.waiting("not all is told before 12:10")))
            #expect(world.writes == 0)
        }
    }

    @Test func whatIsOverIsToldWithItsQuietTime() async throws {
        world.heat()
        let engine = await engine(mode: .auto)
        try await running(engine) {
            try await eventually("it is done") { world.writes == 1 }
            try await eventually("it is over") { await engine.explain().incidents.isEmpty }
            for explanation in [await engine.explain(rule: "hot"), await engine.explain(subject: SubjectFilter("deployment/boiler"))] {
                let past = try #require(explanation.recent.first)
                #expect(past.key == key && past.ending == "healed")
                #expect(past.trail.map(\.kind).filter { $0 != "hold" } == ["opened", "act", "attempted", "verified", "closed"])
                #expect(past.quiet?.hold == .cooldown)
            }
            #expect(await engine.explain().recent.isEmpty, "nothing in particular was asked for")
            let rule = await engine.explain(rule: "hot").rule
            #expect(rule?.rule.name == "hot" && rule?.efficacy.attempts == 1 && rule?.efficacy.healed == 1)
        }
    }

    @Test func whatWaitsForAPersonIsConfirmedOnce() async throws {
        world.heat()
        let engine = await engine(mode: .approve)
        try await running(engine) {
            try await eventually("it asks") { await engine.explain().incidents.first?.standing.hold == .approval }
            guard case .confirmed(let changes) = try await engine.approve(key, by: "anna") else {
                Issue.record("it was not confirmed")
                return
            }
            #expect(changes.map(\.field) == ["temperature"])
            try await eventually("it is done") { world.writes == 1 }
            guard case .notAsked = try await engine.approve(key, by: "anna") else {
                Issue.record("it was confirmed twice")
                return
            }
            #expect(try await !engine.reinstate("hot"), "it has not stepped down")
        }
    }

    /// What came of one step has its time, whatever time passes while it is told: who sorts by time keeps the order.
    @Test func whatHappensAtOnceHasOneTime() async throws {
        world.heat()
        let real = EngineClock.system()
        let readings = Atomic(0)
        let engine = await engine(
            clock: EngineClock(now: { real.now() + .milliseconds(readings.add(1, ordering: .relaxed).newValue) }, sleep: real.sleep))
        try await running(engine) {
            try await eventually("something was decided") { await engine.explain().incidents.first.map { $0.trail.count > 1 } == true }
            let trail = try await engine.trail(TrailQuery(since: .epoch))
            #expect(trail.first?.kind == "opened")
            #expect(trail.map(\.at) == trail.map(\.at).sorted())
        }
    }
}
