import AutomatonCore
import CKafka
import Testing

@testable import KafkaClient

/// Against librdkafka's simulated cluster: faults of brokers, one by one.
@Suite(.serialized) struct MockClusterTests {
    private let topic = "email.received"
    private let group = "email-service-group"

    private func cluster(_ broker: EmbeddedBroker, timeout: Duration = .seconds(10)) -> KafkaCluster {
        KafkaCluster(bootstrapServers: [broker.bootstrapServers], timeout: timeout)
    }

    private func read(
        _ broker: EmbeddedBroker, topics: [String] = ["email.received"], timeout: Duration = .seconds(10), earliest: Bool = false
    ) async throws -> ConsumerGroupReading {
        let client = KafkaConsumerGroups(environment: [:])
        let readings = try await client.read(
            ConsumerGroupSelection(groups: [group], topics: topics, readsEarliest: earliest), in: cluster(broker, timeout: timeout))
        await client.shutdown()
        return try #require(readings.first)
    }

    @Test func readsWhatWasProducedAndCommitted() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 6])
        try await broker.produce(20_000, to: topic)
        try await broker.commit([0: 10, 1: 20, 5: 3333], of: topic, for: group)
        let ends = try await broker.ends(of: topic)
        let reading = try await read(broker, earliest: true)
        let partitions = try #require(reading.partitions.value)
        #expect(partitions.map(\.partition) == [0, 1, 2, 3, 4, 5])
        #expect(partitions.map(\.latest) == (0..<6).map { .known(ends[$0] ?? -1) })
        #expect(ends.values.reduce(0, +) == 20_000)
        #expect(partitions.map(\.committed) == [.known(10), .known(20), .known(nil), .known(nil), .known(nil), .known(3333)])
        #expect(partitions.map(\.earliest) == [nil, nil, .known(0), .known(0), .known(0), nil])
    }

    @Test func withoutTopicsSaysWhatToWrite() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 2])
        try await broker.commit([0: 0], of: topic, for: group)
        let reading = try await read(broker, topics: [])
        guard case .unknown(let why) = reading.partitions else { Issue.record("\(reading)"); return }
        #expect(why.contains("topics:"))
    }

    @Test func oneBrokerDownHidesItsPartitionsOnly() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 4], brokers: 2)
        try await broker.withMock { mock in
            for partition in 0..<4 {
                rd_kafka_mock_partition_set_leader(mock.cluster, "email.received", Int32(partition), Int32(partition % 2 + 1))
            }
            rd_kafka_mock_coordinator_set(mock.cluster, "group", "email-service-group", 1)
        }
        try await broker.produce(400, to: topic)
        try await broker.commit([0: 1, 1: 1, 2: 1, 3: 1], of: topic, for: group)
        try await broker.withMock { mock in _ = rd_kafka_mock_broker_set_down(mock.cluster, 2) }
        let start = ContinuousClock.now
        let reading = try await read(broker, timeout: .seconds(3))
        #expect(start.duration(to: .now) < .seconds(4))
        let partitions = try #require(reading.partitions.value)
        #expect(partitions[0].latest == .known(100))
        #expect(partitions[2].latest == .known(100))
        for index in [1, 3] {
            guard case .unknown(let why) = partitions[index].latest else { Issue.record("\(partitions[index])"); continue }
            #expect(why.contains("broker 2"))
        }

        try await broker.withMock { mock in _ = rd_kafka_mock_broker_set_up(mock.cluster, 2) }
        #expect(try await read(broker).partitions.value?.allSatisfy { $0.latest == .known(100) } == true)
    }
}
