import AutomatonCore
import CKafka

/// One reading of a cluster's groups: who is there, what they committed, where their logs end. Runs on the handle's thread.
struct GroupSurvey {
    let handle: KafkaHandle
    let selection: ConsumerGroupSelection
    let deadline: ContinuousClock.Instant

    /// Partitions in one request. librdkafka's time for a list grows with the square of its length: 100 was measured to be best.
    static let chunk = 100
    /// Most groups that patterns may select.
    static let mostGroups = 1000

    /// A group's committed offset of a partition; nil for none.
    private typealias Commit = Result<Int64?, BrokerCode>

    /// A group on the way to its reading.
    private struct Group {
        var name: String
        var state: String?
        /// Its commits, or why they are not known.
        var commits: Result<PartitionTable<Commit>, Unknown>
    }

    /// Why something is not known.
    private struct Unknown: Error {
        var why: String
        /// Whether nobody answered.
        var isSilence = false
    }

    /// Reads everything that was selected. `lastLayout` is the newest layout afterwards.
    func run(_ layout: ClusterLayout, _ lastLayout: inout ClusterLayout?) throws(PortError) -> [ConsumerGroupReading] {
        var known = layout
        lastLayout = nil
        var groups = try selectedGroups()
        // Commits before ends: a group that reads on in between is never ahead of the log.
        readCommits(&groups, known)
        if !groups.isEmpty, groups.allSatisfy({ if case .failure(let unknown) = $0.commits { unknown.isSilence } else { false } }) {
            // Is it the coordinator alone that is silent, or everyone?
            known = try handle.layout(until: deadline)
        }
        let offsets = OffsetSurvey(handle: handle, deadline: deadline)
        let latest = offsets.read(partitions(of: groups), at: automaton_kafka_end, &known)
        var earliest = PartitionTable<Reading<Int64>>()
        if selection.readsEarliest {
            earliest = offsets.read(partitions(of: groups, withoutCommit: true), at: automaton_kafka_beginning, &known)
        }
        if Task.isCancelled { throw .unavailable("the reading was cancelled", retryAfter: nil) }
        handle.complaints.clear()
        lastLayout = known
        return groups.map { reading(of: $0, latest, earliest) }
    }

    /// The cluster's layout: the last one while it is fresh.
    func layout(_ last: ClusterLayout?) throws(PortError) -> ClusterLayout {
        handle.poll()
        if let last, last.isFresh, absentTopic(last) == nil { return last }
        return try handle.layout(until: deadline)
    }

    /// The partitions of all groups whose commit could be read, or of those the ones without a commit; none twice.
    private func partitions(of groups: [Group], withoutCommit: Bool = false) -> [TopicPartition] {
        var seen = PartitionTable<Void>()
        var partitions: [TopicPartition] = []
        for group in groups {
            guard case .success(let commits) = group.commits else { continue }
            commits.forEach { partition, commit in
                guard case .success(let offset) = commit, !withoutCommit || offset == nil, seen[partition] == nil else { return }
                seen[partition] = ()
                partitions.append(partition)
            }
        }
        return partitions
    }

    // MARK: Groups

    /// The named groups, and those that patterns find; by name.
    private func selectedGroups() throws(PortError) -> [Group] {
        let patterns = selection.groups.map { NamePattern($0) }
        var states: [String: String?] = [:]
        for (name, pattern) in zip(selection.groups, patterns) where !pattern.isPattern { states[name] = .some(nil) }
        if patterns.contains(where: \.isPattern) {
            switch handle.groups(until: deadline) {
            case .success(let all):
                for (name, state) in all where states[name] != nil || patterns.contains(where: { $0.matches(name) }) {
                    states[name] = state
                }
            case .failure(let code) where code.isUnsupported:
                throw .refused("the brokers cannot list groups: write the group's whole name, without * and ?")
            case .failure(let code) where code.isUnauthorised:
                throw .refused("not authorised to list groups (needs Describe on the cluster, or on the groups): \(code.text)")
            case .failure(let code) where code.isTimeout: throw handle.unreachable()
            case .failure(let code): throw .unavailable("the groups cannot be listed: \(code.text)", retryAfter: nil)
            }
        }
        guard states.count <= Self.mostGroups else {
            throw .refused("\(states.count) groups match: write a narrower pattern, for at most \(Self.mostGroups)")
        }
        return states.sorted { $0.key < $1.key }.map { Group(name: $0.key, state: $0.value, commits: .success(PartitionTable())) }
    }

    // MARK: Commits

    /// The partitions of the selected topics; nil for every topic that the group committed to.
    private func selectedPartitions(_ layout: ClusterLayout) -> [TopicPartition]? {
        guard !selection.topics.isEmpty else { return nil }
        let patterns = selection.topics.map { NamePattern($0) }
        return layout.topics.keys.filter { topic in patterns.contains { $0.matches(topic) } }.sorted()
            .flatMap { layout.partitions(of: $0) }
    }

