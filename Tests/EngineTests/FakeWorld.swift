import AutomatonCore
import Synchronization

@testable import Engine

/// One workload whose temperature a check reads and a remediation cools.
final class FakeWorld: Workloads, Pods, Sendable {
    struct State {
        var temperature = 20.0
        var version = 1
        var stamps: [Stamp] = []
        var writes = 0
        var errors: [PortError] = []
        /// What carries each value of the label `burner`, and how often that was asked.
        var labelled: [String: [Subject]] = [:]
        var lookups = 0
        /// What reading answers with.
        var isMissing = false
        var isPaused = false
        var replicas: Int?
        var reads = 0
        var readErrors: [PortError] = []
    }

    let state = Mutex(State())
    static let subject = Subject(.deployment, namespace: "production", name: "boiler")

    func workload(of pod: PodRow) async throws(PortError) -> Subject { Self.subject }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }

    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] {
        let (found, failure) = state.withLock { state in
            state.lookups += 1
            return (state.labelled[value] ?? [], state.errors.isEmpty ? nil : state.errors.removeFirst())
        }
        if let failure { throw failure }
        return label == "burner" ? found : []
    }

    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}

    func read(_ subject: Subject) async throws(PortError) -> Workload {
        let answer = state.withLock { state -> Result<Workload, PortError> in
            state.reads += 1
            if !state.readErrors.isEmpty { return .failure(state.readErrors.removeFirst()) }
            if state.isMissing { return .failure(.notFound("no such deployment")) }
            return .success(
                Workload(
                    subject: subject, uid: "u", resourceVersion: String(state.version), replicas: state.replicas, paused: state.isPaused,
                    containers: [], stamps: state.stamps))
        }
        return try answer.get()
    }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        let failure = state.withLock { state -> PortError? in
            if !state.errors.isEmpty { return state.errors.removeFirst() }
            state.version += 1
            state.writes += 1
            state.temperature = 20
            if let stamp { state.stamps.append(stamp) }
            return nil
        }
        if let failure { throw failure }
        return try await read(subject)
    }

    var writes: Int { state.withLock { $0.writes } }
    func heat() { state.withLock { $0.temperature = 90 } }
}

struct NoParameters: Decodable, Sendable {}

/// Reads the temperature.
struct Thermometer: Check {
    static let name = "thermometer"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary(figures: ["temperature"])
    static let permissions: [Permission] = []
    var world = FakeWorld()
    init(_ parameters: NoParameters) {}
    init(_ world: FakeWorld) { self.world = world }
    func run(in environment: Environment) async throws -> [Finding] {
        let value = world.state.withLock { $0.temperature }
        return [Finding(FakeWorld.subject, observedAt: environment.now(), .seen(Evidence(figures: [Figure("temperature", value)])))]
    }
}

/// Says once what there is, and from time to time that it is still so.
struct OnceTold: WatchingCheck {
    static let name = "once"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary(figures: ["temperature"])
    static let permissions: [Permission] = []
    /// Nil: the subject is not there.
    var figures: [Figure]?
    /// Whether it goes on to say so; else it falls silent.
    var isCurrent = true
    init(_ parameters: NoParameters) { figures = nil }
    init(saying figures: [Figure]?, isCurrent: Bool = true) {
        self.figures = figures
        self.isCurrent = isCurrent
    }
    func run(in environment: Environment) async throws -> [Finding] {
        figures.map { [Finding(FakeWorld.subject, observedAt: environment.now(), .seen(Evidence(figures: $0)))] } ?? []
    }
    func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
        await report(.complete(try await run(in: environment)))
        while true {
            try await Task.sleep(for: isCurrent ? .milliseconds(20) : .seconds(3600))
            await report(.current)
        }
    }
}

/// Never answers until it is cancelled.
struct Hanging: Check {
    static let name = "hanging"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary()
    static let permissions: [Permission] = []
    init(_ parameters: NoParameters) {}
    init() {}
    func run(in environment: Environment) async throws -> [Finding] {
        try await Task.sleep(for: .seconds(3600))
        return []
    }
}

