import AutomatonCore
import CKafka

/// Asks the leaders for an end of their partitions' logs, one leader after another, so that one that is away hides its own only.
struct OffsetSurvey {
    let handle: KafkaHandle
    let deadline: ContinuousClock.Instant

    /// The offsets, or why they are not known. A leader that has moved is asked for once more, by a new layout.
    func read(_ partitions: [TopicPartition], at end: Int64, _ layout: inout ClusterLayout) -> PartitionTable<Reading<Int64>> {
        var readings = PartitionTable<Reading<Int64>>()
        guard !partitions.isEmpty else { return readings }
        let moved = ask(partitions, at: end, layout, &readings)
        guard !moved.isEmpty, let newer = try? handle.layout(until: deadline) else { return readings }
        layout = newer
        _ = ask(moved, at: end, layout, &readings)
        return readings
    }

    /// Answers with the partitions whose leader has moved.
    private func ask(
        _ partitions: [TopicPartition], at end: Int64, _ layout: ClusterLayout, _ readings: inout PartitionTable<Reading<Int64>>
    ) -> [TopicPartition] {
        var moved: [TopicPartition] = []
        var led: [Int32: [TopicPartition]] = [:]
        for partition in partitions {
            switch layout.leader(of: partition) {
            case .broker(let leader): led[leader, default: []].append(partition)
            case .none(let why): readings[partition] = .unknown(why)
            }
        }
        for (turn, (leader, list)) in led.sorted(by: { $0.key < $1.key }).enumerated() {
            // Its share of the time that is left: one that does not answer leaves the others theirs.
            let until = ContinuousClock.now + ContinuousClock.now.duration(to: deadline) / (led.count - turn)
            var away: BrokerCode?
            for part in list.chunks(of: GroupSurvey.chunk) {
                let answer = away.map { .failure($0) } ?? handle.offsets(of: part, at: end, until: until)
                if case .failure(let code) = answer, code.isTimeout || Task.isCancelled { away = code }
                take(answer, part, "broker \(leader)", at: layout.brokers[leader] ?? "", &readings, &moved)
            }
        }
        return moved
    }

    private func take(
        _ answer: Result<[Result<Int64, BrokerCode>], BrokerCode>, _ part: ArraySlice<TopicPartition>, _ leader: String,
        at address: String, _ readings: inout PartitionTable<Reading<Int64>>, _ moved: inout [TopicPartition]
    ) {
        var whys: [BrokerCode: String] = [:]
        func fail(_ partition: TopicPartition, _ code: BrokerCode) {
            if code.isMoved { moved.append(partition) }
            let why = whys[code] ?? why(code, leader, at: address)
            whys[code] = why
            readings[partition] = .unknown(why)
        }
        switch answer {
        case .failure(let code): for partition in part { fail(partition, code) }
        case .success(let offsets):
            for (partition, offset) in zip(part, offsets) {
                switch offset {
                case .success(let offset): readings[partition] = .known(offset)
                case .failure(let code): fail(partition, code)
                }
            }
        }
    }

    private func why(_ code: BrokerCode, _ leader: String, at address: String) -> String {
        let complaint = handle.complaint(about: address).map { " (\($0))" } ?? ""
        return "its leader, \(leader), \(code.isTimeout ? "did not answer in time" : "says: \(code.text)")\(complaint)"
    }
}
