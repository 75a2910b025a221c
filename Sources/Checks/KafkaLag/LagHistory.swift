import AutomatonCore

/// What was seen of consumer groups so far. Pure: time is a parameter. It holds ten observations of each partition of the groups that
/// are there.
struct LagHistory {
    /// Most partitions that a finding names.
    static let mostReasons = 10

    private struct Group {
        var partitions: [String: [Int32: PartitionHistory]] = [:]
        /// The group's whole lag at each of the last observations.
        var totals: [(at: Instant, lag: Int64)] = []
    }

    private var groups: [String: Group] = [:]

    /// Forgets the groups that are not among these.
    mutating func keep(_ names: Set<String>) { groups = groups.filter { names.contains($0.key) } }

    /// Takes a reading of a group, and says what it shows.
    mutating func observe(_ reading: ConsumerGroupReading, at now: Instant, _ policy: LagPolicy) -> Observation {
        guard case .known(let partitions) = reading.partitions else {
            if case .unknown(let why) = reading.partitions { return .unknown(why) }
            return .unknown("not read")
        }
        let hasCommit = partitions.contains { if case .known(nil) = $0.committed { false } else { true } }
        guard hasCommit || policy.onNoCommit == .earliest && !partitions.isEmpty else {
            groups[reading.group] = nil
            return .unknown(Self.absence(reading.group, partitions))
        }
        var group = groups.removeValue(forKey: reading.group) ?? Group()
        defer { groups[reading.group] = group }
        var tally = Tally(hasMembers: Self.hasMembers(reading.state))
        var kept: [String: [Int32: PartitionHistory]] = [:]
        for partition in partitions {
            var history = group.partitions[partition.topic]?[partition.partition]
            switch policy.lag(partition) {
            case .failure(let unknown): tally.addUnknown(partition, unknown.why)
            case .success(let lag):
                if case .known(let committed?) = partition.committed {
                    var moved = history ?? PartitionHistory()
                    moved.observe(committed, lag: lag, at: now)
                    history = moved
                } else {
                    history = nil
                }
                tally.add(partition, lag, history, policy)
            }
            kept[partition.topic, default: [:]][partition.partition] = history
        }
        group.partitions = kept
        if let why = tally.unknown(of: partitions.count) { return .unknown(why) }
        if group.totals.count == PartitionHistory.length { group.totals.removeFirst() }
        group.totals.append((now, tally.total))
        return .seen(tally.evidence(partitions.count, growth: Self.growth(group.totals)))
    }

    private static func absence(_ group: String, _ partitions: [PartitionReading]) -> String {
        if partitions.isEmpty {
            return "group \(group) has no commits: it is not there, or never committed; "
                + "if it did, the brokers do not tell its topics: write topics: [...]"
        }
        let topics = Set(partitions.map(\.topic)).sorted().prefix(3).joined(separator: ", ")
        return "group \(group) has no commit for any partition of \(topics): it is not there, or never committed"
    }

    /// Nil where the broker does not tell, or tells of something in between.
    private static func hasMembers(_ state: String?) -> Bool? {
        switch state {
        case "Empty", "Dead": false
        case "Stable": true
        default: nil
        }
    }

    /// Messages a second by which the lag grew, over the observations; nil when they are too few or too close.
    private static func growth(_ totals: [(at: Instant, lag: Int64)]) -> Double? {
        guard let first = totals.first, let last = totals.last, last.at - first.at >= .seconds(1) else { return nil }
        return Double(last.lag - first.lag) / (last.at - first.at).inSeconds
    }
}

/// Sums over the partitions of one group.
private struct Tally {
    private struct Trouble {
        var status: PartitionStatus
        var lag: Int64
        var partition: PartitionReading
        var movedAt: Instant
        var now: Instant
    }

    let hasMembers: Bool?
    private(set) var total: Int64 = 0
    private var counted: Int64 = 0
    private var left = 0
    private var highest: Int64 = 0
    private var stuck = 0
    private var troubles: [Trouble] = []
    private var unknowns: [(partition: String, why: String)] = []
    private var unknownCount = 0

    init(hasMembers: Bool?) { self.hasMembers = hasMembers }

    mutating func addUnknown(_ partition: PartitionReading, _ why: String) {
        unknownCount += 1
        if unknowns.count < 2, !unknowns.contains(where: { $0.why == why }) {
            unknowns.append(("\(partition.topic)[\(partition.partition)]", why))
        }
    }

    mutating func add(_ partition: PartitionReading, _ lag: Int64, _ history: PartitionHistory?, _ policy: LagPolicy) {
        total += lag
        highest = max(highest, lag)
        let status = history?.status(hasMembers: hasMembers) ?? .ok
        if policy.excludesPersistentLag, history?.hasPersistentLag == true { left += 1 } else { counted += lag }
        if status == .stall || status == .stop { stuck += 1 }
        if status != .ok, let history, let last = history.window.last {
            troubles.append(Trouble(status: status, lag: lag, partition: partition, movedAt: history.movedAt, now: last.at))
        }
    }

    func unknown(of count: Int) -> String? {
        guard unknownCount > 0 else { return nil }
        let which = unknowns.map { "\($0.partition): \($0.why)" }.joined(separator: "; ")
        return "\(unknownCount) of \(count) partitions unknown: \(which)"
    }

    func evidence(_ partitions: Int, growth: Double?) -> Evidence {
        var figures = [
            Figure("lag", Double(counted), unit: "messages"), Figure("totalLag", Double(total), unit: "messages"),
            Figure("maxPartitionLag", Double(highest), unit: "messages"), Figure("partitions", Double(partitions)),
            Figure("stuckPartitions", Double(stuck)),
        ]
        if let growth { figures.append(Figure("lagPerSecond", growth, unit: "messages/s")) }
        let worst = troubles.sorted { ($0.status, $0.lag) > ($1.status, $1.lag) }.prefix(LagHistory.mostReasons)
        guard counted < total else { return Evidence(figures: figures, reasons: worst.map { reason($0) }) }
        // What does not move is left out of `lag`, and has not caught up for all that.
        var whole = figures
        whole[0].value = Double(total)
        let still = left == 1 ? "1 partition does" : "\(left) partitions do"
        return Evidence(
            figures: figures, reasons: worst.map { reason($0) },
            unread: "\(still) not move, \(total - counted) messages behind: more replicas would not help, and it is not well either",
            unreadFigures: whole)
    }

    private func reason(_ trouble: Trouble) -> Reason {
        let (partition, status) = (trouble.partition, trouble.status)
        var message = "\(trouble.lag) behind"
        if case .known(let committed?) = partition.committed, let latest = partition.latest.value {
            message = "committed \(committed), end \(latest): \(trouble.lag) behind"
        }
        if status == .stall || status == .stop { message += ", has not moved for \((trouble.now - trouble.movedAt).readable)" }
        return Reason(
            status.code, part: "\(partition.topic)[\(partition.partition)]", since: status == .warn ? nil : trouble.movedAt,
            message: message)
    }
}
