import AutomatonCore
import KafkaClient
import ServiceLifecycle
import Simulator
import Synchronization

/// The queue of the demo: librdkafka's embedded cluster, a steady flow of orders into it, and consumers that take as many out as their
/// Deployment has ready pods.
struct DemoQueue: Service {
    static let topic = "orders"
    static let partitions = 8
    private static let beat: Duration = .milliseconds(100)
    /// Orders a second that one consumer takes; two of them keep up with the usual flow.
    private static let pace = 400.0

    let broker: EmbeddedBroker
    private let cluster: Cluster
    private let consumers: WorkloadName
    private let flood = Flood()

    /// Orders that come beside the usual flow, so many a second.
    private final class Flood: Sendable {
        private let state = Mutex((left: 0.0, rate: 0.0))

        func add(_ count: Int, over duration: Duration) {
            state.withLock { $0 = (Double(count), Double(count) / duration.inSeconds) }
        }

        func take(_ seconds: Double) -> Double {
            state.withLock { state in
                let part = min(state.left, state.rate * seconds)
                state.left -= part
                return part
            }
        }
    }

    init(cluster: Cluster, consumers: WorkloadName) throws {
        self.cluster = cluster
        self.consumers = consumers
        broker = try EmbeddedBroker(topics: [Self.topic: Self.partitions])
    }

    /// The consumer group, named after its Deployment.
    var group: String { consumers.name }

    /// So many orders more, within a time.
    func flood(_ count: Int, over duration: Duration) { flood.add(count, over: duration) }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do { try await work() } catch is CancellationError {}
        }
        await broker.stop()
    }

    private func work() async throws {
        let clock = ContinuousClock()
        var last = clock.now
        var due = 0.0
        var committed: [Int32: Int64] = [:]
        while !Task.isCancelled {
            let seconds = (clock.now - last).inSeconds
            last = clock.now
            due += seconds * Self.pace * 1.95 + flood.take(seconds)
            if due >= 1 {
                try await broker.produce(Int(due), to: Self.topic)
                due -= due.rounded(.down)
            }
            let ready = await readyConsumers()
            committed = Self.taken(Int64(seconds * Self.pace * Double(ready)), from: committed, upTo: try await broker.ends(of: Self.topic))
            try await broker.commit(committed, of: Self.topic, for: group)
            try await clock.sleep(for: Self.beat)
        }
    }

    private func readyConsumers() async -> Int {
        await cluster.read { store in
            let object = store.get(consumers.type, namespace: consumers.namespace, name: consumers.name)
            guard case .integer(let ready)? = object?["status", "readyReplicas"] else { return 0 }
            return Int(ready)
        }
    }

    /// Each partition gives its share; what one does not have the others give.
    static func taken(_ count: Int64, from committed: [Int32: Int64], upTo ends: [Int32: Int64]) -> [Int32: Int64] {
        var left = count
        var result = committed
        let order = ends.sorted { ($0.value - (committed[$0.key] ?? 0), $0.key) < ($1.value - (committed[$1.key] ?? 0), $1.key) }
        for (index, end) in order.enumerated() {
            let before = committed[end.key] ?? 0
            let share = min(end.value - before, left / Int64(order.count - index))
            result[end.key] = before + share
            left -= share
        }
        return result
    }
}
