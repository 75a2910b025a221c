/// Keeps the records of incidents by what the core tells.
///
/// Open ones are all kept, of those that are over the last ones: the journal has the rest.
public struct IncidentHistory: Sendable {
    /// Records of incidents that are over, in memory.
    public static let most = 1000
    /// Attempts of one incident that are kept, the last ones: one that goes on for weeks must not grow for ever.
    static let mostAttempts = 50
    /// Changes of one attempt that are kept: the attempt's intent in the journal has all.
    static let mostChanges = 50

    private var open: [IncidentKey: IncidentRecord] = [:]
    /// Oldest first.
    private var over: [IncidentRecord] = []

    /// Knows of nothing.
    public init() {}

    /// What was told of an incident. Answers with its record as it is now; nil when nothing changed that it has.
    public mutating func take(_ change: IncidentChange, at now: Instant) -> IncidentRecord? {
        let key = change.incident.key
        switch change.kind {
        case .restored(_, _, let attempt): return putBack(attempt, of: key, at: now)
        case .opened, .priority, .attempted, .verified, .reverted, .closed: break
        }
        var record = open[key] ?? IncidentRecord(change.incident, at: now)
        record.priority = change.incident.priority
        record.severity = max(record.severity, Severity(change.incident.finding.observation))
        if let reason = change.incident.finding.worstReason { record.reason = reason }
        switch change.kind {
        case .opened, .priority, .restored: break
        case .attempted(let id, let remediation, let report):
            record.status = .healing
            record.change(id, remediation, report.summary, at: now) { $0.writtenAt = now }
        case .verified(let id, let remediation, let outcome):
            record.change(id, remediation, "", at: now) { $0.outcome = outcome }
        case .reverted(let id, let remediation):
            record.change(id, remediation, "", at: now) { $0.undoneAt = now }
        case .closed(let ending): record.close(ending, at: change.at)
        }
        return keep(record, at: now)
    }

    /// What was decided on an incident. Answers with its record; nil when the decision changes nothing that it has.
    public mutating func take(_ decision: Decision) -> IncidentRecord? {
        guard var record = open[decision.incident] else { return nil }
        switch decision.choice {
        case .act(let id, let remediation, let plan):
            record.change(id, remediation, plan.summary, at: decision.at) { attempt in
                attempt.summary = plan.summary
                attempt.changes = Array(plan.changes.prefix(Self.mostChanges))
                attempt.isReversible = plan.inverse != nil
                attempt.changesLeftOut = plan.changes.count - attempt.changes.count
            }
        case .tellPerson:
            record.status = .failed
            record.personTold = decision.reason
        case .wouldAct, .askApproval, .revert, .restore, .escalate, .hold: return nil
        }
        return keep(record, at: decision.at)
    }

    /// Takes the open records of earlier runs in place of its own on the same incidents. Answers with those that others replaced.
    public mutating func recall(_ records: [IncidentRecord], at now: Instant) -> [IncidentRecord] {
        var replaced: [IncidentRecord] = []
        for record in records.sorted(by: { $0.id < $1.id }) {
            if let before = open[record.key], records.contains(where: { $0.id == before.id }) { replaced.append(end(before, at: now)) }
            open[record.key] = record
        }
        return replaced
    }

    /// Holds the open records against the incidents that are open. Those of incidents that nobody knows of any more are over; ones that
    /// nobody wrote begin. Answers with all of them.
    public mutating func settle(with incidents: [Incident], at now: Instant) -> [IncidentRecord] {
        let known = Set(incidents.map(\.key))
        let ended = open.values.filter { !known.contains($0.key) }.sorted { $0.id < $1.id }.map { end($0, at: now) }
        for incident in incidents where open[incident.key] == nil { _ = keep(IncidentRecord(incident, at: now), at: now) }
        return ended + open.values.sorted { $0.id < $1.id }
    }

    private mutating func end(_ record: IncidentRecord, at now: Instant) -> IncidentRecord {
        var record = record
        record.close(.gone, at: now)
        return keep(record, at: now)
    }

