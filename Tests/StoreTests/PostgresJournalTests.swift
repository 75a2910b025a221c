import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import Store
import Testing

extension StoreTests {
    /// What only a server does, and what the journal says when it does not answer.
    @Suite(.enabled(if: TemporaryServer.whyUnavailable() == nil, "PostgreSQL cannot be run here"))
    struct PostgresJournalTests {
        private static func schema() -> String { "s" + UUID().uuidString.lowercased().replacing("-", with: "_") }

        private func journal(
            _ connection: String, schema: String, timeout: Duration = .seconds(10), isReadOnly: Bool = false
        ) throws -> PostgresJournal {
            try PostgresJournal(PostgresServer(connection: connection, timeout: timeout), schema: schema, isReadOnly: isReadOnly)
        }

        /// Makes the tables, so that a short time-out needs to be enough for little.
        private func prepare(_ connection: String, schema: String) async throws {
            let journal = try journal(connection, schema: schema)
            _ = try await journal.takeOver(run: "prepare", since: noon)
            await journal.close()
        }

        @Test func aServerThatIsRestartedIsReachedAgain() async throws {
            let server = try await TemporaryServer.start()
            let journal = try journal(server.local(), schema: "automaton")
            _ = try await journal.takeOver(run: "a", since: noon)
            try await journal.write([.trail(entry("one"))])
            await server.stop(keepingData: true)
            let error = try await failure { try await journal.write([.trail(entry("two"))]) }
            #expect(error.isUnavailable && error.description.contains("schema automaton"), "\(error)")
            try await server.resume()
            // The next call tries anew, and the run has the journal still.
            try await journal.write([.trail(entry("two"))])
            #expect(try await journal.trail(TrailQuery(since: noon)).map(\.text) == ["one", "two"])
            await journal.close()
            await server.stop()
        }

        /// Its answers are lost: what is written again stands there once.
        @Test func aServerThatIsFrozenEndsWithinTheTimeout() async throws {
            let server = try await TemporaryServer.start()
            try await prepare(server.local(), schema: "automaton")
            let journal = try journal(server.local(), schema: "automaton", timeout: .seconds(2))
            _ = try await journal.takeOver(run: "a", since: noon)
            server.freeze()
            let begun = ContinuousClock.now
            let error = try await failure { try await journal.intend(intent("a-1"), quiet: .minutes(5)) }
            let again = try await failure { try await journal.write([.trail(entry("one"))]) }
            let took = ContinuousClock.now - begun
            server.thaw()
            #expect(error.isUnavailable && again.isUnavailable, "\(error) \(again)")
            #expect(took < .seconds(60))
            try await until("it answers again") {
                (try? await journal.intend(intent("a-1"), quiet: .minutes(5))) == .written
            }
            try await until("it is written") { (try? await journal.write([.trail(entry("one"))])) != nil }
            #expect(try await journal.trail(TrailQuery(since: noon)) == [entry("one")])
            #expect(try await journal.attempts(since: noon) == [AttemptRecord(intent: intent("a-1"))])
            await journal.close()
            await server.stop()
        }

        /// The server commits, and the answer does not come through.
        @Test func anAnswerThatIsLostDoesNoHarm() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            let relay = try Relay(to: server.folder + "/.s.PGSQL.\(server.port)")
            let journal = try journal(
                "host=\(relay.folder) port=\(relay.port) user=postgres dbname=postgres", schema: schema, timeout: .seconds(5))
            _ = try await journal.takeOver(run: "a", since: noon)
            let entries: [JournalEntry] = [.trail(entry("one")), .trail(entry("two")), .subject(email, subjectMemory())]
            relay.swallowAnswerToCommit()
            let error = try await failure { try await journal.write(entries) }
            #expect(error.isUnavailable && error.description.contains("whether it was written is not known"), "\(error)")
            #expect(error.description.contains("writing the same again does no harm"))
            let reader = try self.journal(server.local(), schema: schema, isReadOnly: true)
            #expect(try await reader.trail(TrailQuery(since: noon)).count == 2)
            try await journal.write(entries)
            #expect(try await reader.trail(TrailQuery(since: noon)).map(\.text) == ["one", "two"])
            // The same with an intent: it stands there, and is renewed.
            relay.swallowAnswerToCommit()
            #expect(try await failure { try await journal.intend(intent("a-1"), quiet: .minutes(5)) }.isUnavailable)
            #expect(try await reader.attempts(since: noon).count == 1)
            #expect(try await journal.intend(intent("a-1"), quiet: .minutes(5)) == .written)
            #expect(try await reader.attempts(since: noon).count == 1)
            // And with a take-over: the next one counts.
            relay.swallowAnswerToCommit()
            #expect(try await failure { try await journal.takeOver(run: "a", since: noon) }.isUnavailable)
            #expect(try await failure { try await journal.write(entries) }.isTakenOver)
            _ = try await journal.takeOver(run: "a", since: noon)
            try await journal.write(entries)
            await journal.close()
            await reader.close()
            relay.stop()
        }

