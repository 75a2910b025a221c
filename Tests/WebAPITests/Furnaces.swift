import AutomatonCore
import Synchronization

/// Deployments with a temperature that a check reads and a remediation cools; and everything else that an engine needs.
final class Furnaces: Workloads, Pods, Sendable {
    private let temperatures: Mutex<[String: Double]>

    init(_ names: [String]) { temperatures = Mutex(Dictionary(uniqueKeysWithValues: names.map { ($0, 20) })) }

    static func subject(_ name: String) -> Subject { Subject(.deployment, namespace: "production", name: name) }

    func heat(_ name: String) { temperatures.withLock { $0[name] = 90 } }
    func turn(_ name: String, to value: Double) { temperatures.withLock { $0[name] = value } }
    func temperature(of name: String) -> Double? { temperatures.withLock { $0[name] } }
    var all: [(name: String, value: Double)] { temperatures.withLock { $0.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 } } }

    func workload(of pod: PodRow) async throws(PortError) -> Subject { Self.subject("none") }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}

    func read(_ subject: Subject) async throws(PortError) -> Workload {
        Workload(subject: subject, uid: "u", resourceVersion: "1", containers: [], stamps: [])
    }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        let isChanged = temperatures.withLock { temperatures in
            if case .values(_, let left) = write.precondition, left != [.replicas(Int(temperatures[subject.name] ?? 0))] { return true }
            if case .replicas(let value)? = write.edits.first { temperatures[subject.name] = Double(value) }
            return false
        }
        if isChanged { throw .conflict("somebody turned the knob") }
        return try await read(subject)
    }
}

struct NoParameters: Decodable, Sendable {}

struct Thermometer: Check {
    static let name = "thermometer"
    static let documentation = Documentation("A fake.", example: "")
    static let vocabulary = Vocabulary(figures: ["temperature"])
    static let permissions: [Permission] = []
    var furnaces = Furnaces([])
    init(_ parameters: NoParameters) {}
    init(_ furnaces: Furnaces) { self.furnaces = furnaces }
    func run(in environment: Environment) async throws -> [Finding] {
        furnaces.all.map { name, value in
            Finding(
                Furnaces.subject(name), observedAt: environment.now(),
                .seen(Evidence(figures: [Figure("temperature", value, unit: "°C")])))
        }
    }
}

struct Cool: Remediation {
    static let name = "cool"
    static let documentation = Documentation("A fake.", example: "")
    static let action = "cool_down"
    static let permissions: [Permission] = []
    init(_ parameters: NoParameters) {}
    init() {}
    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        .plan(
            Plan(
                subject: subject, summary: "cool down", changes: [Change("temperature", before: "90", after: "20")],
                write: .workload(WorkloadWrite([.replicas(20)], precondition: .version(uid: "u", resourceVersion: "1"))),
                inverse: WorkloadWrite([.replicas(90)], precondition: .values(uid: "u", [.replicas(20)]))))
    }
}
