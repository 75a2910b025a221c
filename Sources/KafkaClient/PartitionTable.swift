/// A value for each of some partitions: an array a topic, for a cluster has few topics and many partitions.
struct PartitionTable<Value> {
    /// Numbers above this come from no broker: an array up to them would only cost memory.
    private static var highestPartition: Int32 { 1_000_000 }

    private var topics: [String: [Value?]] = [:]

    /// The topics, sorted.
    var topicNames: [String] { topics.keys.sorted() }
    /// Whether there is no topic.
    var isEmpty: Bool { topics.isEmpty }
    /// How many partitions have a value.
    var count: Int { topics.values.reduce(0) { $0 + $1.count { $0 != nil } } }

    subscript(_ partition: TopicPartition) -> Value? {
        get {
            guard let values = topics[partition.topic], values.indices.contains(Int(partition.partition)) else { return nil }
            return values[Int(partition.partition)]
        }
        set {
            guard (0...Self.highestPartition).contains(partition.partition) else { return }
            let index = Int(partition.partition)
            Self.set(index, newValue, &topics[partition.topic, default: []])
        }
    }

    private static func set(_ index: Int, _ value: Value?, _ values: inout [Value?]) {
        while values.count <= index { values.append(nil) }
        values[index] = value
    }

    /// Keeps these topics only.
    mutating func keep(_ names: Set<String>) { topics = topics.filter { names.contains($0.key) } }

    /// Every partition that has a value, by topic and number.
    func forEach(_ body: (TopicPartition, Value) -> Void) {
        for topic in topicNames {
            for (number, value) in (topics[topic] ?? []).enumerated() {
                if let value { body(TopicPartition(topic: topic, partition: Int32(number)), value) }
            }
        }
    }
}