    /// Drops those that are over and were closed before. Answers with how many.
    public mutating func forget(closedBefore instant: Instant) -> Int {
        let before = over.count
        over.removeAll { $0.closedAt.map { $0 < instant } ?? false }
        return before - over.count
    }

    /// Notes something on a record in memory. Answers with it; nil when there is none, or nothing changed.
    public mutating func amend(_ id: IncidentID, at now: Instant, _ body: (inout IncidentRecord) -> Void) -> IncidentRecord? {
        if let known = open.values.first(where: { $0.id == id }) {
            var record = known
            body(&record)
            return record == known ? nil : keep(record, at: now)
        }
        guard let index = over.lastIndex(where: { $0.id == id }) else { return nil }
        let known = over[index]
        body(&over[index])
        guard over[index] != known else { return nil }
        over[index].updatedAt = now
        return over[index]
    }

    /// The records in memory that are asked for.
    public func page(_ query: IncidentQuery) -> IncidentPage {
        IncidentPage(of: Array(open.values) + over, query)
    }

    /// How many in memory a query finds, by status.
    public func counts(_ query: IncidentQuery) -> IncidentCounts {
        query.counts(of: open.values).merging(query.counts(of: over), uniquingKeysWith: +)
    }

    /// The incidents in memory that each of these explains, the first detected first.
    public func explained(by ids: Set<IncidentID>) -> [IncidentID: [IncidentID]] {
        var explained: [IncidentID: [IncidentID]] = [:]
        func look(_ record: IncidentRecord) {
            if let by = record.explainedBy, ids.contains(by) { explained[by, default: []].append(record.id) }
        }
        open.values.forEach(look)
        over.forEach(look)
        return explained.mapValues { $0.sorted() }
    }

    /// A record in memory.
    public func record(_ id: IncidentID) -> IncidentRecord? {
        open.values.first { $0.id == id } ?? over.last { $0.id == id }
    }

    private mutating func keep(_ record: IncidentRecord, at now: Instant) -> IncidentRecord {
        var record = record
        record.updatedAt = now
        if record.isOpen {
            open[record.key] = record
        } else {
            open[record.key] = nil
            over.append(record)
            if over.count > Self.most { over.removeFirst(over.count - Self.most) }
        }
        return record
    }

    /// Takes a record of the journal into memory, where what is still to be told of it finds it.
    public mutating func adopt(_ record: IncidentRecord) {
        guard self.record(record.id) == nil, !record.isOpen else { return }
        over.append(record)
    }

    /// What was put back after the end belongs to what it ended; what a person takes back may be of one that goes on.
    private mutating func putBack(_ attempt: AttemptID, of key: IncidentKey, at now: Instant) -> IncidentRecord? {
        if var record = open[key], let last = record.attempts.lastIndex(where: { $0.id == attempt }) {
            record.attempts[last].undoneAt = now
            return keep(record, at: now)
        }
        for index in over.indices.reversed() where over[index].key == key {
            guard let last = over[index].attempts.lastIndex(where: { $0.id == attempt }) else { continue }
            over[index].attempts[last].undoneAt = now
            over[index].updatedAt = now
            return over[index]
        }
        return nil
    }
}

extension IncidentRecord {
    /// Changes what is known of an attempt, which may be new.
    mutating func change(
        _ attempt: AttemptID, _ remediation: String, _ summary: String, at now: Instant, _ body: (inout Attempt) -> Void
    ) {
        if !attempts.contains(where: { $0.id == attempt }) {
            attempts.append(Attempt(id: attempt, remediation: remediation, at: now, summary: summary, changes: []))
            if attempts.count > IncidentHistory.mostAttempts { attempts.removeFirst() }
        }
        if let index = attempts.lastIndex(where: { $0.id == attempt }) { body(&attempts[index]) }
    }

    /// Ends it.
    mutating func close(_ ending: IncidentChange.Ending, at instant: Instant) {
        self.ending = ending
        closedAt = max(instant, detectedAt)
        switch ending {
        case .healed, .recovered: status = .healed
        case .gone, .ruleRemoved: status = personTold == nil ? .healed : .failed
        }
    }
}
