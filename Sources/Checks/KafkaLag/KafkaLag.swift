public import AutomatonCore
import Synchronization

/// Reads how far consumer groups of Kafka are behind, and how their partitions move.
///
/// Its figures are `lag` (messages; with `excludePersistentLag` without the partitions that do not move), `totalLag`, `maxPartitionLag`,
/// `partitions`, `stuckPartitions` (``PartitionStatus/stall`` or ``PartitionStatus/stop``) and `lagPerSecond` (growth of `totalLag` over
/// the last ten observations; from the second on). Its reasons are the statuses of ``PartitionStatus``, worst partitions first.
///
/// A group of which any partition is unknown is unknown: nothing is decided on a part of it.
public struct KafkaLag: Check {
    public static let name = "kafka-lag"
    public static let documentation = Documentation(
        """
        Reads how far consumer groups of Kafka are behind, and how their partitions move: committed and latest offsets over librdkafka. \
        A group of which any partition is unknown (its leader is away, it never committed) is unknown. Its reasons are Burrow's statuses \
        over the last ten observations.
        """,
        parameters: [
            .init(
                "group", "names or patterns", standard: nil,
                "Groups, separated by commas (`email-*,orders`); a pattern needs a broker that lists groups."),
            .init(
                "topics", "a list, or names separated by commas", standard: "those the group has committed to",
                "Names or patterns of topics; `*` is all that the group has committed to."),
            .init(
                "onNoCommit", "`latest`, `earliest` or `unknown`", standard: "`unknown`",
                "What a partition without a commit counts as: nothing behind, the whole log, or unknown."),
            .init(
                "excludePersistentLag", "true or false", standard: "false",
                "Leaves out of `lag` the partitions whose commit does not move: more replicas do not help them. While they would make the group unhealthy it is unknown, not healthy."
            ),
            .init(
                "bootstrapServers", "a list, or separated by commas", standard: "`KAFKA_BOOTSTRAP_SERVERS`",
                "`host:port` of brokers to begin with."),
            .init(
                "properties", "names and values", standard: "`KAFKA_…` of the environment",
                "librdkafka's properties (`security.protocol: SASL_SSL`); secrets are refused here. The variable of `sasl.password` is `KAFKA_SASL_PASSWORD`."
            ),
            .init(
                "propertyFiles", "names and absolute paths", standard: "none",
                "Properties whose value stands in a mounted file (`sasl.password`)."),
            .init("timeout", "a time span from 1s to 25s", standard: "10s", "How long a reading may take."),
        ],
        figures: [
            .init("lag", unit: "messages", "behind; with `excludePersistentLag` without the partitions that do not move"),
            .init("totalLag", unit: "messages", "all partitions"),
            .init("maxPartitionLag", unit: "messages", "of the partition that is furthest behind"),
            .init("partitions", "partitions of the group"),
            .init("stuckPartitions", "partitions that do not move although they are behind"),
            .init("lagPerSecond", unit: "messages/s", "growth of `totalLag` over the last ten observations"),
        ],
        example: """
            name: email-service-lag
            check: kafka-lag
            with: { group: email-service-group, topics: [email.received] }
            subject: deployment/email-service
            when:
              - { above: $(KAFKA_LAG_THRESHOLD), priority: medium }
              - { above: 20000, priority: high }
            remediations:
              - use: scale
                with: { perReplica: 3500 }
                restoreAfter: 15m
            """)
    public static let vocabulary = Vocabulary(
        figures: ["lag", "totalLag", "maxPartitionLag", "partitions", "stuckPartitions", "lagPerSecond"],
        reasons: PartitionStatus.allCases.filter { $0 != .ok }.map(\.code))
    public static let subjects: Set<Subject.Kind> = [.consumerGroup]
    /// Whether something moves is told by several looks.
    public static let toldByHistory = Set(vocabulary.reasons).union(["stuckPartitions", "lagPerSecond"])
    public static let permissions: [Permission] = []

    let cluster: KafkaCluster
    let selection: ConsumerGroupSelection
    let policy: LagPolicy
    private let history: History

    /// What was seen of the groups so far; readings of one check come one after another.
    private final class History: Sendable {
        let value = Mutex(LagHistory())
    }

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        try parameters.validate()
        cluster = KafkaCluster(
            bootstrapServers: parameters.bootstrapServers?.items ?? [],
            properties: (parameters.properties ?? [:]).mapValues(\.text), propertyFiles: parameters.propertyFiles ?? [:],
            timeout: parameters.timeout?.duration ?? .seconds(10))
        policy = LagPolicy(
            onNoCommit: parameters.onNoCommit ?? .unknown, excludesPersistentLag: parameters.excludePersistentLag ?? false)
        selection = ConsumerGroupSelection(
            groups: parameters.groups, topics: parameters.chosenTopics, readsEarliest: policy.onNoCommit != .latest)
        history = History()
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let readings = try await environment.consumerGroups.read(selection, in: cluster)
        let now = environment.now()
        return history.value.withLock { history in
            history.keep(Set(readings.map(\.group)))
            return readings.map { reading in
                Finding(
                    Subject(.consumerGroup, namespace: "", name: reading.group), observedAt: now,
                    history.observe(reading, at: now, policy))
            }
        }
    }
}
