import CKafka

/// The brokers of a cluster, and who leads what.
struct ClusterLayout {
    /// A topic.
    struct Topic {
        /// Why its partitions are not known; nil when they are.
        var problem: String?
        /// The leader of each partition, by number; below zero when it has none.
        var leaders: [(partition: Int32, leader: Int32)]
    }

    /// New partitions are taken note of after this long, as Kafka's own clients do after minutes. A leader that has moved says so
    /// when it is asked.
    private static let freshFor: Duration = .seconds(30)
    private let readAt = ContinuousClock.now
    /// Whether it need not be read again.
    var isFresh: Bool { readAt.duration(to: .now) < Self.freshFor }
    /// Address of each broker that is there, by its ID.
    private(set) var brokers: [Int32: String] = [:]
    /// By name.
    private(set) var topics: [String: Topic] = [:]

    init(_ metadata: rd_kafka_metadata) {
        for broker in UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt)) {
            brokers[broker.id] = "\(String(cString: broker.host)):\(broker.port)"
        }
        for topic in UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt)) {
            let name = String(cString: topic.topic)
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            topics[name] = Topic(
                problem: topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : BrokerCode(topic.err).text,
                leaders: partitions.map { ($0.id, $0.leader) }.sorted { $0.0 < $1.0 })
        }
    }

    /// The partitions of a topic, by number; empty when it is not there.
    func partitions(of topic: String) -> [TopicPartition] {
        topics[topic]?.leaders.map { TopicPartition(topic: topic, partition: $0.partition) } ?? []
    }

    /// The broker that leads a partition, or why there is none to ask.
    func leader(of partition: TopicPartition) -> Leader {
        guard let topic = topics[partition.topic] else {
            return .none("topic \(partition.topic) is not there, or this user may not describe it")
        }
        if let problem = topic.problem { return .none("topic \(partition.topic): \(problem)") }
        // Partitions are numbered without gaps, nearly always.
        let index = Int(partition.partition)
        let entry =
            topic.leaders.indices.contains(index) && topic.leaders[index].partition == partition.partition
            ? topic.leaders[index] : topic.leaders.first { $0.partition == partition.partition }
        guard let leader = entry?.leader else { return .none("topic \(partition.topic) has no such partition") }
        if leader < 0 { return .none("it has no leader") }
        guard brokers[leader] != nil else { return .none("its leader, broker \(leader), is away") }
        return .broker(leader)
    }

    /// Who leads a partition.
    enum Leader {
        case broker(Int32)
        /// Nobody, and why.
        case none(String)
    }
}
