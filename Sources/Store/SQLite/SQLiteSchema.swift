import GRDB

/// The versions of the journal's tables in SQLite. A version that was released never changes: a new one is added after it.
enum SQLiteSchema {
    /// Marks the file as a journal of this program (`PRAGMA application_id`): "Heal".
    static let applicationID: Int32 = 0x4865_616C

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: version1)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrator.registerMigration("v2") { database in try database.execute(sql: version2) }
        migrator.registerMigration("v3") { database in try database.execute(sql: version3) }
        return migrator
    }

    /// Instants are microseconds since 1970; texts are JSON.
    private static let version1 = """
        CREATE TABLE holder (id INTEGER PRIMARY KEY CHECK (id = 1), run TEXT NOT NULL, epoch INTEGER NOT NULL);
        INSERT INTO holder (id, run, epoch) VALUES (1, '', 0);
        CREATE TABLE subjects (
            subject_kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, memory TEXT NOT NULL,
            PRIMARY KEY (subject_kind, namespace, name));
        CREATE TABLE automaton (id INTEGER PRIMARY KEY CHECK (id = 1), memory TEXT NOT NULL);
        CREATE TABLE attempts (
            id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, authorised_at INTEGER NOT NULL, quiet_from INTEGER,
            rule TEXT NOT NULL, remediation TEXT NOT NULL, subject_kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            intent TEXT NOT NULL, write_outcome TEXT, verification TEXT, taking_back TEXT,
            is_open INTEGER NOT NULL, is_void INTEGER NOT NULL);
        CREATE INDEX attempts_by_time ON attempts (authorised_at);
        CREATE INDEX attempts_by_subject ON attempts (name, quiet_from);
        CREATE INDEX attempts_open ON attempts (authorised_at) WHERE is_open = 1;
        CREATE TABLE trail (
            id INTEGER PRIMARY KEY, happened_at INTEGER NOT NULL, digest INTEGER NOT NULL, rule TEXT NOT NULL,
            subject_kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, entry TEXT NOT NULL);
        CREATE UNIQUE INDEX trail_by_time ON trail (happened_at, digest);
        CREATE INDEX trail_by_incident ON trail (name, rule, happened_at);
        CREATE TABLE observations (
            id INTEGER PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, digest INTEGER NOT NULL, size INTEGER NOT NULL,
            block BLOB NOT NULL);
        CREATE UNIQUE INDEX observations_once ON observations (from_at, digest);
        CREATE INDEX observations_by_time ON observations (from_at, id, to_at, size);
        """

    /// The history of incidents.
    private static let version2 = """
        CREATE TABLE incidents (
            id TEXT PRIMARY KEY NOT NULL, detected_at INTEGER NOT NULL, closed_at INTEGER, status TEXT NOT NULL, severity TEXT NOT NULL,
            rule TEXT NOT NULL, subject_kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL);
        CREATE INDEX incidents_by_time ON incidents (detected_at, id);
        CREATE INDEX incidents_by_status ON incidents (status, detected_at, id);
        CREATE INDEX incidents_by_severity ON incidents (severity, detected_at, id);
        CREATE INDEX incidents_by_namespace ON incidents (namespace, detected_at, id);
        CREATE INDEX incidents_by_end ON incidents (closed_at);
        """

    /// Fixes that are kept, and those that were dropped.
    private static let version3 = "CREATE TABLE fixes (id TEXT PRIMARY KEY NOT NULL, dropped_at INTEGER, record TEXT NOT NULL);"
}
