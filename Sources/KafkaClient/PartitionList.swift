import CKafka

/// A partition of a topic.
struct TopicPartition: Hashable {
    var topic: String
    var partition: Int32
}

/// A list of partitions as librdkafka takes it.
final class PartitionList {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Makes a list in which every partition has the offset.
    init(_ partitions: some Collection<TopicPartition>, offset: Int64) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)?.pointee.offset = offset
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// What librdkafka wrote for each, in order.
    func map<Value>(_ transform: (rd_kafka_topic_partition_t) -> Value) -> [Value] {
        UnsafeBufferPointer(start: pointer.pointee.elems, count: Int(pointer.pointee.cnt)).map(transform)
    }
}
