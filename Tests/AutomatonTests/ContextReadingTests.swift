import AutomatonCore
import Engine
import Store
import Synchronization
import Testing

@testable import automaton

/// What is read around incidents, beside an engine whose checks are the test's.
@Suite("Around an incident", .timeLimit(.minutes(10)))
struct ContextReadingTests {
    /// Reports of each name that it is told of that it is hot.
    struct Thermometer: Check {
        struct Parameters: Decodable {}
        static let name = "thermometer"
        static let documentation = Documentation("Reads temperatures.", example: "")
        static let vocabulary = Vocabulary(reasons: ["CrashLoopBackOff", "OOMKilled"])
        static let permissions: [Permission] = []
        let hot: Hot

        init(_ parameters: Parameters) { hot = Hot() }
        init(_ hot: Hot) { self.hot = hot }

        func run(in environment: Environment) async throws -> [Finding] {
            hot.names.withLock { names in
                names.map { name, reason in
                    Finding(
                        Subject(.deployment, namespace: "production", name: name), observedAt: environment.now(),
                        .seen(Evidence(reasons: reason.map { [Reason($0, part: "\(name)-1-x", container: name)] } ?? [])))
                }
            }
        }
    }

    final class Hot: Sendable {
        let names = Mutex<[String: String?]>([:])
    }

    /// Answers when it is let, and counts.
    final class Contexts: IncidentContexts {
        struct State {
            var asked: [String] = []
            var under = 0
            var mostUnder = 0
            var isHeld = false
        }
        let state = Mutex(State())

        func context(of record: IncidentRecord) async -> IncidentContext {
            state.withLock { state in
                state.asked.append(record.key.subject.name)
                state.under += 1
                state.mostUnder = max(state.mostUnder, state.under)
            }
            while state.withLock({ $0.isHeld }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
            state.withLock { $0.under -= 1 }
            return IncidentContext(readAt: record.detectedAt, log: ["last words of \(record.key.subject.name)"], node: "node-1")
        }
    }

    struct World {
        let engine: Engine
        let hot: Hot
        let contexts: Contexts
        let lead: @Sendable () async -> Void

        func heat(_ names: [String], _ reason: String? = "CrashLoopBackOff") {
            hot.names.withLock { hot in for name in names { hot[name] = reason } }
        }

        func records() async throws -> [IncidentRecord] { try await engine.incidents(IncidentQuery(limit: 1000)).records }
        func record(_ name: String, _ rule: String = "crash") async throws -> IncidentRecord? {
            try await records().first { $0.key.subject.name == name && $0.key.rule == rule }
        }
    }

    private func withWorld(
        isElected: Bool = false, bounds: ContextReading.Bounds = .init(), _ body: (World) async throws -> Void
    ) async throws {
        let clock = EngineClock.system()
        let (hot, contexts) = (Hot(), Contexts())
        let leading = LeadingEngine(isElected: isElected)
        let reading = ContextReading(contexts, of: leading, bounds: bounds, clock: clock)
        let grouping = IncidentGrouping(of: leading, clock: clock)
        let none = NoCluster()
        let engine = Engine(
            environment: Environment(pods: none, workloads: none, limits: { SafetyPolicy() }, now: clock.now),
            settings: EngineSettings(checkInterval: .milliseconds(20)), clock: clock, observers: [leading, reading, grouping], run: "test",
            journal: isElected ? MemoryJournal() : nil, isElected: isElected)
        leading.attach(engine)
        let check = CheckID("thermometer")
        let rules = [
            Rule(
                name: "oom", check: check, tiers: [Tier([.reasons(["OOMKilled"])], priority: .low)], remediations: [], inhibits: ["crash"]),
            Rule(
                name: "crash", check: check, tiers: [Tier([.reasons(["CrashLoopBackOff", "OOMKilled"])], priority: .low)], remediations: []),
        ]
        await engine.configure(Ruleset(rules: rules, checks: [check: Thermometer(hot)], remediations: [:]), policy: SafetyPolicy())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            group.addTask { try await reading.run() }
            group.addTask { try await grouping.run() }
            defer { group.cancelAll() }
            try await body(
                World(engine: engine, hot: hot, contexts: contexts) {
                    for observer in [leading, reading, grouping] as [any EngineObserver] {
                        observer.observe(.leadership(.leading(term: 1)), at: clock.now())
                    }
                    await engine.lead(true)
                })
        }
    }

