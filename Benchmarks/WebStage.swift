import AutomatonCore
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Store
import Synchronization
import WebAPI

/// A web server with an engine behind it, in a process of its own, so that what it takes is its own. It prints its port; told `flow N` on
/// standard input, it has N changes a second to tell of; told `size`, it answers with its resident memory in MB and its open descriptors.
enum WebStage {
    /// - Parameter directory: of a journal; nil for none.
    static func run(directory: String?) async {
        do {
            let journal: SQLiteJournal? =
                if let directory { try await SQLiteJournal.open(directory: directory) } else { nil }
            let rate = Rate()
            let feed = ChangeFeed(run: "benchmark")
            let world = WarmWorld()
            let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
            let engine = Engine(
                environment: environment, settings: EngineSettings(checkInterval: .seconds(1)), clock: .system(), observers: [feed],
                run: "benchmark", journal: journal)
            let check = CheckID("temperature")
            let rules = (0..<11).map { number in
                Rule(
                    name: "rule-\(number)", check: check, tiers: [Tier([.above(figure: nil, Double(80 + number))], priority: .high)],
                    remediations: [], mode: .observe)
            }
            await engine.configure(Ruleset(rules: rules, checks: [check: Temperature()], remediations: [:]), policy: SafetyPolicy())
            let logger = Logger(label: "server") { _ in SwiftLogNoOpLogHandler() }
            let api = HealingAPI(
                engine: engine, feed: feed, inbox: AlertInbox(toldSince: WallClock.read()),
                limits: RequestLimits(requestsASecond: 1_000_000), logger: logger)
            let dashboard = Dashboard(api: api, version: "benchmark", figures: FigureHistory()) {
                SettingsInForce(settings: [], fingerprint: nil, lastGoodAt: nil, problems: [])
            }
            let web = WebServer(
                .init(host: "127.0.0.1", port: 0), registry: PrometheusRegistry(), health: { HealthReport() },
                readiness: { ReadinessReport() }, api: api, dashboard: dashboard, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ServiceGroup(services: [engine, web], logger: logger).run() }
                guard let port = await web.listening() else { throw WebFailure(text: "does not listen") }
                group.addTask { try await tell(feed, rate) }
                Thread.detachNewThread {
                    print(port)
                    fflush(nil)
                    while let line = readLine() {
                        if line.hasPrefix("flow ") { rate.value = Int(line.dropFirst(5)) ?? 0 }
                        print(line == "size" ? "\(MemoryBenchmark.resident().now) \(openDescriptors())" : "ok")
                        fflush(nil)
                    }
                    exit(0)
                }
                try await group.waitForAll()
            }
        } catch {
            print("failed: \(error)")
        }
    }

    /// Changes a second.
    private final class Rate: Sendable {
        private let state = Mutex(0)
        var value: Int {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    private static func openDescriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    /// Decisions as a storm of them would be told, each of about a kilobyte, ten times a second.
    private static func tell(_ feed: ChangeFeed, _ rate: Rate) async throws {
        var number = 0
        while true {
            let next = ContinuousClock.now + .milliseconds(100)
            for _ in 0..<rate.value / 10 {
                number += 1
                let key = IncidentKey(
                    rule: "rule-\(number % 11)",
                    subject: Subject(.deployment, namespace: "team-\(number % 20)", name: "service-\(number % 1000)"))
                let at = WallClock.read()
                let reason = "held: \(String(repeating: "the budget of this hour is spent; ", count: 25))"
                feed.observe(
                    .decided(Decision(at: at, incident: key, priority: .high, choice: .hold(.cooldown), reason: reason)), at: at)
            }
            try await Task.sleep(until: next, clock: .continuous)
        }
    }
}

struct WebFailure: Error { let text: String }

/// A check of 1,000 Deployments, 40 of which are unwell for as long as one looks.
private struct Temperature: Check {
    struct Parameters: Decodable, Sendable {}

    static let name = "temperature"
    static let documentation = Documentation("For measuring.", example: "")
    static let vocabulary = Vocabulary(figures: ["temperature"])
    static let permissions: [Permission] = []
    init(_ parameters: Parameters) {}
    init() {}

    func run(in environment: Environment) async throws -> [Finding] {
        (0..<1000).map { number in
            let subject = Subject(.deployment, namespace: "team-\(number % 20)", name: "service-\(number)")
            let figure = Figure("temperature", number.isMultiple(of: 25) ? 81.5 : 20)
            return Finding(subject, observedAt: environment.now(), .seen(Evidence(figures: [figure])))
        }
    }
}

/// Nothing is changed in it.
private struct WarmWorld: Pods, Workloads {
    func workload(of pod: PodRow) async throws(PortError) -> Subject { throw .notFound("there are no pods") }
    func read(_ subject: Subject) async throws(PortError) -> Workload {
        Workload(subject: subject, uid: "u", resourceVersion: "1", containers: [], stamps: [])
    }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
    func workloads(_ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String) async throws(PortError) -> [Subject] {
        []
    }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload { try await read(subject) }
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
}
