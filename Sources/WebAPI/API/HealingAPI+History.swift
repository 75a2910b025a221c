internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// The history of incidents.
extension HealingAPI {
    func incidents(_ uri: URI, _ now: Instant) async throws(APIProblem) -> Response {
        let fields = try RequestFields(
            query: uri, known: ["limit", "cursor", "status", "open", "namespace", "severity", "rule", "subject", "since"])
        let limit = try fields.count("limit", 1...1000) ?? 50
        var query = IncidentQuery(limit: limit)
        query.status = try fields.word("status", IncidentRecord.Status.self)
        query.severity = try fields.word("severity", Severity.self)
        query.isOpen = try fields.flag("open")
        query.rule = try fields.line("rule", most: 200)
        query.subject = try fields.subject("subject")
        query.namespace = try fields.line("namespace", most: 253)
        query.since = try fields.past("since", from: now)
        if let text = try fields.line("cursor", most: 100) {
            guard let cursor = IncidentQuery.Cursor(text) else {
                throw .field("cursor", "'\(text)' is no cursor", expected: "nextCursor of an earlier answer, as it came")
            }
            query.after = cursor
        }
        let page = try await read { () async throws(JournalError) in try await engine.incidents(query) }
        let explains = await engine.explained(by: Set(page.records.map(\.id)))
        return Response(.ok, IncidentsReport(page, limit: limit) { HistoryReport($0, explains: explains[$0.id] ?? [], isWhole: false) })
    }

    func incident(_ id: String, _ uri: URI) async throws(APIProblem) -> Response {
        _ = try RequestFields(query: uri, known: [])
        guard let record = try await read({ () async throws(JournalError) in try await engine.incident(IncidentID(id)) }) else {
            throw APIProblem(.notFound, "there is no incident of that name; it may have been dropped")
        }
        let explains = await engine.explained(by: [record.id])[record.id] ?? []
        return Response(.ok, IncidentAnswer(incident: HistoryReport(record, explains: explains, isWhole: true)))
    }

    func forget(_ uri: URI, _ caller: Caller, _ now: Instant) async throws(APIProblem) -> Response {
        let fields = try RequestFields(query: uri, known: ["hours"])
        guard let hours = try fields.count("hours", 1...87_600) else {
            throw .field("hours", "is missing", expected: "a whole number: incidents that were over so many hours ago are dropped")
        }
        var deleted = 0
        try await ask { deleted = try await engine.forgetIncidents(closedBefore: now - .hours(hours)) }
        log("Dropped old incidents", caller, ["hours": "\(hours)", "deleted": "\(deleted)"])
        return Response(.ok, ForgottenReport(deleted: deleted))
    }

    func status(_ uri: URI, _ now: Instant) async throws(APIProblem) -> Response {
        _ = try RequestFields(query: uri, known: [])
        let glance = await engine.glance(limit: 0)
        let open = try await counts(IncidentQuery(isOpen: true))
        let lastDay = try await counts(IncidentQuery(since: now - .hours(24)))
        return Response(
            .ok,
            StatusReport(
                at: Timestamp(now), isLeader: glance.notLeading == nil, notLeading: glance.notLeading, standDown: glance.standDown,
                isDryRun: glance.policy.dryRun,
                blind: Dictionary(glance.blind.map { ($0.check.description, $0.why) }) { first, _ in first },
                storms: glance.storms.keys.sorted(), suspensions: glance.notLeading == nil ? glance.suspensions.count : nil, open: open,
                lastDay: lastDay))
    }

    private func counts(_ query: IncidentQuery) async throws(APIProblem) -> StatusReport.Counts {
        StatusReport.Counts(try await read { () async throws(JournalError) in try await engine.incidentCounts(query) })
    }

    /// Reads what may be in the journal.
    func read<Answer: Sendable>(_ question: () async throws(JournalError) -> Answer) async throws(APIProblem) -> Answer {
        do throws(JournalError) { return try await question() } catch {
            throw APIProblem(.serviceUnavailable, "the journal cannot be read: \(error)", headers: [.retryAfter: "2"])
        }
    }
}

extension RequestFields {
    /// One of some words; nil when it did not come.
    fileprivate func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Word.Type
    ) throws(APIProblem) -> Word? where Word.RawValue == String {
        guard let text = try line(name, most: 100) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw .field(name, "'\(text)' is none", expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }
}
