import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import Testing

extension PostgresTests {
    /// What the least role sees, and what is said when it may not.
    @Suite struct ReadingTests {
        @Test func leastRoleSeesEveryClientSession() async throws {
            let server = try Stage.find()
            let idle = try await IdleSessions.open(3, server.local("app", application: "shop"))
            let stuck = try await IdleSessions.open(1, server.local("app", application: "stuck"))
            try await stuck.run("BEGIN")
            let failed = try await IdleSessions.open(1, server.local("web"))
            try await failed.run("BEGIN")
            await #expect(throws: (any Error).self) { try await failed.run("SELECT 1/0") }
            let chief = try await IdleSessions.open(1, server.local("chief"))
            let copy = try await IdleSessions.open(1, server.local("copy"))
            let walsender = try await IdleSessions.open(1, server.local("copy") + " replication=true")
            try await withSessions { sessions in
                let reading = try await sessions.read(Stage.automaton())
                #expect(reading.name == "127.0.0.1:\(server.port)")
                #expect(reading.maximum == 120)
                #expect(reading.reserved == 3)
                #expect(reading.slots == 117)
                #expect(reading.terminationRefusal == nil)
                let byPid = Dictionary(uniqueKeysWithValues: reading.sessions.map { ($0.pid, $0) })
                #expect(walsender.processes.allSatisfy { byPid[$0] == nil })
                for pid in idle.processes {
                    let session = try #require(byPid[pid])
                    #expect(session.role == "app" && session.application == "shop" && session.database == "postgres")
                    #expect(session.state == .idle && session.address == "" && !session.isProtected)
                    #expect(session.stateFor > .zero && session.stateFor < .minutes(1))
                    let age = Date().timeIntervalSince1970 - session.startedAt.secondsSinceEpoch
                    #expect((0...60).contains(age))
                }
                #expect(byPid[stuck.processes[0]]?.state == .idleInTransaction)
                #expect(byPid[failed.processes[0]]?.state == .idleInTransactionAborted)
                #expect(byPid[chief.processes[0]]?.isProtected == true)
                #expect(byPid[copy.processes[0]]?.isProtected == true)
                let own = try #require(reading.sessions.first { $0.role == "automaton" })
                #expect(own.isProtected && own.state == .active && own.address == "127.0.0.1")
                #expect(own.application == "self-healing-automaton")
                // One connection, however often it is read, and another reader's is protected like its own.
                try await withSessions { other in
                    _ = try await other.read(Stage.automaton())
                    let own = try await sessions.read(Stage.automaton()).sessions.filter { $0.role == "automaton" }
                    #expect(own.count == 2 && own.allSatisfy { $0.isProtected })
                }
            }
        }

        @Test func ownOptionsAndNameStay() async throws {
            var named = try Stage.automaton()
            named.connection += " application_name=mine options='-c work_mem=1234kB'"
            try await withSessions { sessions in
                let reading = try await sessions.read(named)
                #expect(reading.sessions.contains { $0.application == "mine" && $0.isProtected })
            }
            named.connection += " options='-c no_such_setting=1'"
            let error = try await failure(named)
            #expect(error.description.contains("no_such_setting"), "\(error)")
        }

        /// Nobody else's function or operator gets into a statement, whatever the role's settings are.
        @Test func settingsOfTheSessionWinOverTheRoles() async throws {
            let server = try Stage.find()
            // Each fits better than PostgreSQL's own where it is found, and would be seen.
            try await server.run(
                """
                CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO automaton;
                CREATE FUNCTION trap.pg_has_role(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
                CREATE FUNCTION trap.times(numeric, integer) RETURNS numeric LANGUAGE sql AS 'SELECT 42::numeric';
                CREATE OPERATOR trap.* (leftarg = numeric, rightarg = integer, function = trap.times);
                ALTER ROLE automaton SET search_path = trap, pg_catalog;
                """)
            try await withSessions { sessions in
                let reading = try await sessions.read(Stage.automaton())
                #expect(reading.terminationRefusal == nil)
                #expect(reading.sessions.allSatisfy { $0.startedAt.microseconds > 1_000_000 })
            }
            try await server.run("ALTER ROLE automaton RESET search_path; DROP SCHEMA trap CASCADE")
        }

