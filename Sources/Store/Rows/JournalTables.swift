import AutomatonCore

/// The journal's tables within a transaction: what is written, and who may write it.
struct JournalTables {
    let transaction: any JournalTransaction

    /// Makes a run the one that has the journal.
    /// - Returns: the epoch in which it has it, and all that outlives a run.
    func takeOver(run: String, since: Instant) throws -> (epoch: Int64, recollection: EncodedRecollection) {
        let epoch = try holder().epoch + 1
        _ = try rows("UPDATE \(table("holder")) SET run = $1, epoch = $2 WHERE id = 1", [.text(run), .integer(epoch)])
        return (epoch, try recollect(since: since))
    }

    func recollect(since: Instant) throws -> EncodedRecollection {
        var recollection = EncodedRecollection()
        for row in try rows("SELECT subject_kind, namespace, name, memory FROM \(table("subjects"))") {
            guard row.count == 4, let subject = Subject(row[0...2]), let memory = row[3].text else {
                throw UnreadableRow(what: "what is remembered of a subject")
            }
            recollection.subjects.append((subject, memory))
        }
        recollection.automaton = try rows("SELECT memory FROM \(table("automaton")) WHERE id = 1").first?.first?.text
        // The last thing that it wrote tells until when the run before was there.
        let last = try ["SELECT max(happened_at) FROM \(table("trail"))", "SELECT max(to_at) FROM \(table("observations"))"].compactMap {
            try rows($0).first?.first?.integer
        }
        recollection.lastWriteAt = last.max()
        recollection.fixes = try rows("SELECT record FROM \(table("fixes"))").map { row in
            guard let text = row.first?.text else { throw UnreadableRow(what: "a fix") }
            return text
        }
        recollection.attempts = try attempts("is_open = 1 OR authorised_at > $1", [.integer(since.microseconds)])
        return recollection
    }

    /// Lets only the run that has the journal go on.
    func require(_ epoch: Int64) throws {
        let holder = try holder()
        guard holder.epoch == epoch else { throw TakenOver(by: holder.run) }
    }

    func intend(_ intent: AttemptIntent, _ text: String, quiet: Duration) throws -> IntentAnswer {
        let id = RowValue.text(intent.attempt.text)
        let subject = intent.incident.subject
        if intent.kind == .takeBack {
            // What is known of the plan's own write stays, and so does the instant from which its quiet time counts.
            let renewed = try rows(
                """
                UPDATE \(table("attempts")) SET kind = $1, authorised_at = $2, intent = $3, taking_back = NULL, is_open = 1
                WHERE id = $4 RETURNING id
                """, [.text(intent.kind.rawValue), .integer(intent.at.microseconds), .text(text), id])
            if !renewed.isEmpty { return .written }
        } else if let (other, at) = try other(than: intent, since: intent.at - quiet) {
            return .tooSoon(other, at: at)
        }
        _ = try rows(
            """
            INSERT INTO \(table("attempts"))
                (id, kind, authorised_at, quiet_from, rule, remediation, subject_kind, namespace, name, intent, is_open, is_void)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0)
            ON CONFLICT (id) DO UPDATE SET
                kind = excluded.kind, authorised_at = excluded.authorised_at, quiet_from = excluded.quiet_from, rule = excluded.rule,
                remediation = excluded.remediation, subject_kind = excluded.subject_kind, namespace = excluded.namespace,
                name = excluded.name, intent = excluded.intent, write_outcome = NULL, verification = NULL, taking_back = NULL,
                is_open = 1, is_void = 0
            """,
            [
                id, .text(intent.kind.rawValue), .integer(intent.at.microseconds),
                intent.kind == .takeBack ? .null : .integer(intent.at.microseconds), .text(intent.incident.rule),
                .text(intent.remediation), .text(subject.kind.rawValue), .text(subject.namespace), .text(subject.name), .text(text),
            ])
        return .written
    }

    /// The last attempt after `since` that an intent must keep its distance from.
    private func other(than intent: AttemptIntent, since: Instant) throws -> (AttemptID, Instant)? {
        let subject = intent.incident.subject
        let found = try rows(
            """
            SELECT id, quiet_from FROM \(table("attempts"))
            WHERE name = $1 AND namespace = $2 AND subject_kind = $3 AND quiet_from > $4 AND is_void = 0 AND id <> $5
                AND (rule = $6 OR remediation = $7)
            ORDER BY quiet_from DESC, id LIMIT 1
            """,
            [
                .text(subject.name), .text(subject.namespace), .text(subject.kind.rawValue), .integer(since.microseconds),
                .text(intent.attempt.text), .text(intent.incident.rule), .text(intent.remediation),
            ])
        guard let row = found.first else { return nil }
        guard row.count == 2, let id = row[0].text, let at = row[1].integer else { throw UnreadableRow(what: "an attempt") }
        return (AttemptID(id), Instant(microseconds: at))
    }

    func write(_ entries: [EncodedEntry]) throws {
        for entry in entries {
            switch entry {
            case .outcome(let attempt, let outcome): try note(outcome, of: attempt)
            case .subject(let subject, let memory): try remember(memory, of: subject)
            case .automaton(let memory):
                _ = try rows(
                    """
                    INSERT INTO \(table("automaton")) (id, memory) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET memory = excluded.memory
                    """, [.text(memory)])
            case .trail(let entry, let text): try add(entry, text)
            case .incident(let record, let text): try keep(record, text)
            case .fix(let record, let text): try keep(record, text)
            }
        }
    }