/// Weighs three things, of which one cannot be weighed.
struct Scales: Check {
    static let name = "scales"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary(figures: ["weight", "drift", "wheels"])
    static let permissions: [Permission] = []
    init(_ parameters: NoParameters) {}
    init() {}
    func run(in environment: Environment) async throws -> [Finding] {
        func found(_ name: String, _ observation: Observation) -> Finding {
            Finding(Subject(.deployment, namespace: "production", name: name), observedAt: environment.now(), observation)
        }
        return [
            found("cart", .seen(Evidence(figures: [Figure("weight", 12, unit: "kg"), Figure("drift", -3)]))), found("fog", .unknown("fog")),
            found("coach", .seen(Evidence(figures: [Figure("weight", 9, unit: "kg"), Figure("drift", -2), Figure("wheels", 4)]))),
        ]
    }
}

struct Broken: Error, CustomStringConvertible {
    let description = "the sensor is broken"
}

/// Throws each time.
struct Throwing: Check {
    static let name = "throwing"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary()
    static let permissions: [Permission] = []
    init(_ parameters: NoParameters) {}
    init() {}
    func run(in environment: Environment) async throws -> [Finding] { throw Broken() }
}

/// Cools by writing.
struct Cool: Remediation {
    static let name = "cool"
    static let documentation = Documentation("A fake.", example: "")
    static let action = "cool_down"
    static let permissions: [Permission] = []
    init(_ parameters: NoParameters) {}
    init() {}
    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        let workload = try await environment.workloads.read(finding.subject)
        return .plan(
            Plan(
                subject: finding.subject, summary: "cool down", changes: [Change("temperature", before: "90", after: "20")],
                write: .workload(
                    WorkloadWrite([], precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))),
                stamps: workload.stamps))
    }
}

/// Keeps what the engine tells.
final class Recorder: EngineObserver {
    private let events = Mutex<[EngineEvent]>([])
    func observe(_ event: EngineEvent, at instant: Instant) { events.withLock { $0.append(event) } }

    var all: [EngineEvent] { events.withLock { $0 } }

    var endings: [IncidentChange.Ending] {
        all.compactMap { event in
            if case .incident(let change) = event, case .closed(let ending) = change.kind { ending } else { nil }
        }
    }

    var holds: [Decision.Guard] {
        all.compactMap { event in
            if case .decided(let decision) = event, case .hold(let hold) = decision.choice { hold } else { nil }
        }
    }

    func outcomes(of check: String) -> [CheckOutcome] {
        all.compactMap { event in
            if case .checked(let id, let outcome, _) = event, id.check == check { outcome } else { nil }
        }
    }

    func measured(by check: String) -> [[Figure]] {
        all.compactMap { event in
            if case .measured(let id, let figures) = event, id.check == check { figures } else { nil }
        }
    }

    var iterations: Int {
        all.count { if case .iteration = $0 { true } else { false } }
    }
}

/// Waits until the condition holds; fails the test by time only when it never does.
func eventually(_ what: String, within seconds: Int = 90, _ condition: () async -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while !(await condition()) {
        guard ContinuousClock.now < end else { throw NeverHappened(description: "did not happen within \(seconds) s: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Names only what is too hot; says what its reports are by turns, and from time to time that nothing changed.
struct OnlyHot: WatchingCheck {
    static let name = "only-hot"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary(figures: ["temperature"])
    static let permissions: [Permission] = []
    static let namesWell = false
    static func observation(ofUnnamed workload: Workload) -> Observation? {
        guard workload.replicas != 0 else { return nil }
        return workload.paused ? .unknown("it is paused") : .seen(Evidence(figures: [Figure("temperature", 20)]))
    }
    var reports: AsyncStream<[Double]>
    init(_ parameters: NoParameters) { reports = AsyncStream { $0.finish() } }
    init(_ reports: AsyncStream<[Double]>) { self.reports = reports }
    func run(in environment: Environment) async throws -> [Finding] { [] }
    func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await temperatures in reports {
                    await report(
                        .complete(
                            temperatures.map {
                                Finding(
                                    FakeWorld.subject, observedAt: environment.now(), .seen(Evidence(figures: [Figure("temperature", $0)])))
                            }))
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(20))) != nil { await report(.current) }
            }
        }
    }
}