        @Test func missingRightsNameTheGrant() async throws {
            let server = try Stage.find()
            var odd = PostgresServer(connection: server.remote("odd"))
            odd.connection = "host=127.0.0.1 port=\(server.port) dbname=postgres user='Odd \"Role'"
            odd.passwordFile = try Stage.file("odd-password", "odd")
            guard case .refused(let why) = try await failure(odd) else { throw Stage.NotInTime(what: "refused") }
            #expect(why.hasSuffix(#"GRANT pg_read_all_stats TO "Odd ""Role""#))
            let reader = PostgresServer(connection: server.remote("reader"), passwordFile: try Stage.file("reader-password", "reader"))
            try await withSessions { sessions in
                let reading = try await sessions.read(reader)
                #expect(reading.terminationRefusal?.hasSuffix("GRANT pg_signal_backend TO reader") == true)
                // A right that is granted is seen at once, over the same connection.
                try await server.run("GRANT pg_signal_backend TO reader")
                #expect(try await sessions.read(reader).terminationRefusal == nil)
                try await server.run("REVOKE pg_signal_backend FROM reader; REVOKE EXECUTE ON FUNCTION pg_terminate_backend FROM public")
                #expect(try await sessions.read(reader).terminationRefusal != nil)
                try await server.run("GRANT EXECUTE ON FUNCTION pg_terminate_backend TO public")
            }
        }

        @Test func whatIsWrongIsSaidInWords() async throws {
            let server = try Stage.find()
            let wrong = try Stage.file("wrong-password", "hunter2hunter2")
            let cases: [(PostgresServer, String)] = [
                (
                    PostgresServer(connection: server.remote("automaton"), passwordFile: wrong),
                    "does not take the password of role automaton (28P01)"
                ),
                (PostgresServer(connection: server.remote("automaton")), "wants a password for role automaton, and there is none"),
                (PostgresServer(connection: server.local("nobody-here")), "28000"),
                (PostgresServer(connection: server.local("app", database: "lost")), "has no database lost (3D000)"),
                (PostgresServer(connection: "host=127.0.0.1 port=1 user=a dbname=a"), "127.0.0.1:1 cannot be reached"),
                (PostgresServer(connection: "host=nowhere.invalid user=a"), "nowhere.invalid:5432 cannot be reached"),
                (PostgresServer(connection: "host=\(server.folder)/none user=a"), "localhost:5432 cannot be reached"),
                (PostgresServer(connection: "service=unheard-of"), "unheard-of"),
                (
                    PostgresServer(connection: server.remote("automaton"), passwordFile: "/nowhere/password"),
                    "passwordFile: /nowhere/password cannot be read: No such file"
                ),
                (PostgresServer(connection: server.remote("automaton"), passwordFile: try Stage.file("empty", "\n")), "is empty"),
                (
                    PostgresServer(connection: server.remote("automaton"), passwordFile: try Stage.file("two", "a\nb\n")),
                    "more than one line"
                ),
                (PostgresServer(connection: server.remote("automaton"), passwordFile: server.folder), "cannot be read"),
                (
                    PostgresServer(
                        connection: server.remote("automaton"), passwordFile: try Stage.file("large", String(repeating: "a", count: 5000))),
                    "larger than 4096"
                ),
            ]
            for (server, words) in cases {
                let error = try await failure(server)
                #expect(error.description.contains(words), "\(error)")
                #expect(!error.description.contains("hunter2"))
                if case .outcomeUnknown = error { Issue.record("a read changes nothing: \(error)") }
            }
            try await server.run("CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM public")
            let error = try await failure(PostgresServer(connection: server.local("app", database: "closed")))
            #expect(error.description.contains("GRANT CONNECT"), "\(error)")
        }