    /// A topic that was named and has no partitions.
    private func absentTopic(_ layout: ClusterLayout) -> String? {
        selection.topics.first { !NamePattern($0).isPattern && layout.topics[$0]?.leaders.isEmpty ?? true }
    }

    private func readCommits(_ groups: inout [Group], _ layout: ClusterLayout) {
        if let topic = absentTopic(layout) {
            let problem = layout.topics[topic]?.problem ?? "it is not there, or this user may not describe it"
            for index in groups.indices { groups[index].commits = .failure(Unknown(why: "topic \(topic): \(problem)")) }
            return
        }
        let partitions = selectedPartitions(layout)
        var questions: [(group: Int, question: KafkaHandle.CommittedQuestion)] = []
        for index in groups.indices {
            for part in partitions.map({ $0.chunks(of: Self.chunk).map { Optional($0) } }) ?? [nil] {
                questions.append((index, .init(group: groups[index].name, partitions: part)))
            }
        }
        // Half of the time that is left: a coordinator that is away must not take it from the others' offsets.
        let half = ContinuousClock.now + ContinuousClock.now.duration(to: deadline) / 2
        var answers = handle.committed(questions.map(\.question), until: half)
        let again = answers.indices.filter { if case .failure(let code) = answers[$0] { code.isMoved } else { false } }
        for (index, answer) in zip(again, handle.committed(again.map { questions[$0].question }, until: half)) { answers[index] = answer }

        for ((index, _), answer) in zip(questions, answers) {
            switch (groups[index].commits, answer) {
            case (.failure, _): break
            case (_, .failure(let code)):
                let isSilence = code.isTimeout || code.code == RD_KAFKA_RESP_ERR__TRANSPORT.rawValue
                groups[index].commits = .failure(Unknown(why: why(code, groups[index].name), isSilence: isSilence))
            case (.success(var known), .success(let commits)):
                // Frees the table of its other owner, so that it grows in place.
                groups[index].commits = .success(PartitionTable())
                for (partition, offset) in commits { known[partition] = offset }
                groups[index].commits = .success(known)
            }
        }
        for index in groups.indices { complete(&groups[index], layout) }
    }

    /// Keeps the topics that the group reads: the named ones, and those that it committed to; with all their partitions.
    private func complete(_ group: inout Group, _ layout: ClusterLayout) {
        guard case .success(var commits) = group.commits else { return }
        var last = ""
        var read = Set(selection.topics.filter { !NamePattern($0).isPattern })
        commits.forEach { partition, commit in
            if case .success(nil) = commit { return }
            if partition.topic != last { read.insert(partition.topic) }
            last = partition.topic
        }
        commits.keep(read)
        for topic in read {
            // A partition that the answer lacks has no commit.
            for partition in layout.partitions(of: topic) where commits[partition] == nil { commits[partition] = .success(nil) }
        }
        group.commits = .success(commits)
    }

    private func why(_ code: BrokerCode, _ group: String) -> String {
        if code.isUnauthorised { return "not authorised to read group \(group) (needs Describe on the group and its topics): \(code.text)" }
        if code.isUnsupported || code.code == RD_KAFKA_RESP_ERR__BAD_MSG.rawValue, selection.topics.isEmpty {
            return "the brokers cannot tell which topics group \(group) reads: write topics: [...]"
        }
        if code.isTimeout { return "the coordinator of group \(group) did not answer in time" }
        return "the commits of group \(group) cannot be read: \(code.text)"
    }

    // MARK: Answer

    private func reading(
        of group: Group, _ latest: PartitionTable<Reading<Int64>>, _ earliest: PartitionTable<Reading<Int64>>
    ) -> ConsumerGroupReading {
        let commits: PartitionTable<Commit>
        switch group.commits {
        case .failure(let unknown): return ConsumerGroupReading(group: group.name, partitions: .unknown(unknown.why), state: group.state)
        case .success(let known): commits = known
        }
        var partitions: [PartitionReading] = []
        commits.forEach { partition, commit in
            let committed: Reading<Int64?> =
                switch commit {
                case .success(let offset): .known(offset)
                case .failure(let code): .unknown("its commit cannot be read: \(code.text)")
                }
            partitions.append(
                PartitionReading(
                    topic: partition.topic, partition: partition.partition, committed: committed,
                    latest: latest[partition] ?? .unknown("its commit cannot be read"), earliest: earliest[partition]))
        }
        return ConsumerGroupReading(group: group.name, partitions: .known(partitions), state: group.state)
    }
}

extension Array {
    /// The elements in slices of at most so many.
    func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
