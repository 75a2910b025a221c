/// The consumer groups of Kafka clusters: how far each is behind.
public protocol ConsumerGroups: Sendable {
    /// Reads committed and latest offsets of the selected groups, once, within the cluster's time-out.
    ///
    /// What can be told is told: a partition whose leader is away is unknown in itself, and so is a group without a coordinator.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` when no broker answers ("brokers unreachable: …"),
    ///   ``PortError/refused(_:)`` when the configuration or the rights are wrong.
    func read(_ selection: ConsumerGroupSelection, in cluster: KafkaCluster) async throws(PortError) -> [ConsumerGroupReading]
}

/// How a Kafka cluster is reached. Holds no secret: those stay in files and environment variables that it names.
public struct KafkaCluster: Hashable, Sendable {
    /// `host:port` of brokers to begin with; empty for `KAFKA_BOOTSTRAP_SERVERS` of the environment.
    public var bootstrapServers: [String]
    /// librdkafka's configuration properties by name (`security.protocol`, `sasl.mechanism`, `ssl.ca.location`, …).
    public var properties: [String: String]
    /// Properties whose value stands in a mounted file, by name (`sasl.password` → path).
    public var propertyFiles: [String: String]
    /// How long one reading may take.
    public var timeout: Duration

    /// Names a cluster.
    public init(
        bootstrapServers: [String] = [], properties: [String: String] = [:], propertyFiles: [String: String] = [:],
        timeout: Duration = .seconds(10)
    ) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        self.propertyFiles = propertyFiles
        self.timeout = timeout
    }

    /// Whether a property's value is a secret, which may stand in the environment or in a file, never in a rule.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        return ["password", "passphrase", "secret", "private.key", "ssl.key.pem", "ssl_key", "sasl.oauthbearer.config"]
            .contains { name.contains($0) }
    }
}

/// Which groups, and which of their topics.
public struct ConsumerGroupSelection: Hashable, Sendable {
    /// Names or patterns (`*` stands for any characters, `?` for one); a name without them needs no listing of all groups.
    public var groups: [String]
    /// Names or patterns of topics; empty for every topic that the group has committed to.
    public var topics: [String]
    /// Whether the earliest offset is wanted of partitions without a commit.
    public var readsEarliest: Bool

    /// Makes a selection.
    public init(groups: [String], topics: [String] = [], readsEarliest: Bool = false) {
        self.groups = groups
        self.topics = topics
        self.readsEarliest = readsEarliest
    }
}

/// What was read of one group.
public struct ConsumerGroupReading: Hashable, Sendable {
    /// The group's name.
    public var group: String
    /// Its partitions, by topic and number; unknown as a whole when its coordinator did not answer, with the reason.
    public var partitions: Reading<[PartitionReading]>
    /// Its state in Kafka's word (`Stable`, `Empty`, `PreparingRebalance`, …); nil where the broker does not tell.
    public var state: String?

    /// Makes a reading.
    public init(group: String, partitions: Reading<[PartitionReading]>, state: String? = nil) {
        self.group = group
        self.partitions = partitions
        self.state = state
    }
}

/// The offsets of one partition for one group.
public struct PartitionReading: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// The partition's number.
    public var partition: Int32
    /// The group's committed offset; known and nil when it never committed.
    public var committed: Reading<Int64?>
    /// The offset that the next message gets (high watermark).
    public var latest: Reading<Int64>
    /// The first offset that is still there; nil when it was not asked for.
    public var earliest: Reading<Int64>?

    /// Makes a reading.
    public init(
        topic: String, partition: Int32, committed: Reading<Int64?>, latest: Reading<Int64>, earliest: Reading<Int64>? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.committed = committed
        self.latest = latest
        self.earliest = earliest
    }
}

/// A value that could be read, or why not. Missing data is unknown, never zero.
public enum Reading<Value: Hashable & Sendable>: Hashable, Sendable {
    /// It was read.
    case known(Value)
    /// It could not be told, and why.
    case unknown(String)

    /// The value; nil when it is unknown.
    public var value: Value? { if case .known(let value) = self { value } else { nil } }
}
