import AutomatonCore

/// The last decisions and changes of incidents, for those who ask a running automaton.
struct RecentTrail {
    private static let most = 5_000
    private var entries: [TrailEntry] = []
    /// Since when nothing was dropped; nil while nothing was told.
    private(set) var oldest: Instant?

    mutating func append(_ entry: TrailEntry) {
        entries.append(entry)
        if oldest == nil { oldest = entry.at }
        if entries.count > Self.most * 2 {
            entries.removeFirst(entries.count - Self.most)
            oldest = entries.first?.at
        }
    }

    /// Of open incidents, each since it was detected.
    func entries(of incidents: [Incident]) -> [IncidentKey: [TrailEntry]] {
        let since = Dictionary(incidents.map { ($0.key, $0.detectedAt) }) { first, _ in first }
        return Dictionary(grouping: entries.filter { entry in since[entry.incident].map { entry.at >= $0 } ?? false }, by: \.incident)
    }

    func entries(_ query: TrailQuery) -> [TrailEntry] {
        Array(entries.filter { query.matches($0) }.suffix(query.limit))
    }
}
