import AutomatonCore
import Synchronization
import Testing

@testable import Engine

/// A check that names only what is unwell no longer names what has an open incident.
@Suite struct UnnamedTests {
    let world = FakeWorld()
    let recorder = Recorder()

    /// Runs an engine whose rule only tells; the body says what the check reports.
    private func watching(_ body: (Engine, AsyncStream<[Double]>.Continuation) async throws -> Void) async throws {
        let (reports, report) = AsyncStream.makeStream(of: [Double].self)
        let check = CheckID("only-hot")
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        let engine = Engine(
            environment: environment, settings: EngineSettings(checkInterval: .milliseconds(20), shutdownTime: .seconds(2)),
            clock: .system(), observers: [recorder], run: "test")
        let rule = Rule(name: "hot", check: check, tiers: [Tier([.above(figure: nil, 80)], priority: .low)], remediations: [])
        await engine.configure(Ruleset(rules: [rule], checks: [check: OnlyHot(reports)], remediations: ["hot": []]), policy: SafetyPolicy())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            report.yield([90])
            try await eventually("it is open") { await engine.incidents.count == 1 }
            try await body(engine, report)
            group.cancelAll()
        }
    }

    @Test func whatIsThereAndWellHasRecovered() async throws {
        try await watching { _, report in
            report.yield([])
            try await eventually("it is over") { recorder.endings == [.recovered] }
        }
    }

    @Test(arguments: [true, false]) func whatIsNotThereIsGone(isMissing: Bool) async throws {
        world.state.withLock { state in if isMissing { state.isMissing = true } else { state.replicas = 0 } }
        try await watching { _, report in
            report.yield([])
            try await eventually("it is over") { recorder.endings == [.gone] }
        }
    }

    @Test func whatCannotBeToldYetIsLookedAtAgain() async throws {
        world.state.withLock { $0.isPaused = true }
        try await watching { engine, report in
            report.yield([])
            try await eventually("it is looked at, again and again") { world.state.withLock { $0.reads > 2 } }
            #expect(await engine.incidents.count == 1 && recorder.endings.isEmpty)
            world.state.withLock { $0.isPaused = false }
            try await eventually("it is over") { recorder.endings == [.recovered] }
        }
    }

    @Test(arguments: [PortError.unavailable("503", retryAfter: nil), .refused("403")])
    func aServerThatDoesNotAnswerSaysNothing(_ error: PortError) async throws {
        world.state.withLock { $0.readErrors = [error, error] }
        try await watching { _, report in
            report.yield([])
            try await eventually("it is over") { recorder.endings == [.recovered] }
            #expect(world.state.withLock { $0.reads } >= 3)
        }
    }

    @Test func whatIsNamedAgainGoesOn() async throws {
        world.state.withLock { $0.isPaused = true }
        try await watching { engine, report in
            report.yield([])
            report.yield([95])
            try await eventually("the check names it") { await engine.unnamed.values.allSatisfy(\.isEmpty) }
            #expect(await engine.incidents.count == 1 && recorder.endings.isEmpty)
        }
    }
}
