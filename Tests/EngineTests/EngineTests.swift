import AutomatonCore
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Engine

@Suite struct EngineTests {
    let world = FakeWorld()
    let recorder = Recorder()

    static let thermometer = CheckID("thermometer")
    static let rule = Rule(
        name: "hot", check: thermometer, tiers: [Tier([.above(figure: nil, 80)], priority: .critical)],
        remediations: [RemediationStep(use: "cool", verify: .seconds(10), stable: .milliseconds(20))])

    func engine(
        checks: [CheckID: any Check] = [:], rules: [Rule] = [rule], policy: SafetyPolicy = SafetyPolicy(), timeout: Duration = .seconds(5)
    ) async -> Engine {
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        let engine = Engine(
            environment: environment,
            settings: EngineSettings(checkInterval: .milliseconds(20), checkTimeout: timeout, shutdownTime: .seconds(2)),
            clock: .system(), observers: [recorder], run: "test")
        let all = checks.merging([Self.thermometer: Thermometer(world)]) { _, new in new }
        await engine.configure(Ruleset(rules: rules, checks: all, remediations: ["hot": [Cool()]]), policy: policy)
        return engine
    }

    /// Runs the engine beside the body, and ends it after.
    func running(_ engine: Engine, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            try await body()
            group.cancelAll()
        }
    }

    @Test func aFaultIsFoundMendedAndVerified() async throws {
        let engine = await engine()
        try await running(engine) {
            try await eventually("first look") { await engine.unobserved.isEmpty }
            world.heat()
            try await eventually("healed") { recorder.endings == [.healed] }
        }
        #expect(world.writes == 1)
        let stamps = world.state.withLock { $0.stamps }
        #expect(stamps.map(\.rule) == ["hot"])
        #expect(stamps.map(\.remediation) == ["cool"])
    }

    @Test func aCheckThatHangsOrThrowsDelaysNoOther() async throws {
        let hanging = CheckID("hanging")
        let throwing = CheckID("throwing")
        let rules = [
            Self.rule,
            Rule(name: "never", check: hanging, tiers: [Tier([.reasons(["x"])], priority: .low)], remediations: []),
            Rule(name: "broken", check: throwing, tiers: [Tier([.reasons(["x"])], priority: .low)], remediations: []),
        ]
        let engine = await engine(checks: [hanging: Hanging(), throwing: Throwing()], rules: rules, timeout: .milliseconds(50))
        world.heat()
        try await running(engine) {
            try await eventually("healed beside the others") { recorder.endings == [.healed] }
            try await eventually("time-out told") { recorder.outcomes(of: "hanging").contains(.timedOut(after: .milliseconds(50))) }
            try await eventually("error told") { recorder.outcomes(of: "throwing").contains(.failed("the sensor is broken")) }
            #expect(await engine.unobserved == [hanging, throwing])
        }
    }

    @Test func theHighestOfEachFigureIsToldAndNothingOfWatches() async throws {
        let (scales, once) = (CheckID("scales"), CheckID("once"))
        let rules = [
            Self.rule,
            Rule(name: "heavy", check: scales, tiers: [Tier([.above(figure: nil, 1e9)], priority: .low)], remediations: []),
            Rule(name: "once", check: once, tiers: [Tier([.above(figure: nil, 1e9)], priority: .low)], remediations: []),
        ]
        let engine = await engine(checks: [scales: Scales(), once: OnceTold(saying: [Figure("temperature", 20)])], rules: rules)
        try await running(engine) {
            try await eventually("both looked") { await engine.unobserved.isEmpty }
            try await eventually("it is told twice") { recorder.measured(by: "scales").count > 1 }
        }
        // Of the one that cannot be told, nothing; below zero is a value too.
        #expect(recorder.measured(by: "scales")[0] == [Figure("drift", -2), Figure("weight", 12, unit: "kg"), Figure("wheels", 4)])
        #expect(recorder.measured(by: "once").isEmpty)
        #expect(recorder.measured(by: "thermometer").allSatisfy { $0 == [Figure("temperature", 20)] })
    }

    @Test(arguments: [
        PortError.conflict("changed"), .unavailable("busy", retryAfter: .milliseconds(1)), .outcomeUnknown("no answer"),
    ])
    func aWriteThatFailsForNowIsTriedAgainAsTheSameAttempt(_ error: PortError) async throws {
        world.state.withLock { $0.errors = [error] }
        world.heat()
        let engine = await engine()
        try await running(engine) {
            try await eventually("healed") { recorder.endings == [.healed] }
        }
        #expect(world.writes == 1)
        #expect(world.state.withLock { $0.stamps.map(\.attempt.text) } == ["test-1"])
    }

    @Test func aWriteThatIsRefusedIsToldToAPerson() async throws {
        world.state.withLock { $0.errors = [.refused("forbidden: needs patch on deployments")] }
        world.heat()
        let engine = await engine()
        try await running(engine) {
            try await eventually("told") {
                recorder.all.contains { if case .escalated(_, let why) = $0 { why.contains("needs patch") } else { false } }
            }
        }
        #expect(world.writes == 0)
    }

    @Test func dryRunChangesNothing() async throws {
        var policy = SafetyPolicy()
        policy.dryRun = true
        world.heat()
        let engine = await engine(policy: policy)
        try await running(engine) {
            try await eventually("shown") {
                recorder.all.contains {
                    if case .decided(let decision) = $0, case .wouldAct = decision.choice { true } else { false }
                }
            }
            try await eventually("several rounds") { recorder.iterations > 3 }
        }
        #expect(world.writes == 0)
    }

    @Test func newRulesAreHeldAgainstWhatIsKnown() async throws {
        world.state.withLock { $0.temperature = 70 }
        let engine = await engine()
        try await running(engine) {
            try await eventually("first look") { await engine.unobserved.isEmpty }
            #expect(await engine.incidents.isEmpty)
            var stricter = Self.rule
            stricter.tiers = [Tier([.above(figure: nil, 60)], priority: .critical)]
            await engine.configure(
                Ruleset(rules: [stricter], checks: [Self.thermometer: Thermometer(world)], remediations: ["hot": [Cool()]]),
                policy: SafetyPolicy())
            try await eventually("healed under the new rule") { recorder.endings == [.healed] }
        }
    }

    @Test func aLabelLeadsToTheWorkloadThatIsMended() async throws {
        let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "burner", value: "{name}"))
        var rule = Self.rule
        rule.subject = template
        world.heat()
        let engine = await engine(rules: [rule])
        try await running(engine) {
            try await eventually("told that it is missing") {
                recorder.all.contains { if case .unknown(_, _, let why?) = $0 { why.contains("burner=boiler") } else { false } }
            }
            #expect(world.writes == 0)
        }
        world.state.withLock { $0.labelled = ["boiler": [FakeWorld.subject]] }
        let again = await self.engine(rules: [rule])
        try await running(again) {
            try await eventually("healed") { recorder.endings == [.healed] }
        }
        #expect(world.writes == 1)
    }

    @Test func aGracefulShutdownEndsEverything() async throws {
        let engine = await engine(checks: [CheckID("hanging"): Hanging()])
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: engine)], logger: .init(label: "test")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("it runs") { recorder.iterations > 0 }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(recorder.all.contains { if case .stopping = $0 { true } else { false } })
    }
}