        @Test(arguments: [
            "postgresql://a:hunter2@db/x", "host=db password=hunter2", "host=db password = 'hunter2'", "postgres://a@db/x?password=hunter2",
            "host=db sslpassword=hunter2", "host=db password=a hunter2", "postgresql://a:hun/ter2hunter2@db",
            "postgresql://a:x@y@hunter2:z",
            "host=db password='hunter2", "postgresql://a:%zzhunter2@db",
        ])
        func passwordInTheConnectionIsRefusedAndNeverRepeated(_ text: String) async throws {
            guard case .refused(let why) = try await failure(PostgresServer(connection: text, timeout: .seconds(2))) else {
                throw Stage.NotInTime(what: "refused")
            }
            #expect(why.hasPrefix("connection: "))
            #expect(!why.contains("hunter2") && !why.contains("ter2"))
        }

        @Test func passwordFileIsReadAtEachConnect() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            let path = try #require(target.passwordFile)
            try await withSessions { sessions in
                _ = try await sessions.read(target)
                try await server.run(
                    "ALTER ROLE automaton PASSWORD 'new'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'automaton'"
                )
                try "new".write(toFile: path, atomically: true, encoding: .utf8)
                // The broken connection is no news: the first read after it succeeds.
                _ = try await sessions.read(target)
            }
            try await server.run("ALTER ROLE automaton PASSWORD 'open sesame'")
        }

        @Test func libpqsEnvironmentAndServiceFiles() async throws {
            let server = try Stage.find()
            let file = try Stage.file(
                "services", "[orders]\nhost=127.0.0.1\nport=\(server.port)\nuser=automaton\ndbname=postgres\npassword=open sesame\n")
            setenv("PGSERVICEFILE", file, 1)
            setenv("PGHOST", server.folder, 1)
            setenv("PGPORT", String(server.port), 1)
            setenv("PGUSER", "reader", 1)
            setenv("PGDATABASE", "postgres", 1)
            defer { for name in ["PGSERVICEFILE", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE"] { unsetenv(name) } }
            try await withSessions { sessions in
                let reading = try await sessions.read(PostgresServer(connection: "service=orders"))
                #expect(reading.name == "127.0.0.1:\(server.port)")
                #expect(reading.sessions.contains { $0.role == "automaton" })
                let own = try await sessions.read(PostgresServer())
                #expect(own.name == "localhost:\(server.port)")
                #expect(own.sessions.contains { $0.role == "reader" && $0.state == .active })
            }
        }

        @Test func tlsModes() async throws {
            let server = try Stage.find()
            func target(_ mode: String, _ authority: String? = nil, host: String = "127.0.0.1") throws -> PostgresServer {
                var target = try Stage.automaton(sslMode: mode)
                if let authority { target.connection += " sslrootcert=\(server.folder)/\(authority).crt" }
                if host != "127.0.0.1" { target.connection += " host=\(host) hostaddr=127.0.0.1" }
                return target
            }
            for good in [try target("require"), try target("verify-ca", "known"), try target("verify-full", "known")] {
                try await withSessions { sessions in _ = try await sessions.read(good) }
            }
            for bad in [
                try target("verify-ca", "unknown"), try target("verify-full", "known", host: "db.example"),
                try target("verify-full", "missing"),
            ] {
                guard case .refused(let why) = try await failure(bad) else { throw Stage.NotInTime(what: "refused") }
                #expect(why.contains("TLS does not come about"), "\(why)")
            }
            try await server.run("ALTER SYSTEM SET ssl = off; SELECT pg_reload_conf();")
            try await Stage.until("TLS is off") {
                guard case .refused(let why) = try? await failure(target("require")) else { return false }
                return why.contains("server does not support SSL")
            }
            try await server.run("ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf();")
        }
    }
}
