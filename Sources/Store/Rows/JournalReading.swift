import AutomatonCore

/// What is read of the journal's tables without having taken it over.
extension JournalTables {
    func trail(_ query: TrailQuery) throws -> [String] {
        var conditions = ["happened_at >= $1"]
        var values = [RowValue.integer(query.since.microseconds)]
        func add(_ column: String, _ value: RowValue?, _ comparison: String = "=") {
            guard let value else { return }
            values.append(value)
            conditions.append("\(column) \(comparison) $\(values.count)")
        }
        add("happened_at", query.until.map { .integer($0.microseconds) }, "<")
        add("rule", query.rule.map { .text($0) })
        add("name", query.subject.map { .text($0.name) })
        add("subject_kind", query.subject.map { .text($0.kind.rawValue) })
        add("namespace", query.subject?.namespace.map { .text($0) })
        values.append(.integer(Int64(max(0, query.limit))))
        let latest = try rows(
            """
            SELECT entry FROM \(table("trail")) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY happened_at DESC, id DESC LIMIT $\(values.count)
            """, values)
        return try latest.reversed().map { row in
            guard let text = row.first?.text else { throw UnreadableRow(what: "an entry of the trail") }
            return text
        }
    }

    func attempts(since: Instant) throws -> [EncodedAttempt] {
        try attempts("authorised_at >= $1", [.integer(since.microseconds)])
    }

    func attempts(_ condition: String, _ values: [RowValue]) throws -> [EncodedAttempt] {
        let statement = "SELECT \(EncodedAttempt.columns) FROM \(table("attempts")) WHERE \(condition) ORDER BY authorised_at, id"
        return try rows(statement, values).map { row in
            guard let attempt = EncodedAttempt(row) else { throw UnreadableRow(what: "an attempt") }
            return attempt
        }
    }

    /// Some blocks that overlap the time and come after `last`, oldest first; at least one, if there is one, and then no more than fit
    /// into some megabytes, so that nobody holds a large part of the history in memory.
    func blocks(from: Instant, to: Instant, after last: BlockPosition?) throws -> [StoredBlock] {
        var condition = "from_at <= $1 AND to_at >= $2"
        var values = [RowValue.integer(to.microseconds), .integer(from.microseconds)]
        if let last {
            condition += " AND (from_at, id) > ($3, $4)"
            values += [.integer(last.from), .integer(last.id)]
        }
        let found = try rows(
            "SELECT from_at, id, size FROM \(table("observations")) WHERE \(condition) ORDER BY from_at, id LIMIT 512", values)
        var ids: [Int64] = []
        var total: Int64 = 0
        for row in found {
            guard row.count == 3, let id = row[1].integer, let size = row[2].integer else { throw UnreadableRow(what: "observations") }
            total += size
            if !ids.isEmpty, total > Self.pageBytes { break }
            ids.append(id)
        }
        guard !ids.isEmpty else { return [] }
        let places = ids.map(String.init).joined(separator: ", ")
        return try rows(
            "SELECT from_at, id, to_at, block FROM \(table("observations")) WHERE id IN (\(places)) ORDER BY from_at, id"
        ).map { row in
            guard row.count == 4, let from = row[0].integer, let id = row[1].integer, let to = row[2].integer, let bytes = row[3].bytes
            else { throw UnreadableRow(what: "observations") }
            return StoredBlock(
                position: BlockPosition(from: from, id: id),
                block: ObservationBlock(from: Instant(microseconds: from), to: Instant(microseconds: to), bytes: bytes))
        }
    }

    private static var pageBytes: Int64 { 4 << 20 }
}

/// Where a block stands in the order of reading.
struct BlockPosition: Sendable {
    var from: Int64
    var id: Int64
}

/// A block, and where it stands.
struct StoredBlock: Sendable {
    var position: BlockPosition
    var block: ObservationBlock
}
