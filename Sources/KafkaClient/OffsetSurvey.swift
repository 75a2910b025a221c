import AutomatonCore
import CKafka

/// Asks the leaders for an end of their partitions' logs, one leader after another, so that one that is away hides its own only.
struct OffsetSurvey {
    let handle: KafkaHandle
    let deadline: ContinuousClock.Instant

    /// The offsets, or why they are not known. A leader that has moved is asked for once more, by a new layout.
    func read(
        _ partitions: Set<TopicPartition>, at end: Int64, _ layout: inout ClusterLayout
    ) -> [TopicPartition: Reading<Int64>] {
        guard !partitions.isEmpty else { return [:] }
        var (readings, moved) = ask(partitions, at: end, layout)
        guard !moved.isEmpty, let newer = try? handle.layout(until: deadline) else { return readings }
        layout = newer
        (readings, _) = merge(readings, ask(moved, at: end, layout))
        return readings
    }

    private func merge(
        _ first: [TopicPartition: Reading<Int64>], _ second: (readings: [TopicPartition: Reading<Int64>], moved: Set<TopicPartition>)
    ) -> ([TopicPartition: Reading<Int64>], Set<TopicPartition>) {
        (first.merging(second.readings) { $1 }, second.moved)
    }

    private func ask(
        _ partitions: Set<TopicPartition>, at end: Int64, _ layout: ClusterLayout
    ) -> (readings: [TopicPartition: Reading<Int64>], moved: Set<TopicPartition>) {
        var readings: [TopicPartition: Reading<Int64>] = [:]
        readings.reserveCapacity(partitions.count)
        var moved: Set<TopicPartition> = []
        var led: [Int32: [TopicPartition]] = [:]
        for partition in partitions {
            switch layout.leader(of: partition) {
            case .broker(let leader): led[leader, default: []].append(partition)
            case .none(let why): readings[partition] = .unknown(why)
            }
        }
        for (turn, (leader, list)) in led.sorted(by: { $0.key < $1.key }).enumerated() {
            // Its share of the time that is left: one that does not answer leaves the others theirs.
            let share = ContinuousClock.now.duration(to: deadline) / (led.count - turn)
            let until = ContinuousClock.now + share
            var away: BrokerCode?
            for part in list.chunks(of: GroupSurvey.chunk) {
                let answer = away.map { .failure($0) } ?? handle.offsets(of: part, at: end, until: until)
                if case .failure(let code) = answer, code.isTimeout || Task.isCancelled { away = code }
                take(answer, part, "broker \(leader) (\(layout.brokers[leader] ?? ""))", &readings, &moved)
            }
        }
        return (readings, moved)
    }

    private func take(
        _ answer: Result<[Result<Int64, BrokerCode>], BrokerCode>, _ part: ArraySlice<TopicPartition>, _ leader: String,
        _ readings: inout [TopicPartition: Reading<Int64>], _ moved: inout Set<TopicPartition>
    ) {
        func fail(_ partition: TopicPartition, _ code: BrokerCode) {
            if code.isMoved { moved.insert(partition) }
            let why = code.isTimeout ? "did not answer in time" : "says: \(code.text)"
            readings[partition] = .unknown("its leader, \(leader), \(why)")
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
}
