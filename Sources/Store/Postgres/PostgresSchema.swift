import AutomatonCore
import PostgresClient

/// The versions of the journal's tables in PostgreSQL. A version that was released never changes: a new one is added after it.
struct PostgresSchema {
    /// The schema's name in quotes and with a point: `"self_healing_automaton".`
    let prefix: String
    private let name: String

    /// - Throws: when it is no plain name.
    init(_ name: String) throws(JournalError) {
        let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        guard isPlain, (1...63).contains(name.utf8.count), name.utf8.first.map({ !(0x30...0x39).contains($0) }) ?? false else {
            throw .unusable(
                "the journal's schema '\(name)' is no plain name: use small letters, digits and _, at most 63, such as self_healing_automaton"
            )
        }
        self.name = name
        prefix = "\"\(name)\"."
    }

    /// What leads from each version to the next.
    var versions: [[String]] { [version1, version2, version3] }

    /// Instants are microseconds since 1970; texts are JSON.
    private var version1: [String] {
        [
            "CREATE TABLE \(prefix)holder (id int2 PRIMARY KEY CHECK (id = 1), run text NOT NULL, epoch int8 NOT NULL)",
            "INSERT INTO \(prefix)holder (id, run, epoch) VALUES (1, '', 0)",
            """
            CREATE TABLE \(prefix)subjects (
                subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, memory text NOT NULL,
                PRIMARY KEY (subject_kind, namespace, name))
            """,
            "CREATE TABLE \(prefix)automaton (id int2 PRIMARY KEY CHECK (id = 1), memory text NOT NULL)",
            """
            CREATE TABLE \(prefix)attempts (
                id text PRIMARY KEY, kind text NOT NULL, authorised_at int8 NOT NULL, quiet_from int8, rule text NOT NULL,
                remediation text NOT NULL, subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, intent text NOT NULL,
                write_outcome text, verification text, taking_back text, is_open int2 NOT NULL, is_void int2 NOT NULL)
            """,
            "CREATE INDEX attempts_by_time ON \(prefix)attempts (authorised_at)",
            "CREATE INDEX attempts_by_subject ON \(prefix)attempts (name, quiet_from)",
            "CREATE INDEX attempts_open ON \(prefix)attempts (authorised_at) WHERE is_open = 1",
            """
            CREATE TABLE \(prefix)trail (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, happened_at int8 NOT NULL, digest int8 NOT NULL, rule text NOT NULL,
                subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, entry text NOT NULL)
            """,
            "CREATE UNIQUE INDEX trail_by_time ON \(prefix)trail (happened_at, digest)",
            "CREATE INDEX trail_by_incident ON \(prefix)trail (name, rule, happened_at)",
            """
            CREATE TABLE \(prefix)observations (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, from_at int8 NOT NULL, to_at int8 NOT NULL, digest int8 NOT NULL,
                size int8 NOT NULL, block bytea NOT NULL)
            """,
            "CREATE UNIQUE INDEX observations_once ON \(prefix)observations (from_at, digest)",
            "CREATE INDEX observations_by_time ON \(prefix)observations (from_at, id, to_at, size)",
        ]
    }

    /// The history of incidents.
    private var version2: [String] {
        [
            """
            CREATE TABLE \(prefix)incidents (
                id text PRIMARY KEY, detected_at int8 NOT NULL, closed_at int8, status text NOT NULL, severity text NOT NULL,
                rule text NOT NULL, subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, record text NOT NULL)
            """,
            "CREATE INDEX incidents_by_time ON \(prefix)incidents (detected_at, id)",
            "CREATE INDEX incidents_by_status ON \(prefix)incidents (status, detected_at, id)",
            "CREATE INDEX incidents_by_severity ON \(prefix)incidents (severity, detected_at, id)",
            "CREATE INDEX incidents_by_namespace ON \(prefix)incidents (namespace, detected_at, id)",
            "CREATE INDEX incidents_by_end ON \(prefix)incidents (closed_at)",
        ]
    }

