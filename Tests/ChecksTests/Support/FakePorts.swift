import AutomatonCore
import Synchronization

/// Pods as the test tells them.
final class FakePods: Pods {
    private let changes: AsyncStream<PodChange>
    private let tellChange: AsyncStream<PodChange>.Continuation
    private let selections = Mutex<[PodSelection]>([])

    init() { (changes, tellChange) = AsyncStream.makeStream() }

    /// What was asked to be watched.
    var watched: [PodSelection] { selections.withLock { $0 } }

    func tell(_ changes: PodChange...) { for change in changes { tellChange.yield(change) } }

    /// Makes the watch end by itself, which a real one never does.
    func end() { tellChange.finish() }

    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        selections.withLock { $0.append(selection) }
        for await change in changes { await receive(change) }
        try Task.checkCancellation()
    }
}

/// Workloads as the test wants them; nothing can be written.
final class FakeWorkloads: Workloads {
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    private let owner: @Sendable (PodRow) async throws(PortError) -> Subject

    init(_ owner: @escaping @Sendable (PodRow) async throws(PortError) -> Subject) { self.owner = owner }

    /// Every ReplicaSet belongs to the Deployment whose name it bears.
    convenience init() {
        self.init { (row) throws(PortError) in
            guard let set = row.controller?.name, let dash = set.lastIndex(of: "-") else { throw .notFound("no replica set \(row.name)") }
            return Subject(.deployment, namespace: row.namespace, name: String(set[..<dash]))
        }
    }

    func workload(of pod: PodRow) async throws(PortError) -> Subject { try await owner(pod) }

    func read(_ subject: Subject) async throws(PortError) -> Workload { throw .notFound("no \(subject)") }

    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }

    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }

    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        throw .refused("a check must not write")
    }
}

/// A clock that the test moves.
final class TestClock: Sendable {
    private let time = Mutex(start)

    var now: Instant { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}
