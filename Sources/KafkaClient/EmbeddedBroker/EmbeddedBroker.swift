public import AutomatonCore
import Threads

/// A simulated Kafka cluster in this process, on loopback ports of its own: librdkafka's mock cluster. For demos and tests.
///
/// It keeps the last 100,000 messages (5 MB) of a partition in memory, cannot list groups, and knows no credentials. It ends when it is
/// stopped or released; stop it where its end must not be waited for on the releasing thread.
public actor EmbeddedBroker {
    private let thread: PinnedThread
    private var mock: MockCluster?
    private var partitions: [String: Int] = [:]
    /// Messages that were produced, by topic.
    private var produced: [String: Int] = [:]
    /// `host:port` of its brokers, comma-separated: what `KAFKA_BOOTSTRAP_SERVERS` takes.
    public nonisolated let bootstrapServers: String

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Starts a cluster.
    /// - Parameters:
    ///   - topics: partitions by topic; at least one each.
    ///   - brokers: how many.
    /// - Throws: ``PortError`` when it cannot start.
    public init(topics: [String: Int], brokers: Int = 1) throws(PortError) {
        do { thread = try PinnedThread() } catch {
            throw .unavailable("no thread for the embedded broker: \(error.reason)", retryAfter: nil)
        }
        let mock = try MockCluster(brokers: brokers)
        bootstrapServers = mock.bootstrapServers
        for (topic, count) in topics { try mock.makeTopic(topic, partitions: count) }
        self.mock = mock
        partitions = topics
    }

    /// Adds messages to a topic, spread evenly over its partitions.
    /// - Throws: ``PortError`` when the topic is not one of it, or the messages were not taken within the limit.
    public func produce(_ count: Int, to topic: String, within limit: Duration = .seconds(30)) throws(PortError) {
        guard let mock else { throw .unavailable("the embedded broker was stopped", retryAfter: nil) }
        guard let width = partitions[topic] else { throw .notFound("the embedded broker has no topic \(topic)") }
        let before = produced[topic] ?? 0
        try mock.produce(count, to: topic, partitions: width, from: before % width, within: limit)
        produced[topic] = before + count
    }

    /// The offset that the next message of each partition gets.
    /// - Throws: ``PortError/notFound(_:)`` when the topic is not one of it.
    public func ends(of topic: String) throws(PortError) -> [Int32: Int64] {
        guard let width = partitions[topic] else { throw .notFound("the embedded broker has no topic \(topic)") }
        let count = produced[topic] ?? 0
        return Dictionary(
            uniqueKeysWithValues: (0..<width).map { (Int32(clamping: $0), Int64((count + width - 1 - $0) / width)) })
    }

    /// Commits offsets by partition for a group, as its consumers would.
    /// - Throws: ``PortError`` when the commit was not taken within the limit.
    public func commit(
        _ offsets: [Int32: Int64], of topic: String, for group: String, within limit: Duration = .seconds(10)
    ) throws(PortError) {
        guard let mock else { throw .unavailable("the embedded broker was stopped", retryAfter: nil) }
        guard !offsets.isEmpty else { return }
        try mock.commit(offsets, of: topic, for: group, within: limit)
    }

    /// Stops it; its ports are closed when this returns.
    public func stop() { mock = nil }

    /// Runs a call on the cluster, for faults that a test injects.
    func withMock<Value: Sendable>(_ body: @Sendable (MockCluster) throws -> Value) throws -> Value {
        guard let mock else { throw PortError.unavailable("the embedded broker was stopped", retryAfter: nil) }
        return try body(mock)
    }
}
