import AutomatonCore

/// The incidents of one set of rules, each with its time, so that those of another can be found again.
struct ReplayedIncidents: Sendable {
    /// So many are kept; further ones are counted.
    static let most = 200_000

    struct Entry: Sendable {
        let key: IncidentKey
        let from: Instant
        /// Nil while it is open.
        var to: Instant?
        var priority: Priority
        let cause: String
        /// Whether a rule of any mode came to a plan for it.
        var isDecided = false
        /// Whether that would have been carried out.
        var wouldAct = false
    }

    private(set) var entries: [Entry] = []
    private(set) var leftOut = 0
    private var indexes: [IncidentKey: Int] = [:]

    var open: [IncidentKey] { indexes.keys.sorted() }

    mutating func open(_ incident: Incident) {
        guard entries.count < Self.most else {
            leftOut += 1
            return
        }
        indexes[incident.key] = entries.count
        entries.append(Entry(key: incident.key, from: incident.detectedAt, priority: incident.priority, cause: incident.cause))
    }

    mutating func close(_ key: IncidentKey, at instant: Instant) {
        guard let index = indexes.removeValue(forKey: key) else { return }
        entries[index].to = instant
    }

    mutating func urge(_ key: IncidentKey, _ priority: Priority) {
        guard let index = indexes[key] else { return }
        entries[index].priority = max(entries[index].priority, priority)
    }

    mutating func decide(_ key: IncidentKey, acts: Bool) {
        guard let index = indexes[key] else { return }
        entries[index].isDecided = true
        entries[index].wouldAct = acts
    }

    /// Whether the open incident came to a plan.
    func isDecided(_ key: IncidentKey) -> Bool { indexes[key].map { entries[$0].isDecided } ?? false }

    /// Those that the other does not have: no incident of the same rule on the same subject at the same time.
    func missing(in other: ReplayedIncidents) -> [Entry] {
        let theirs = Dictionary(grouping: other.entries, by: \.key)
        var positions: [IncidentKey: Int] = [:]
        return entries.filter { entry in
            guard let list = theirs[entry.key] else { return true }
            // Both are in the order of their times, and those of one key do not overlap.
            var position = positions[entry.key] ?? 0
            while position < list.count, let end = list[position].to, end < entry.from { position += 1 }
            positions[entry.key] = position
            guard position < list.count else { return true }
            return entry.to.map { list[position].from > $0 } ?? false
        }
    }
}