    /// An attempt that was dropped from the journal meanwhile has no outcome to note.
    private func note(_ outcome: AttemptOutcome, of attempt: AttemptID) throws {
        guard var record = try attempts("id = $1", [.text(attempt.text)]).first?.decode() else { return }
        record.note(outcome)
        let texts = try [record.write, record.verification, record.takingBack].map { try $0.map { try JournalText.encode($0) } }
        _ = try rows(
            """
            UPDATE \(table("attempts"))
            SET write_outcome = $1, verification = $2, taking_back = $3, is_open = $4, is_void = $5 WHERE id = $6
            """, texts.map { RowValue($0) } + [RowValue(record.isOpen), RowValue(record.isVoid), .text(attempt.text)])
    }

    private func remember(_ memory: String?, of subject: Subject) throws {
        let key = [RowValue.text(subject.kind.rawValue), .text(subject.namespace), .text(subject.name)]
        if let memory {
            _ = try rows(
                """
                INSERT INTO \(table("subjects")) (subject_kind, namespace, name, memory) VALUES ($1, $2, $3, $4)
                ON CONFLICT (subject_kind, namespace, name) DO UPDATE SET memory = excluded.memory
                """, key + [.text(memory)])
        } else {
            _ = try rows("DELETE FROM \(table("subjects")) WHERE subject_kind = $1 AND namespace = $2 AND name = $3", key)
        }
    }

    private func keep(_ record: FixRecord, _ text: String) throws {
        _ = try rows(
            """
            INSERT INTO \(table("fixes")) (id, dropped_at, record) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET dropped_at = excluded.dropped_at, record = excluded.record
            """, [.text(record.key.id.text), record.fix == nil ? .integer(record.at.microseconds) : .null, .text(text)])
    }

    private func add(_ entry: TrailEntry, _ text: String) throws {
        let subject = entry.incident.subject
        _ = try rows(
            """
            INSERT INTO \(table("trail")) (happened_at, digest, rule, subject_kind, namespace, name, entry)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (happened_at, digest) DO NOTHING
            """,
            [
                .integer(entry.at.microseconds), .integer(JournalText.digest(text.utf8)), .text(entry.incident.rule),
                .text(subject.kind.rawValue), .text(subject.namespace), .text(subject.name), .text(text),
            ])
    }

    func append(_ block: ObservationBlock) throws {
        _ = try rows(
            """
            INSERT INTO \(table("observations")) (from_at, to_at, digest, size, block) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (from_at, digest) DO NOTHING
            """,
            [
                .integer(block.from.microseconds), .integer(block.to.microseconds), .integer(JournalText.digest(block.bytes)),
                .integer(Int64(block.bytes.count)), .bytes(block.bytes),
            ])
    }

    func prune(_ retention: JournalRetention, at now: Instant) throws {
        let trail = RowValue.integer((now - retention.trail).microseconds)
        _ = try rows("DELETE FROM \(table("trail")) WHERE happened_at < $1", [trail])
        _ = try rows("DELETE FROM \(table("attempts")) WHERE authorised_at < $1 AND is_open = 0", [trail])
        _ = try rows("DELETE FROM \(table("fixes")) WHERE dropped_at < $1", [trail])
        try pruneIncidents(closedBefore: now - retention.trail, most: retention.incidents)
        let observations = RowValue.integer((now - retention.observations).microseconds)
        _ = try rows("DELETE FROM \(table("observations")) WHERE to_at < $1", [observations])
        _ = try rows(
            """
            DELETE FROM \(table("observations")) WHERE id IN (
                SELECT id FROM (
                    SELECT id, sum(size) OVER (ORDER BY from_at DESC, id DESC) AS total FROM \(table("observations"))
                ) AS counted WHERE total > $1)
            """, [.integer(retention.observationBytes)])
    }

    private func holder() throws -> (run: String, epoch: Int64) {
        guard let row = try rows(transaction.holderStatement).first, row.count >= 2, let run = row[0].text, let epoch = row[1].integer
        else {
            throw UnreadableRow(what: "which run has it")
        }
        return (run, epoch)
    }

    func table(_ name: String) -> String { transaction.prefix + name }

    func rows(_ statement: String, _ values: [RowValue] = []) throws -> [[RowValue]] { try transaction.rows(statement, values) }
}

/// Another run has the journal.
struct TakenOver: Error {
    let by: String

    func error(_ journal: String) -> JournalError {
        .takenOver("\(journal) was taken over by \(by.isEmpty ? "nobody yet" : "run \(by)"): this run writes nothing any more")
    }
}

extension AttemptRecord {
    /// Whether the plan was certainly not written: then nobody has to keep a distance from it.
    var isVoid: Bool { if case .notApplied = write { true } else { false } }
}

extension Subject {
    /// A subject from the three columns that name it; nil when they are something else.
    init?(_ columns: ArraySlice<RowValue>) {
        let texts = columns.compactMap(\.text)
        guard texts.count == 3, let kind = Kind(rawValue: texts[0]) else { return nil }
        self.init(kind, namespace: texts[1], name: texts[2])
    }
}