    @Test("Each is read once, two at a time, and the engine does not wait for it")
    func onceAndBounded() async throws {
        try await withWorld { world in
            world.contexts.state.withLock { $0.isHeld = true }
            let names = (0..<9).map { "oven-\($0)" }
            world.heat(names)
            try await until("all are detected") { try await world.records().count == 9 }
            try await until("two are read") { world.contexts.state.withLock { $0.under } == 2 }
            #expect(try await world.records().allSatisfy { $0.context == nil })
            world.contexts.state.withLock { $0.isHeld = false }
            try await until("all are noted") { try await world.records().allSatisfy { $0.context != nil } }
            #expect(world.contexts.state.withLock { $0.mostUnder } == 2)
            #expect(world.contexts.state.withLock { $0.asked.sorted() } == names)
            #expect(try await world.record("oven-3")?.context?.log == ["last words of oven-3"])
        }
    }

    @Test("Of a storm some are read, and the rest says so")
    func storm() async throws {
        let bounds = ContextReading.Bounds(atOnce: 2, waiting: 5, perMinute: 3)
        try await withWorld(bounds: bounds) { world in
            world.contexts.state.withLock { $0.isHeld = true }
            world.heat((0..<40).map { "oven-\($0)" })
            try await until("all are detected") { try await world.records().count == 40 }
            world.contexts.state.withLock { $0.isHeld = false }
            try await until("all are noted") { try await world.records().allSatisfy { $0.context != nil } }
            #expect(world.contexts.state.withLock { $0.asked.count } == 3)
            let refused = try await world.records().compactMap(\.context?.logMissing)
            #expect(refused.count == 37 && refused.allSatisfy { $0.hasPrefix("not read: too many incidents at once") })
            #expect(refused.contains { $0.contains("5 wait already") } && refused.contains { $0.contains("more than 3 in a minute") })
            #expect(try await world.records().filter { $0.context?.logMissing != nil }.allSatisfy { $0.context?.eventsMissing != nil })
        }
    }

    @Test("Who follows reads nothing, and reads what is open once it leads")
    func onlyTheLeader() async throws {
        try await withWorld(isElected: true) { world in
            world.heat(["oven"])
            try await until("it is detected") { await world.engine.incidents.count == 1 }
            await world.lead()
            world.heat(["oven"], "OOMKilled")
            try await until("it is noted") { try await world.record("oven", "oom")?.context != nil }
            // Had it been read while another led, it would not be read again, and nothing would be noted.
            try await until("what was open is noted") { try await world.record("oven")?.context != nil }
            #expect(world.contexts.state.withLock { $0.asked } == ["oven", "oven"])
        }
    }

    @Test("A rule that inhibits another explains its incident")
    func grouping() async throws {
        try await withWorld { world in
            world.heat(["oven"])
            try await until("it crashes") { try await world.record("oven")?.context != nil }
            #expect(try await world.record("oven")?.explainedBy == nil)
            world.heat(["oven"], "OOMKilled")
            try await until("it is explained") { try await world.record("oven")?.explainedBy != nil }
            let oom = try #require(try await world.record("oven", "oom"))
            #expect(try await world.record("oven")?.explainedBy == oom.id && oom.explainedBy == nil)
            #expect(await world.engine.explained(by: [oom.id])[oom.id]?.count == 1)
            world.hot.names.withLock { $0 = [:] }
            try await until("both are over") { try await world.records().allSatisfy { !$0.isOpen } }
            #expect(try await world.record("oven")?.explainedBy == oom.id, "what explained it then still does")
        }
    }
}

/// Nothing to be read or written.
private struct NoCluster: Pods, Workloads {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
    func workload(of pod: PodRow) async throws(PortError) -> Subject { throw .notFound("none") }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func read(_ subject: Subject) async throws(PortError) -> Workload { throw .notFound("none") }
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload { throw .notFound("none") }
}
