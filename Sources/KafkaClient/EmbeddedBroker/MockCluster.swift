import AutomatonCore
import CKafka

/// librdkafka's simulated cluster, a producer and an admin client for it, and every call on them. Belongs to one thread.
final class MockCluster {
    /// Carries the cluster's threads; talks to nobody itself.
    private let carrier: OpaquePointer
    let cluster: OpaquePointer
    private let producer: OpaquePointer
    private let answers: OpaquePointer
    let bootstrapServers: String

    init(brokers: Int) throws(PortError) {
        carrier = try Self.makeClient([])
        guard let cluster = rd_kafka_mock_cluster_new(carrier, Int32(clamping: brokers)),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(carrier)
            throw .unavailable("librdkafka's simulated cluster does not start", retryAfter: nil)
        }
        self.cluster = cluster
        bootstrapServers = String(cString: servers)
        do throws(PortError) {
            producer = try Self.makeClient([("bootstrap.servers", bootstrapServers), ("linger.ms", "5")])
        } catch {
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(carrier)
            throw error
        }
        answers = rd_kafka_queue_new(producer)
    }

    deinit {
        rd_kafka_queue_destroy(answers)
        rd_kafka_destroy(producer)
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(carrier)
    }

    private static func makeClient(_ settings: [(String, String)]) throws(PortError) -> OpaquePointer {
        guard let configuration = rd_kafka_conf_new() else { throw .unavailable("out of memory", retryAfter: nil) }
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in settings where rd_kafka_conf_set(configuration, name, value, &text, text.count) != RD_KAFKA_CONF_OK {
            rd_kafka_conf_destroy(configuration)
            throw .refused(text.text)
        }
        rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
        rd_kafka_conf_set_error_cb(configuration) { _, _, _, _ in }
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            throw .refused(text.text)
        }
        return client
    }

    func makeTopic(_ topic: String, partitions: Int) throws(PortError) {
        try check(rd_kafka_mock_topic_create(cluster, topic, Int32(clamping: partitions), 1), "topic \(topic)")
    }

    /// Adds messages, one partition after another, from a partition on; waits until the cluster has them.
    func produce(_ count: Int, to topic: String, partitions: Int, from first: Int, within limit: Duration) throws(PortError) {
        guard let handle = rd_kafka_topic_new(producer, topic, nil) else { throw .unavailable("no handle for \(topic)", retryAfter: nil) }
        defer { rd_kafka_topic_destroy(handle) }
        let deadline = ContinuousClock.now + limit
        for number in 0..<count {
            let partition = Int32(clamping: (first + number) % partitions)
            while rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, nil, 0, nil, 0, nil) != 0 {
                let code = rd_kafka_last_error()
                // The producer's queue is full: wait for the cluster.
                guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < deadline else {
                    return try check(code, "produce to \(topic)")
                }
                rd_kafka_poll(producer, 10)
            }
        }
        try check(rd_kafka_flush(producer, deadline.milliseconds(atMost: limit)), "produce to \(topic)")
    }

    /// Commits offsets for a group, as its consumers would.
    func commit(_ offsets: [Int32: Int64], of topic: String, for group: String, within limit: Duration) throws(PortError) {
        let deadline = ContinuousClock.now + limit
        let list = PartitionList(offsets.keys.sorted().map { TopicPartition(topic: topic, partition: $0) }, offset: 0)
        for index in 0..<Int(list.pointer.pointee.cnt) {
            let element = list.pointer.pointee.elems + index
            element.pointee.offset = offsets[element.pointee.partition] ?? 0
        }
        var request: OpaquePointer? = rd_kafka_AlterConsumerGroupOffsets_new(group, list.pointer)
        rd_kafka_AlterConsumerGroupOffsets(producer, &request, 1, nil, answers)
        rd_kafka_AlterConsumerGroupOffsets_destroy(request)
        guard let event = rd_kafka_queue_poll(answers, deadline.milliseconds(atMost: limit)) else {
            throw .unavailable("no answer to a commit of \(group)", retryAfter: nil)
        }
        defer { rd_kafka_event_destroy(event) }
        try check(rd_kafka_event_error(event), "commit of \(group)")
        var count = 0
        guard let result = rd_kafka_event_AlterConsumerGroupOffsets_result(event),
            let groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count == 1,
            let answer = rd_kafka_group_result_partitions(groups[0])
        else { throw .unavailable("no answer to a commit of \(group)", retryAfter: nil) }
        for element in UnsafeBufferPointer(start: answer.pointee.elems, count: Int(answer.pointee.cnt)) {
            try check(element.err, "commit of \(group)")
        }
    }

    func check(_ code: rd_kafka_resp_err_t, _ what: String) throws(PortError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw .unavailable("\(what): \(BrokerCode(code).text)", retryAfter: nil)
    }
}
