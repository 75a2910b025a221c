import AutomatonCore
import EmbeddedPostgres
import Foundation
import GRDB
import PostgresClient
import Testing

@testable import Store

extension StoreTests {
    /// Journals that other versions of the program wrote. What version 1 made is written out here and never changes.
    @Suite struct MigrationTests {
        /// A journal as version 1 made it, with a row in every table.
        static let sqlite1 = """
            CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
            INSERT INTO grdb_migrations VALUES ('v1');
            PRAGMA application_id = 1214603628;
            CREATE TABLE holder (id INTEGER PRIMARY KEY CHECK (id = 1), run TEXT NOT NULL, epoch INTEGER NOT NULL);
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
            + rows(blob: "x'010203'")

        /// The same in PostgreSQL.
        static func postgres1(_ schema: String) -> String {
            """
            CREATE SCHEMA \(schema); SET search_path = \(schema);
            CREATE TABLE schema_version (version int8 NOT NULL); INSERT INTO schema_version VALUES (1);
            CREATE TABLE holder (id int2 PRIMARY KEY CHECK (id = 1), run text NOT NULL, epoch int8 NOT NULL);
            CREATE TABLE subjects (
                subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, memory text NOT NULL,
                PRIMARY KEY (subject_kind, namespace, name));
            CREATE TABLE automaton (id int2 PRIMARY KEY CHECK (id = 1), memory text NOT NULL);
            CREATE TABLE attempts (
                id text PRIMARY KEY, kind text NOT NULL, authorised_at int8 NOT NULL, quiet_from int8, rule text NOT NULL,
                remediation text NOT NULL, subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, intent text NOT NULL,
                write_outcome text, verification text, taking_back text, is_open int2 NOT NULL, is_void int2 NOT NULL);
            CREATE INDEX attempts_by_time ON attempts (authorised_at);
            CREATE INDEX attempts_by_subject ON attempts (name, quiet_from);
            CREATE INDEX attempts_open ON attempts (authorised_at) WHERE is_open = 1;
            CREATE TABLE trail (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, happened_at int8 NOT NULL, digest int8 NOT NULL, rule text NOT NULL,
                subject_kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, entry text NOT NULL);
            CREATE UNIQUE INDEX trail_by_time ON trail (happened_at, digest);
            CREATE INDEX trail_by_incident ON trail (name, rule, happened_at);
            CREATE TABLE observations (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, from_at int8 NOT NULL, to_at int8 NOT NULL, digest int8 NOT NULL,
                size int8 NOT NULL, block bytea NOT NULL);
            CREATE UNIQUE INDEX observations_once ON observations (from_at, digest);
            CREATE INDEX observations_by_time ON observations (from_at, id, to_at, size);
            """ + rows(blob: #"'\x010203'"#)
        }

        private static func rows(blob: String) -> String {
            let subject = #"{"kind":"deployment","name":"email-service","namespace":"production"}"#
            let incident = #"{"rule":"oom","subject":\#(subject)}"#
            let trail =
                #"{"at":1772366400000000,"incident":\#(incident),"kind":"hold","priority":2,"text":"why","until":1772366700000000,"word":"cooldown"}"#
            return """

                INSERT INTO holder VALUES (1, 'run-of-version-1', 7);
                INSERT INTO subjects VALUES ('deployment', 'production', 'email-service', '{"incidents":[],"remediations":[],"restorations":[],"rules":[]}');
                INSERT INTO automaton VALUES (1, '{"efficacies":{},"storms":{},"suspensions":[]}');
                INSERT INTO trail (happened_at, digest, rule, subject_kind, namespace, name, entry)
                    VALUES (1772366400000000, 1, 'oom', 'deployment', 'production', 'email-service', '\(trail)');
                INSERT INTO observations (from_at, to_at, digest, size, block) VALUES (1772366400000000, 1772366401000000, 1, 3, \(blob));
                """
        }

        private func check(_ journal: any Journal) async throws {
            #expect(try await journal.trail(TrailQuery(since: noon)) == [entry("why")])
            #expect(try await blocks(journal) == [ObservationBlock(from: noon, to: .at(1), bytes: [1, 2, 3])])
            let recollection = try await journal.takeOver(run: "now", since: noon)
            #expect(recollection.subjects.keys.map(\.description) == [email.description])
            #expect(recollection.automaton != nil)
            #expect(try await journal.intend(intent("a-1"), quiet: .zero) == .written)
            try await journal.write([.subject(email, nil), .trail(entry("new", at: .at(1)))])
        }

        private func directory() throws -> String {
            let directory = NSTemporaryDirectory() + "migration-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            return directory
        }

        @Test func version1OfSQLiteIsBroughtUpToDate() async throws {
            let directory = try directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let old = try DatabaseQueue(path: directory + "/journal.sqlite")
            try await old.writeWithoutTransaction { try $0.execute(sql: Self.sqlite1) }
            try old.close()
            let journal = try await SQLiteJournal.open(directory: directory)
            try await check(journal)
            // The same tables as a new journal has.
            let new = try SQLiteJournal.inMemory()
            let tables = "SELECT name FROM sqlite_master ORDER BY name"
            let names = try await journal.store.database.read { try String.fetchAll($0, sql: tables) }
            #expect(try await new.store.database.read { try String.fetchAll($0, sql: tables) } == names)
        }

        @Test func otherVersionsOfSQLiteAreTold() async throws {
            let directory = try directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let journal = try await SQLiteJournal.open(directory: directory)
            try await journal.store.database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
            for error in [
                try await failure { try await SQLiteJournal.open(directory: directory) },
                try await failure { try await SQLiteJournal.openReadOnly(directory: directory) },
            ] {
                #expect(error.isUnusable && error.description.contains("by a newer version"), "\(error)")
            }
            try await journal.store.database.write { try $0.execute(sql: "DELETE FROM grdb_migrations") }
            let older = try await failure { try await SQLiteJournal.openReadOnly(directory: directory) }
            #expect(older.isUnusable && older.description.contains("by an older version"), "\(older)")
        }

        @Test(.enabled(if: TemporaryServer.whyUnavailable() == nil, "PostgreSQL cannot be run here"))
        func version1OfPostgreSQLIsBroughtUpToDate() async throws {
            let server = try SharedServer.find()
            try await server.run(Self.postgres1("version_1"))
            let journal = try PostgresJournal(PostgresServer(connection: server.local()), schema: "version_1")
            try await check(journal)
            await journal.close()
        }

        @Test(.enabled(if: TemporaryServer.whyUnavailable() == nil, "PostgreSQL cannot be run here"))
        func otherVersionsOfPostgreSQLAreTold() async throws {
            let server = try SharedServer.find()
            let target = PostgresServer(connection: server.local())
            let journal = try PostgresJournal(target, schema: "other_versions")
            _ = try await journal.takeOver(run: "a", since: noon)
            try await server.run("UPDATE other_versions.schema_version SET version = 999")
            for isReadOnly in [false, true] {
                let other = try PostgresJournal(target, schema: "other_versions", isReadOnly: isReadOnly)
                let error = try await failure { try await other.trail(TrailQuery(since: noon)) }
                #expect(error.isUnusable && error.description.contains("by a newer version"), "\(error)")
                await other.close()
            }
            await journal.close()
        }
    }
}
