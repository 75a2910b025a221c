import AutomatonCore
import CKafka
import Glibc

extension KafkaHandle {
    /// What is asked of a group: its commits for these partitions, or every commit of it (nil).
    struct CommittedQuestion {
        var group: String
        var partitions: ArraySlice<TopicPartition>?
    }

    /// What a group committed for a partition: the offset, nil for none, or why it cannot be told.
    typealias Commit = (partition: TopicPartition, offset: Result<Int64?, BrokerCode>)

    /// Requests that are under way at once: bounds memory and the broker's load.
    private static let requestsAtOnce = 32

    /// How long librdkafka itself keeps an admin request, in ms: longer than any reading, after which the handle is closed if an answer
    /// is missing. An admin request that reaches its own time-out while it looks for a coordinator ends the process (an assertion in
    /// librdkafka 2.0 to 2.16 at least); closing the handle before does not.
    private static let requestTimeout: Int32 = 300_000

    /// Every group of the cluster and its state in Kafka's word.
    func groups(until deadline: ContinuousClock.Instant) -> Result<[String: String], BrokerCode> {
        let options = adminOptions(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, until: deadline, opaque: nil)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_ListConsumerGroups(client, options, answers)
        while let event = nextAnswer(until: deadline) {
            defer { rd_kafka_event_destroy(event) }
            guard let result = rd_kafka_event_ListConsumerGroups_result(event) else { continue }
            let code = rd_kafka_event_error(event)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(BrokerCode(code)) }
            var count = 0
            // A broker that did not answer hides its groups: half a list is none.
            if let errors = rd_kafka_ListConsumerGroups_result_errors(result, &count), count > 0, let first = errors[0] {
                return .failure(BrokerCode(rd_kafka_error_code(first)))
            }
            var groups: [String: String] = [:]
            let listings = rd_kafka_ListConsumerGroups_result_valid(result, &count)
            for listing in UnsafeBufferPointer(start: listings, count: count) {
                guard let listing, let name = rd_kafka_ConsumerGroupListing_group_id(listing) else { continue }
                let state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(listing))
                groups[String(cString: name)] = state.map { String(cString: $0) } ?? ""
            }
            return .success(groups)
        }
        hasUnanswered = true
        return .failure(BrokerCode(RD_KAFKA_RESP_ERR__TIMED_OUT))
    }

    /// The answers to the questions, in order. Those that nobody answered in time are failures.
    func committed(_ questions: [CommittedQuestion], until deadline: ContinuousClock.Instant) -> [Result<[Commit], BrokerCode>] {
        var results = [Result<[Commit], BrokerCode>](
            repeating: .failure(BrokerCode(RD_KAFKA_RESP_ERR__TIMED_OUT)), count: questions.count)
        var pending: [Int: Int] = [:]
        var next = 0
        while next < questions.count || !pending.isEmpty {
            while next < questions.count, pending.count < Self.requestsAtOnce {
                pending[ask(questions[next], until: deadline)] = next
                next += 1
            }
            guard let event = nextAnswer(until: deadline) else { break }
            defer { rd_kafka_event_destroy(event) }
            let sequence = Int(bitPattern: rd_kafka_event_opaque(event))
            guard let index = pending.removeValue(forKey: sequence) else { continue }
            results[index] = Self.commits(in: event)
        }
        if !pending.isEmpty { hasUnanswered = true }
        return results
    }

    /// Sends a question; answers with the number that its answer will carry.
    private func ask(_ question: CommittedQuestion, until deadline: ContinuousClock.Instant) -> Int {
        requestsMade += 1
        let options = adminOptions(
            RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, until: deadline, opaque: UnsafeMutableRawPointer(bitPattern: requestsMade))
        let list = question.partitions.map { PartitionList($0, offset: 0) }
        var request: OpaquePointer? = rd_kafka_ListConsumerGroupOffsets_new(question.group, list?.pointer)
        rd_kafka_ListConsumerGroupOffsets(client, &request, 1, options, answers)
        rd_kafka_ListConsumerGroupOffsets_destroy(request)
        rd_kafka_AdminOptions_destroy(options)
        return requestsMade
    }

    private static func commits(in event: OpaquePointer) -> Result<[Commit], BrokerCode> {
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(BrokerCode(code)) }
        var count = 0
        guard let result = rd_kafka_event_ListConsumerGroupOffsets_result(event),
            let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count == 1
        else { return .failure(BrokerCode(RD_KAFKA_RESP_ERR__BAD_MSG)) }
        if let error = rd_kafka_group_result_error(groups[0]) { return .failure(BrokerCode(rd_kafka_error_code(error))) }
        guard let list = rd_kafka_group_result_partitions(groups[0]) else { return .success([]) }
        var topic = ""
        var topicBytes: UnsafeMutablePointer<CChar>?
        return .success(
            UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).map { element in
                // Neighbours are of one topic, mostly: one string for them.
                if topicBytes.map({ strcmp($0, element.topic) != 0 }) ?? true {
                    topic = String(cString: element.topic)
                    topicBytes = element.topic
                }
                let partition = TopicPartition(topic: topic, partition: element.partition)
                guard element.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return (partition, .failure(BrokerCode(element.err))) }
                return (partition, .success(element.offset >= 0 ? element.offset : nil))
            })
    }

    private func adminOptions(
        _ operation: rd_kafka_admin_op_t, until deadline: ContinuousClock.Instant, opaque: UnsafeMutableRawPointer?
    ) -> OpaquePointer? {
        let options = rd_kafka_AdminOptions_new(client, operation)
        var text = [CChar](repeating: 0, count: 256)
        _ = rd_kafka_AdminOptions_set_request_timeout(options, Self.requestTimeout, &text, text.count)
        if let opaque { rd_kafka_AdminOptions_set_opaque(options, opaque) }
        return options
    }

    /// The next answer, whatever it answers; nil when none came in time, or the reading was cancelled.
    private func nextAnswer(until deadline: ContinuousClock.Instant) -> OpaquePointer? {
        repeat {
            if let event = rd_kafka_queue_poll(answers, deadline.milliseconds(atMost: .milliseconds(200))) { return event }
        } while ContinuousClock.now < deadline && !Task.isCancelled
        return nil
    }
}
