import AutomatonCore
import CKafka

/// One librdkafka client, and every call on it. Each call blocks, at most until its deadline: it belongs to one thread.
final class KafkaHandle {
    /// The client.
    let client: OpaquePointer
    /// Where answers to admin requests arrive.
    let answers: OpaquePointer
    let properties: ClusterProperties
    let complaints = BrokerComplaints()
    /// Admin requests that were sent so far: the number of the last one.
    var requestsMade = 0
    /// Whether an admin request was not answered in time. Such a handle must be closed, soon.
    var hasUnanswered = false

    /// Makes the client. Connects to nothing yet.
    /// - Throws: ``PortError/refused(_:)`` with librdkafka's own word on a property.
    init(_ properties: ClusterProperties) throws(PortError) {
        self.properties = properties
        client = try Self.makeClient(properties, complaints)
        answers = rd_kafka_queue_new(client)
        // Log lines wait for `poll`, which throws them away: what matters comes as complaints too.
        _ = rd_kafka_set_log_queue(client, nil)
    }

    deinit {
        rd_kafka_queue_destroy(answers)
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    private static func makeClient(_ properties: ClusterProperties, _ complaints: BrokerComplaints) throws(PortError) -> OpaquePointer {
        guard let configuration = rd_kafka_conf_new() else { throw .unavailable("out of memory", retryAfter: nil) }
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in properties.settings {
            guard rd_kafka_conf_set(configuration, name, value, &text, text.count) != RD_KAFKA_CONF_OK else { continue }
            rd_kafka_conf_destroy(configuration)
            if KafkaCluster.isSecret(name) { throw .refused("librdkafka does not take the value of \(name)") }
            throw .refused("librdkafka does not take \(name): \(properties.scrubbed(text.text))")
        }
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(complaints).toOpaque())
        rd_kafka_conf_set_error_cb(configuration) { _, code, reason, opaque in
            guard let opaque, let reason else { return }
            Unmanaged<BrokerComplaints>.fromOpaque(opaque).takeUnretainedValue()
                .add(rd_kafka_resp_err_t(code), String(cString: reason))
        }
        rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
        // A consumer's metadata requests never make topics; it joins no group without a subscription.
        guard let client = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            throw .refused("librdkafka does not take the configuration: \(properties.scrubbed(text.text))")
        }
        return client
    }

    /// Serves librdkafka's queues: takes complaints, throws log lines away.
    func poll() { while rd_kafka_poll(client, 0) > 0 {} }

    /// The brokers, topics and leaders, from any broker that answers.
    /// - Throws: ``PortError``; sooner than the deadline when the cluster does not let us in.
    func layout(until deadline: ContinuousClock.Instant) throws(PortError) -> ClusterLayout {
        // A short first try, to see soon whether we are let in; then longer ones, for a slow cluster must not be asked over and over.
        var patience: Duration = .milliseconds(500)
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client, 1, nil, &metadata, deadline.milliseconds(atMost: patience))
            poll()
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata {
                defer { rd_kafka_metadata_destroy(metadata) }
                return ClusterLayout(metadata.pointee)
            }
            if let refusal = complaints.refusal { throw .refused(properties.scrubbed(refusal)) }
            if Task.isCancelled { throw .unavailable("the reading was cancelled", retryAfter: nil) }
            guard ContinuousClock.now < deadline else { throw unreachable() }
            patience = patience * 2
        }
    }

    /// No broker answered: which, and why.
    func unreachable() -> PortError {
        let reason = complaints.text
        let text = reason.isEmpty ? "no answer from \(properties.bootstrapServers)" : reason
        return .unavailable("brokers unreachable: \(properties.scrubbed(text).prefix(400))", retryAfter: nil)
    }

    /// What librdkafka complained about a broker since the last reading that worked, without secrets.
    func complaint(about address: String) -> String? {
        poll()
        return complaints.latest(about: address).map { String(properties.scrubbed($0).prefix(200)) }
    }

    /// Latest (`automaton_kafka_end`) or earliest offsets of partitions that one broker leads, in one request.
    ///
    /// All or nothing: a code for the whole request, or an offset or a code for each partition, in order.
    func offsets(
        of partitions: ArraySlice<TopicPartition>, at end: Int64, until deadline: ContinuousClock.Instant
    ) -> Result<[Result<Int64, BrokerCode>], BrokerCode> {
        let list = PartitionList(partitions, offset: end)
        let code = rd_kafka_offsets_for_times(client, list.pointer, deadline.milliseconds(atMost: .seconds(600)))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(BrokerCode(code)) }
        return .success(
            list.map { element in
                if element.err != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(BrokerCode(element.err)) }
                // A partition that the answer lacks keeps what was asked for, which is below zero.
                return element.offset >= 0 ? .success(element.offset) : .failure(BrokerCode(RD_KAFKA_RESP_ERR__NOENT))
            })
    }
}

extension ContinuousClock.Instant {
    /// The time that is left until then, for C: at least 1 ms, and at most `limit`.
    func milliseconds(atMost limit: Duration) -> Int32 {
        let left = min(ContinuousClock.now.duration(to: self), limit).microseconds / 1000
        return Int32(clamping: max(1, left))
    }
}

extension [CChar] {
    /// The C string that it begins with.
    var text: String { String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