    /// Fixes that are kept, and those that were dropped.
    private var version3: [String] {
        ["CREATE TABLE \(prefix)fixes (id text PRIMARY KEY, dropped_at int8, record text NOT NULL)"]
    }

    /// Brings the tables up to this version. Replicas that start at once do it one after another.
    func migrate(_ transaction: PostgresTransaction, _ journal: String) throws {
        let lock = JournalText.digest("self-healing-automaton \(name)".utf8)
        _ = try transaction.rows("SELECT pg_advisory_xact_lock($1)", [.integer(lock)])
        var version = try self.version(transaction)
        if version == nil {
            // A role that may make no schema can be given one.
            if try transaction.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", [.text(name)]).isEmpty {
                _ = try transaction.rows("CREATE SCHEMA \"\(name)\"")
            }
            _ = try transaction.rows("CREATE TABLE \(prefix)schema_version (version int8 NOT NULL)")
            _ = try transaction.rows("INSERT INTO \(prefix)schema_version (version) VALUES (0)")
            version = 0
        }
        let current = try check(version ?? 0, journal)
        guard current < versions.count else { return }
        for statements in versions[current...] { for statement in statements { _ = try transaction.rows(statement) } }
        _ = try transaction.rows("UPDATE \(prefix)schema_version SET version = $1", [.integer(Int64(versions.count))])
    }

    /// Looks whether the tables are of this version.
    func inspect(_ transaction: PostgresTransaction, _ journal: String) throws {
        guard let version = try version(transaction), version > 0 else {
            throw JournalError.unusable("\(journal) is empty: no run has written to it yet")
        }
        guard try check(version, journal) == versions.count else {
            throw JournalError.unusable(
                "\(journal) was written by an older version of this program: `automaton run` of this version brings it up to date")
        }
    }

    private func check(_ version: Int64, _ journal: String) throws -> Int {
        guard version <= versions.count else {
            throw JournalError.unusable(
                "\(journal) was written by a newer version of this program (its schema is version \(version), this program knows \(versions.count)): "
                    + "use that version, or name another schema")
        }
        return Int(version)
    }

    /// The version of the tables; nil where there are none.
    private func version(_ transaction: PostgresTransaction) throws -> Int64? {
        let found = try transaction.rows("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'", [.text(name)])
        guard !found.isEmpty else { return nil }
        guard case .integer(let version)? = try transaction.rows("SELECT version FROM \(prefix)schema_version").first?.first else {
            throw UnreadableRow(what: "the version of its schema")
        }
        return version
    }
}

/// An open transaction of PostgreSQL.
struct PostgresRows: JournalTransaction {
    let transaction: PostgresTransaction
    let prefix: String

    /// The row's lock keeps others from taking the journal over until the end; and an answer to a commit must mean that it is on the disk,
    /// whatever the server's setting.
    var holderStatement: String {
        """
        SELECT run, epoch, pg_catalog.set_config('synchronous_commit',
            CASE pg_catalog.current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                ELSE pg_catalog.current_setting('synchronous_commit') END, true)
        FROM \(prefix)holder WHERE id = 1 FOR UPDATE
        """
    }

    func rows(_ statement: String, _ values: [RowValue]) throws -> [[RowValue]] {
        try transaction.rows(statement, values.map { PostgresValue($0) }).map { row in row.map { RowValue($0) } }
    }
}

extension PostgresValue {
    fileprivate init(_ value: RowValue) {
        self =
            switch value {
            case .null: .null
            case .integer(let value): .integer(value)
            case .text(let value): .text(value)
            case .bytes(let value): .bytes(value)
            }
    }
}

extension RowValue {
    fileprivate init(_ value: PostgresValue) {
        self =
            switch value {
            case .null: .null
            case .integer(let value): .integer(value)
            case .text(let value): .text(value)
            case .bytes(let value): .bytes(value)
            }
    }
}
