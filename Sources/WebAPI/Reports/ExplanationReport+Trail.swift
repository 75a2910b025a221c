public import AutomatonCore
import Engine

extension ExplanationReport {
    /// What a trail alone says: the incidents that were opened and not closed, with their last word.
    /// - Parameters:
    ///   - entries: oldest first, of one stretch of time.
    ///   - recollection: what the journal remembers beside.
    ///   - isCut: whether older ones were left out: then an incident may have begun before.
    ///   - isParticular: whether something in particular was asked for: then what is over is told, too.
    public init(
        trail entries: [TrailEntry], _ recollection: Recollection = Recollection(), at now: Instant, isCut: Bool = false,
        isParticular: Bool = false
    ) {
        at = Timestamp(now)
        automaton = nil
        remembered = RememberedReport(recollection, at: now)
        rule = nil
        var open: [IncidentKey: [TrailEntry]] = [:]
        var epilogues = Epilogues()
        for entry in entries {
            defer { epilogues.take(entry) }
            switch entry.kind {
            // What was taken back before may be why.
            case "opened": open[entry.incident] = epilogues[entry.incident].filter { $0.at > entry.at - PastIncident.horizon } + [entry]
            case "closed": open[entry.incident] = nil
            default:
                // Of an incident whose beginning is no longer on record; after its end, only what was put back is told.
                if open[entry.incident] == nil, !isCut || entry.kind == "restored" || entry.kind == "restore" { continue }
                open[entry.incident, default: []].append(entry)
            }
        }
        let longest = Self.longestTrail(of: open.count)
        incidents = open.sorted {
            let (left, right) = ($0.value.last?.priority ?? .low, $1.value.last?.priority ?? .low)
            return (right, $0.value.first?.at ?? now, $0.key) < (left, $1.value.first?.at ?? now, $1.key)
        }.compactMap { IncidentReport($0.key, $0.value, longest) }
        incidentsLeftOut = 0
        let past = isParticular ? PastIncident.latest(in: entries, notOf: Set(open.keys), since: now - PastIncident.horizon) : []
        recent = past.map { PastIncidentReport($0) }
        watched = []
        watchedLeftOut = 0
        silent = []
        unmatched = nil
    }
}

extension IncidentReport {
    /// What the trail of one incident says of it.
    fileprivate init?(_ key: IncidentKey, _ entries: [TrailEntry], _ longestTrail: Int) {
        guard let first = entries.first(where: { $0.kind == "opened" }) ?? entries.first, let last = entries.last else { return nil }
        rule = key.rule
        subject = key.subject.description
        priority = last.priority.description
        detectedAt = first.kind == "opened" ? Timestamp(first.at) : nil
        cause = first.kind == "opened" ? first.text : "its beginning is no longer on record"
        observedAt = nil
        observed = nil
        attempts = entries.count { $0.kind == "attempted" }
        let said = last.kind == "opened" ? "nothing was decided yet" : last.text.isEmpty ? last.kind : last.text
        now = Standing(
            hold: last.kind == "hold" ? last.word : nil, reason: "last word, of \(last.at.rfc3339): \(said)",
            until: last.until.flatMap(Timestamp.init(finite:)))
        (trail, trailLeftOut) = Self.bounded(entries, longestTrail)
    }
}
