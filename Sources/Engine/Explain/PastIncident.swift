public import AutomatonCore

/// An incident that is over, as the trail has it.
public struct PastIncident: Hashable, Sendable {
    /// Rule and subject.
    public var key: IncidentKey
    /// What was told of it, oldest first; its beginning may no longer be on record.
    public var trail: [TrailEntry]
    /// When its end was told.
    public var closedAt: Instant
    /// How it ended: an `IncidentChange.Ending`.
    public var ending: String
    /// Why the rule would not act at once if it came back; nil when it would, or when nobody knows.
    public var quiet: Standing?

    /// How far back they are looked for.
    public static let horizon: Duration = .hours(24)

    /// The last of each rule and subject that are over, the latest first.
    /// - Parameters:
    ///   - entries: of one stretch of time, oldest first.
    ///   - open: of these the present is told already.
    ///   - since: only those of which something was told since; of the others nothing is news.
    public static func latest(
        in entries: [TrailEntry], notOf open: Set<IncidentKey>, since: Instant, most: Int = 5
    ) -> [PastIncident] {
        var current: [IncidentKey: [TrailEntry]] = [:]
        var over: [IncidentKey: PastIncident] = [:]
        for entry in entries where !open.contains(entry.incident) {
            let key = entry.incident
            switch entry.kind {
            case "opened": current[key] = [entry]
            case "closed":
                let trail = (current.removeValue(forKey: key) ?? []) + [entry]
                over[key] = PastIncident(key: key, trail: trail, closedAt: entry.at, ending: entry.word)
            default:
                // What is put back after the end belongs to what it ended.
                if current[key] == nil, over[key] != nil {
                    over[key]?.trail.append(entry)
                } else {
                    current[key, default: []].append(entry)
                }
            }
        }
        let told = over.values.filter { $0.trail.last.map { $0.at > since } ?? false }
        return Array(told.sorted { ($1.closedAt, $0.key) < ($0.closedAt, $1.key) }.prefix(most))
    }
}

/// What is taken or put back after an incident was over, entry by entry as the trail has them. It belongs to what is over, and may be why
/// the same comes back.
public struct Epilogues: Sendable {
    private var entries: [IncidentKey: [TrailEntry]] = [:]

    /// Knows of nothing.
    public init() {}

    /// What was told since the last of a rule and subject was over; nothing while one is open.
    public subscript(key: IncidentKey) -> [TrailEntry] { entries[key] ?? [] }

    /// Takes the next entry.
    public mutating func take(_ entry: TrailEntry) {
        switch entry.kind {
        case "opened": entries[entry.incident] = nil
        case "closed": entries[entry.incident] = []
        // Its end may be no longer on record.
        case "restore", "restored": entries[entry.incident, default: []].append(entry)
        default: if entries[entry.incident] != nil { entries[entry.incident]?.append(entry) }
        }
    }
}