        @Test func aLockIsWaitedForAndThenTold() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            try await prepare(server.local(), schema: schema)
            let journal = try journal(server.local(), schema: schema, timeout: .seconds(2))
            _ = try await journal.takeOver(run: "a", since: noon)
            let other = try await IdleSessions.open(1, server.local())
            try await other.run("BEGIN; SELECT * FROM \(schema).holder FOR UPDATE")
            let begun = ContinuousClock.now
            let error = try await failure { try await journal.write([.trail(entry("one"))]) }
            #expect(error.isUnavailable && error.description.contains("PostgreSQL at localhost"), "\(error)")
            #expect(ContinuousClock.now - begun < .seconds(60))
            try await other.run("ROLLBACK")
            try await journal.write([.trail(entry("one"))])
            await journal.close()
            other.close()
        }

        /// A process that was stopped in the middle of a transaction does not keep its successor away.
        @Test func whoeverIsStoppedInTheMiddleLosesItsLocks() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            try await prepare(server.local(), schema: schema)
            let relay = try Relay(to: server.folder + "/.s.PGSQL.\(server.port)")
            let first = try journal(
                "host=\(relay.folder) port=\(relay.port) user=postgres dbname=postgres", schema: schema, timeout: .seconds(4))
            _ = try await first.takeOver(run: "first", since: noon)
            let second = try journal(server.local(), schema: schema, timeout: .seconds(4))
            relay.holdBackCommit()
            async let late = failure { try await first.write([.trail(entry("late"))]) }
            try await until("the commit is held back") { relay.isHoldingBack }
            try await until("it is taken over") { (try? await second.takeOver(run: "second", since: noon)) != nil }
            #expect(try await late.isUnavailable)
            #expect(try await second.trail(TrailQuery(since: noon)).isEmpty)
            #expect(try await failure { try await first.write([.trail(entry("late"))]) }.isTakenOver)
            await first.close()
            await second.close()
            relay.stop()
        }

        @Test(arguments: [
            ("53100", "could not extend file: No space left on device", false, "disk is full"),
            ("25006", "cannot execute INSERT in a read-only transaction", false, "target_session_attrs=read-write"),
            ("57014", "canceling statement due to statement timeout", false, "not free in time"),
            ("XX001", "invalid page in block 0", true, "damaged"),
        ])
        func whatTheServerSaysIsTold(_ code: String, _ message: String, _ isUnusable: Bool, _ told: String) async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            let journal = try journal(server.local(), schema: schema)
            _ = try await journal.takeOver(run: "a", since: noon)
            try await server.run(
                """
                CREATE FUNCTION \(schema).fail() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION USING ERRCODE = '\(code)', MESSAGE = '\(message)'; END $$;
                CREATE TRIGGER fail BEFORE INSERT ON \(schema).trail FOR EACH ROW EXECUTE FUNCTION \(schema).fail();
                """)
            let error = try await failure { try await journal.write([.subject(email, subjectMemory()), .trail(entry("private"))]) }
            #expect(error.isUnusable == isUnusable && error.description.contains(told), "\(error)")
            #expect(error.description.contains(message) && !error.description.contains("private"))
            // All or none.
            try await server.run("DROP TRIGGER fail ON \(schema).trail")
            let other = try self.journal(server.local(), schema: schema)
            #expect(try await other.takeOver(run: "b", since: noon).subjects.isEmpty)
            await journal.close()
            await other.close()
        }

        /// What a role may not, and a database that can only be read.
        @Test func rightsThatAreMissingAreNamed() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            try await server.run("CREATE ROLE \(schema) LOGIN PASSWORD 'hush'")
            let poor = try journal(server.local(schema), schema: schema)
            let refused = try await failure { try await poor.takeOver(run: "a", since: noon) }
            #expect(refused.isUnusable && refused.description.contains("GRANT"), "\(refused)")
            // A schema that somebody made for it will do.
            try await server.run("CREATE SCHEMA \(schema) AUTHORIZATION \(schema)")
            _ = try await poor.takeOver(run: "a", since: noon)
            await poor.close()
            try await server.run("ALTER ROLE \(schema) SET default_transaction_read_only = on")
            let standby = try journal(server.local(schema), schema: schema)
            let readOnly = try await failure { try await standby.takeOver(run: "a", since: noon) }
            #expect(readOnly.isUnavailable && readOnly.description.contains("target_session_attrs"), "\(readOnly)")
            await standby.close()
            let remote = try journal(server.remote(schema), schema: schema)
            let password = try await failure { try await remote.takeOver(run: "a", since: noon) }
            #expect(password.isUnusable && password.description.contains("passwordFile"), "\(password)")
            await remote.close()
            let lost = try journal(server.local(database: "lost"), schema: schema)
            let missing = try await failure { try await lost.takeOver(run: "a", since: noon) }
            #expect(missing.isUnusable && missing.description.contains("no database lost"), "\(missing)")
            await lost.close()
        }

        @Test func passwordsStayInTheirFile() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            try await server.run("CREATE ROLE \(schema) LOGIN PASSWORD 'open sesame'; GRANT CREATE ON DATABASE postgres TO \(schema)")
            let file = NSTemporaryDirectory() + schema
            try "open sesame\n".write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let journal = try PostgresJournal(PostgresServer(connection: server.remote(schema), passwordFile: file), schema: schema)
            #expect(try await journal.takeOver(run: "a", since: noon) == Recollection())
            await journal.close()
            let told = PostgresServer(connection: server.remote(schema) + " password='open sesame'")
            let error = try #require(throws: JournalError.self) { try PostgresJournal(told, schema: schema) }
            #expect(error.isUnusable && !error.description.contains("sesame"), "\(error)")
        }

        @Test func replicasThatStartAtOnceMakeOneSchema() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    let journal = try journal(server.local(), schema: schema)
                    group.addTask {
                        _ = try await journal.takeOver(run: "run-\(number)", since: noon)
                        await journal.close()
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func whoeverOnlyReadsMakesNothing() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            let reader = try journal(server.local(), schema: schema, isReadOnly: true)
            let empty = try await failure { try await reader.trail(TrailQuery(since: noon)) }
            #expect(empty.isUnusable && empty.description.contains("is empty"), "\(empty)")
            #expect(try await failure { try await reader.takeOver(run: "a", since: noon) }.description.contains("for reading only"))
            let journal = try journal(server.local(), schema: schema)
            _ = try await journal.takeOver(run: "a", since: noon)
            try await journal.write([.trail(entry("one"))])
            #expect(try await reader.trail(TrailQuery(since: noon)).count == 1)
            await reader.close()
            await journal.close()
        }

        /// Whatever the server's setting: an answer means that it is on the disk.
        @Test func commitsWaitForTheDisk() async throws {
            let server = try SharedServer.find()
            let schema = Self.schema()
            let journal = try journal(server.local() + " options='-c synchronous_commit=off'", schema: schema)
            _ = try await journal.takeOver(run: "a", since: noon)
            try await server.run(
                """
                CREATE TABLE \(schema).seen (value text);
                CREATE FUNCTION \(schema).see() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO \(schema).seen VALUES (current_setting('synchronous_commit')); RETURN new; END $$;
                CREATE TRIGGER see BEFORE INSERT ON \(schema).trail FOR EACH ROW EXECUTE FUNCTION \(schema).see();
                """)
            try await journal.write([.trail(entry("one"))])
            try await server.run(
                """
                DO $$ BEGIN IF (SELECT array_agg(value) FROM \(schema).seen) <> '{on}' THEN RAISE 'not on'; END IF; END $$;
                """)
            await journal.close()
        }

        @Test(arguments: ["", "Upper", "with space", "1st", "a\"b", String(repeating: "a", count: 64)])
        func aSchemaIsAPlainName(_ name: String) {
            #expect(throws: JournalError.self) { try PostgresJournal(PostgresServer(), schema: name) }
        }
    }
}
