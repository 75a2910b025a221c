public import AutomatonCore

/// Consumer groups, read through librdkafka: the adapter of the port.
///
/// One handle a cluster, on a thread of its own, closed when it was not used for some minutes. Brokers, credentials and TLS come from
/// the rule, from mounted files and from `KAFKA_…` of the environment (see ``ClusterProperties``).
public actor KafkaConsumerGroups: ConsumerGroups {
    private struct Entry {
        let connection: ClusterConnection
        var users = 0
        var lastUsed = ContinuousClock.now
    }

    private let environment: [String: String]
    private let idleFor: Duration
    private let mostClusters: Int
    private var entries: [KafkaCluster: Entry] = [:]
    private var sweeper: Task<Void, Never>?
    private var isShutDown = false

    /// Makes the adapter.
    /// - Parameters:
    ///   - environment: the variables of the process; those that begin with `KAFKA_` count.
    ///   - idleFor: a handle that was not used for this long is closed.
    ///   - mostClusters: clusters that can be read at once, each about 2 MB and 3 threads.
    public init(environment: [String: String], idleFor: Duration = .minutes(5), mostClusters: Int = 8) {
        self.environment = environment.filter { $0.key.hasPrefix("KAFKA_") }
        self.idleFor = idleFor
        self.mostClusters = mostClusters
    }

    deinit { sweeper?.cancel() }

    public func read(
        _ selection: ConsumerGroupSelection, in cluster: KafkaCluster
    ) async throws(PortError) -> [ConsumerGroupReading] {
        let start = ContinuousClock.now
        // Rules that differ in their time-out alone share a handle.
        var key = cluster
        key.timeout = .zero
        let connection = try take(key)
        defer { giveBack(key, connection) }
        return try await connection.read(selection, since: start, until: start + cluster.timeout)
    }

    /// Closes every handle, after the readings that run.
    public func shutdown() async {
        isShutDown = true
        sweeper?.cancel()
        sweeper = nil
        let open = entries.values.map(\.connection)
        entries = [:]
        for connection in open { await connection.close() }
    }

    /// Handles that are held now.
    var openHandles: Int { entries.count }

    private func take(_ key: KafkaCluster) throws(PortError) -> ClusterConnection {
        guard !isShutDown else { throw .unavailable("the Kafka client was shut down", retryAfter: nil) }
        if entries[key] == nil {
            if entries.count >= mostClusters {
                guard let idlest = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUsed < $1.value.lastUsed }) else {
                    throw .unavailable("\(mostClusters) Kafka clusters are being read already, the most at once", retryAfter: nil)
                }
                entries[idlest.key] = nil
            }
            entries[key] = Entry(connection: try ClusterConnection(key, environment: environment))
            sweepLater()
        }
        guard var entry = entries[key] else { throw .unavailable("the Kafka client was shut down", retryAfter: nil) }
        entry.users += 1
        entries[key] = entry
        return entry.connection
    }

    private func giveBack(_ key: KafkaCluster, _ connection: ClusterConnection) {
        guard entries[key]?.connection === connection else { return }
        entries[key]?.users -= 1
        entries[key]?.lastUsed = .now
    }

    /// Looks after unused handles as long as there are any.
    private func sweepLater() {
        guard sweeper == nil else { return }
        let pause = idleFor / 2
        sweeper = Task { [weak self] in
            while (try? await Task.sleep(for: pause)) != nil {
                guard let self, await self.sweep() else { return }
            }
        }
    }

    /// Closes what was not used for too long; false when nothing is left to look after.
    private func sweep() -> Bool {
        let now = ContinuousClock.now
        entries = entries.filter { $0.value.users > 0 || $0.value.lastUsed.duration(to: now) < idleFor }
        if entries.isEmpty { sweeper = nil }
        return !entries.isEmpty
    }
}
