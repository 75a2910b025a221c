import AutomatonCore

/// The last decisions and changes of incidents, for those who ask a running automaton.
struct RecentTrail {
    private static let most = 5_000
    private var entries: [TrailEntry] = []

    mutating func append(_ entry: TrailEntry) {
        entries.append(entry)
        if entries.count > Self.most * 2 { entries.removeFirst(entries.count - Self.most) }
    }

    /// Of an open incident, since it was detected.
    func entries(of incident: Incident) -> [TrailEntry] {
        entries.filter { $0.incident == incident.key && $0.at >= incident.detectedAt }
    }

    func entries(_ query: TrailQuery) -> [TrailEntry] {
        Array(entries.filter { query.matches($0) }.suffix(query.limit))
    }
}
