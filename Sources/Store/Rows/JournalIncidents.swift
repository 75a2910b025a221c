import AutomatonCore

/// The history of incidents in the journal's tables.
extension JournalTables {
    func keep(_ record: IncidentRecord, _ text: String) throws {
        let subject = record.key.subject
        _ = try rows(
            """
            INSERT INTO \(table("incidents"))
                (id, detected_at, closed_at, status, severity, rule, subject_kind, namespace, name, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (id) DO UPDATE SET
                closed_at = excluded.closed_at, status = excluded.status, severity = excluded.severity, record = excluded.record
            """,
            [
                .text(record.id.text), .integer(record.detectedAt.microseconds), record.closedAt.map { .integer($0.microseconds) } ?? .null,
                .text(record.status.rawValue), .text(record.severity.rawValue), .text(record.key.rule), .text(subject.kind.rawValue),
                .text(subject.namespace), .text(subject.name), .text(text),
            ])
    }

    func incidents(_ query: IncidentQuery) throws -> (texts: [String], total: Int) {
        var (conditions, values) = Self.conditions(query)
        let counted = try rows("SELECT count(*) FROM \(table("incidents"))\(Self.clause(conditions))", values)
        guard let total = counted.first?.first?.integer else { throw UnreadableRow(what: "the number of incidents") }
        if let after = query.after {
            values += [.integer(after.detectedAt.microseconds), .text(after.id.text)]
            conditions.append("(detected_at, id) < ($\(values.count - 1), $\(values.count))")
        }
        values.append(.integer(Int64(max(0, query.limit))))
        let found = try rows(
            """
            SELECT record FROM \(table("incidents"))\(Self.clause(conditions))
            ORDER BY detected_at DESC, id DESC LIMIT $\(values.count)
            """, values)
        return (try found.map(Self.record), Int(total))
    }

    /// By the word of the status.
    func incidentCounts(_ query: IncidentQuery) throws -> [(String, Int)] {
        let (conditions, values) = Self.conditions(query)
        return try rows(
            "SELECT status, count(*) FROM \(table("incidents"))\(Self.clause(conditions)) GROUP BY status", values
        ).map { row in
            guard row.count == 2, let word = row[0].text, let count = row[1].integer else {
                throw UnreadableRow(what: "the numbers of incidents")
            }
            return (word, Int(count))
        }
    }

    /// What a query asks for, on whatever page.
    private static func conditions(_ query: IncidentQuery) -> ([String], [RowValue]) {
        var conditions: [String] = []
        var values: [RowValue] = []
        func add(_ condition: String, _ value: RowValue?) {
            guard let value else { return }
            values.append(value)
            conditions.append("\(condition) $\(values.count)")
        }
        add("status =", query.status.map { .text($0.rawValue) })
        add("namespace =", query.namespace.map { .text($0) })
        add("severity =", query.severity.map { .text($0.rawValue) })
        add("rule =", query.rule.map { .text($0) })
        add("subject_kind =", query.subject.map { .text($0.kind.rawValue) })
        add("name =", query.subject.map { .text($0.name) })
        add("namespace =", query.subject?.namespace.map { .text($0) })
        add("detected_at >=", query.since.map { .integer($0.microseconds) })
        if let isOpen = query.isOpen { conditions.append("closed_at IS \(isOpen ? "" : "NOT ")NULL") }
        return (conditions, values)
    }

    private static func clause(_ conditions: [String]) -> String {
        conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    }

    func incident(_ id: IncidentID) throws -> String? {
        try rows("SELECT record FROM \(table("incidents")) WHERE id = $1", [.text(id.text)]).first.map(Self.record)
    }

    /// - Returns: how many were dropped.
    func forgetIncidents(closedBefore instant: Instant) throws -> Int {
        try rows("DELETE FROM \(table("incidents")) WHERE closed_at < $1 RETURNING id", [.integer(instant.microseconds)]).count
    }

    /// Drops what was over before, and the oldest beyond a number; open ones stay.
    func pruneIncidents(closedBefore instant: Instant, most: Int) throws {
        _ = try forgetIncidents(closedBefore: instant)
        _ = try rows(
            """
            DELETE FROM \(table("incidents")) WHERE closed_at IS NOT NULL AND (detected_at, id) <= (
                SELECT detected_at, id FROM \(table("incidents")) ORDER BY detected_at DESC, id DESC LIMIT 1 OFFSET $1)
            """, [.integer(Int64(max(0, most)))])
    }

    private static func record(_ row: [RowValue]) throws -> String {
        guard let text = row.first?.text else { throw UnreadableRow(what: "an incident") }
        return text
    }
}
