public import AutomatonCore

/// The history of incidents, for people: of this run, and of earlier ones where a journal keeps them.
extension Engine {
    /// Incidents, the latest first.
    public func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage {
        guard let keeper else { return fresh(history.page(query)) }
        handOverNotes()
        return fresh(try await keeper.incidents(query))
    }

    /// How many incidents, by status.
    public func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        guard let keeper else { return history.counts(query) }
        handOverNotes()
        return try await keeper.incidentCounts(query)
    }

    /// One incident; nil when there is none of that name.
    public func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? {
        guard let keeper else { return history.record(id).map { fresh($0) } }
        handOverNotes()
        return try await keeper.incident(id).map { fresh($0) }
    }

    private func fresh(_ page: IncidentPage) -> IncidentPage {
        var page = page
        page.records = page.records.map { fresh($0) }
        return page
    }

    /// A record changes with the incident's stages; what is seen of it meanwhile (restarts, which pod) is as this process sees it now.
    private func fresh(_ record: IncidentRecord) -> IncidentRecord {
        guard record.isOpen, let incident = automaton.incident(record.key), incident.detectedAt == record.detectedAt,
            let reason = incident.finding.worstReason
        else { return record }
        var record = record
        record.reason = reason
        return record
    }

    /// The incidents that each of these explains, of those in memory, the first detected first.
    public func explained(by ids: Set<IncidentID>) -> [IncidentID: [IncidentID]] { history.explained(by: ids) }

    /// Drops incidents that were over before an instant. Answers with how many.
    /// - Throws: ``NotLeading`` when another process has the journal; ``NotReady`` before it was read; `JournalError`.
    public func forgetIncidents(closedBefore instant: Instant) async throws -> Int {
        try requireLeading()
        let forgotten = history.forget(closedBefore: instant)
        guard let keeper else { return forgotten }
        handOverNotes()
        return try await keeper.forgetIncidents(closedBefore: instant)
    }

    /// Notes something on an incident of the history, for people; on one that is no longer in memory, or of another leader, nothing.
    public func amend(_ id: IncidentID, _ body: @Sendable (inout IncidentRecord) -> Void) {
        guard leads else { return }
        record(history.amend(id, at: clock.now(), body))
        handOverNotes()
    }

    /// Keeps what changed in the history, and tells it.
    func record(_ records: [IncidentRecord]) {
        for record in records {
            if keeper != nil { notes.append(.incident(record)) }
            tell(.recorded(record))
        }
    }

    func record(_ record: IncidentRecord?) {
        if let record { self.record([record]) }
    }
}
