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
    public static let parameterNames = [
        "bootstrapServers", "properties", "propertyFiles", "timeout", "group", "topics", "onNoCommit", "excludePersistentLag",
    ]
    public static let vocabulary = Vocabulary(
        figures: ["lag", "totalLag", "maxPartitionLag", "partitions", "stuckPartitions", "lagPerSecond"],
        reasons: PartitionStatus.allCases.filter { $0 != .ok }.map(\.code))
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
            bootstrapServers: parameters.bootstrapServers?.servers ?? [],
            properties: (parameters.properties ?? [:]).mapValues(\.text), propertyFiles: parameters.propertyFiles ?? [:],
            timeout: parameters.timeout?.duration ?? .seconds(10))
        policy = LagPolicy(
            onNoCommit: parameters.onNoCommit ?? .unknown, excludesPersistentLag: parameters.excludePersistentLag ?? false)
        selection = ConsumerGroupSelection(
            groups: [parameters.group], topics: parameters.topics ?? [], readsEarliest: policy.onNoCommit != .latest)
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
