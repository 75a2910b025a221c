import AutomatonCore
import BlockingTests
import CKafka
import Testing

@testable import KafkaClient

/// Against librdkafka's simulated cluster: faults of brokers, one by one.
@BlockingTests @Suite(.serialized) struct MockClusterTests {
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

    @Test func patternsSayWhatToWrite() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 2])
        let client = KafkaConsumerGroups(environment: [:])
        let error = await #expect(throws: PortError.self) {
            _ = try await client.read(ConsumerGroupSelection(groups: ["email-*"], topics: ["email.received"]), in: self.cluster(broker))
        }
        #expect(error == .refused("the brokers cannot list groups: write the group's whole name, without * and ?"))
        await client.shutdown()
    }

    /// Both wait for the same handle: what one may not do is no failure of the other's.
    @Test func aRefusedSelectionFailsNoOther() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 1])
        try await broker.produce(5, to: topic)
        try await broker.commit([0: 2], of: topic, for: group)
        let (client, cluster) = (KafkaConsumerGroups(environment: [:]), cluster(broker))
        let (topic, group) = (topic, group)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<5 {
                tasks.addTask {
                    _ = await #expect(throws: PortError.self) {
                        _ = try await client.read(ConsumerGroupSelection(groups: ["email-*"], topics: [topic]), in: cluster)
                    }
                }
                tasks.addTask {
                    let readings = try? await client.read(ConsumerGroupSelection(groups: [group], topics: [topic]), in: cluster)
                    #expect(readings?.first?.partitions.value?.map(\.committed) == [.known(2)])
                }
            }
        }
        await client.shutdown()
    }

    @Test func topicPatternsFindWhatTheGroupCommittedTo() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 2, "email.bounced": 2, "sms": 1])
        try await broker.produce(10, to: topic)
        try await broker.commit([0: 3], of: topic, for: group)
        let partitions = try #require(try await read(broker, topics: ["*"]).partitions.value)
        #expect(partitions.map(\.topic) == [topic, topic])
        #expect(partitions.map(\.committed) == [.known(3), .known(nil)])
    }

    @Test(arguments: [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION.rawValue, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE.rawValue])
    func aLeaderThatHasMovedIsAskedOnceMore(_ code: Int32) async throws {
        let broker = try EmbeddedBroker(topics: [topic: 3])
        try await broker.produce(30, to: topic)
        try await broker.commit([0: 1, 1: 1, 2: 1], of: topic, for: group)
        // ApiKey 2: ListOffsets.
        try await broker.withMock { mock in
            var errors = [rd_kafka_resp_err_t(code)]
            rd_kafka_mock_push_request_errors_array(mock.cluster, 2, 1, &errors)
        }
        #expect(try await read(broker).partitions.value?.map(\.latest) == [.known(10), .known(10), .known(10)])
    }

    @Test(arguments: [
        (RD_KAFKA_RESP_ERR_NOT_COORDINATOR.rawValue, true), (RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE.rawValue, true),
        (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue, false),
    ])
    func aCoordinatorThatHasMovedIsAskedOnceMore(_ code: Int32, _ isKnown: Bool) async throws {
        let broker = try EmbeddedBroker(topics: [topic: 1])
        try await broker.produce(30, to: topic)
        try await broker.commit([0: 1], of: topic, for: group)
        // ApiKey 9: OffsetFetch.
        try await broker.withMock { mock in
            var errors = [rd_kafka_resp_err_t(code)]
            rd_kafka_mock_push_request_errors_array(mock.cluster, 9, 1, &errors)
        }
        switch try await read(broker).partitions {
        case .known(let partitions): #expect(isKnown && partitions.map(\.committed) == [.known(1)])
        case .unknown(let why): #expect(!isKnown && why.hasPrefix("not authorised to read group \(group)"), "\(why)")
        }
    }

    @Test func aClusterThatGoesDownWhileItIsWatched() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 1])
        try await broker.produce(30, to: topic)
        try await broker.commit([0: 1], of: topic, for: group)
        let client = KafkaConsumerGroups(environment: [:])
        let selection = ConsumerGroupSelection(groups: [group], topics: [topic])
        let cluster = cluster(broker, timeout: .seconds(2))
        #expect(try await client.read(selection, in: cluster).first?.partitions.value?.map(\.latest) == [.known(30)])
        try await broker.withMock { mock in _ = rd_kafka_mock_broker_set_down(mock.cluster, 1) }
        let error = await #expect(throws: PortError.self) { _ = try await client.read(selection, in: cluster) }
        #expect(error?.description.hasPrefix("brokers unreachable: ") == true, "\(String(describing: error))")
        #expect(error?.description.contains("Connection refused") == true || error?.description.contains("Disconnected") == true)
        try await broker.withMock { mock in _ = rd_kafka_mock_broker_set_up(mock.cluster, 1) }
        #expect(
            try await client.read(selection, in: self.cluster(broker)).first?.partitions.value?.map(\.latest) == [.known(30)])
        await client.shutdown()
    }

    /// librdkafka must survive a coordinator that is away, also when the handle is closed while it is still being looked for.
    @Test func aCoordinatorThatIsAwayIsUnknownInTime() async throws {
        let broker = try EmbeddedBroker(topics: [topic: 2], brokers: 2)
        try await broker.withMock { mock in
            rd_kafka_mock_coordinator_set(mock.cluster, "group", "email-service-group", 2)
            for partition in 0..<2 { rd_kafka_mock_partition_set_leader(mock.cluster, "email.received", Int32(partition), 1) }
        }
        try await broker.commit([0: 1], of: topic, for: group)
        try await broker.withMock { mock in _ = rd_kafka_mock_broker_set_down(mock.cluster, 2) }
        for _ in 0..<3 {
            let start = ContinuousClock.now
            guard case .unknown(let why) = try await read(broker, timeout: .seconds(1)).partitions else {
                Issue.record("known")
                return
            }
            #expect(start.duration(to: .now) < .seconds(60))
            #expect(why.contains("coordinator of group email-service-group"))
        }
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
        #expect(start.duration(to: .now) < .seconds(60))
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
