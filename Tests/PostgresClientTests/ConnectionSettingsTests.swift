import AutomatonCore
import Testing

@testable import PostgresClient

/// What libpq is told, and how servers are called.
@Suite struct ConnectionSettingsTests {
    @Test func boundsGoAlong() throws {
        let settings = try ConnectionSettings("host=db options='-c work_mem=1MB'")
        let parameters = settings.parameters(password: "secret", timeout: .milliseconds(1500), use: .sessions, sendsOptions: true)
        let values = Dictionary(parameters.map { ($0.keyword, $0.value) }) { $1 }
        #expect(values["dbname"] == "host=db options='-c work_mem=1MB'")
        #expect(
            values["options"]
                == "-c work_mem=1MB -c statement_timeout=1500 -c lock_timeout=1500 -c default_transaction_read_only=on -c search_path=pg_catalog"
        )
        #expect(values["tcp_user_timeout"] == "1500" && values["keepalives_idle"] == "30")
        #expect(values["password"] == "secret")
        // What the rule says about the name wins, as it comes later.
        let keywords = parameters.map(\.keyword)
        #expect(keywords.firstIndex(of: "fallback_application_name") ?? .max < keywords.firstIndex(of: "dbname") ?? 0)
        let without = settings.parameters(password: nil, timeout: .seconds(1), use: .sessions, sendsOptions: false)
        #expect(!without.contains { $0.keyword == "options" || $0.keyword == "password" })
    }

    @Test(arguments: [
        (["host": "db", "port": "5433"], "db:5433"), (["host": "db"], "db:5432"), ([:], "localhost:5432"),
        (["host": "/var/run/postgresql", "port": "5432"], "localhost:5432"), (["hostaddr": "fd00::1", "port": "5432"], "[fd00::1]:5432"),
        (["host": "a,b", "port": "1,2"], "a:1,b:2"), (["host": "a,b", "port": "1"], "a:1,b:1"),
    ])
    func names(_ options: [String: String], _ name: String) { #expect(ConnectionSettings.name(options) == name) }

    @Test(arguments: [
        (
            "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  53300: sorry, too many clients already\nLOCATION:  x, y.c:1",
            "53300"
        ),
        ("connection to server at \"db\", port 5432 failed: SCHWERWIEGEND:  28P01: Passwort-Authentifizierung fehlgeschlagen", "28P01"),
        ("connection to server at \"db\" (fe80::1), port 12345 failed: Connection refused", nil), ("could not translate host name", nil),
    ])
    func codesAreFound(_ text: String, _ code: String?) {
        let failure = ServerFailure(connecting: text)
        #expect(failure.sqlState == code)
        #expect(!failure.message.contains("LOCATION") && !failure.message.contains("\n"))
    }

    @Test(arguments: [
        ("SSL error: certificate verify failed", true), ("SSL SYSCALL error: EOF detected", false),
        ("server does not support SSL, but SSL was required", true), ("SSL connection has been closed unexpectedly", false),
    ])
    func whatIsWrongForGoodIsRefused(_ text: String, _ isRefused: Bool) {
        let names = ServerNames(server: "db:5432", role: "automaton", database: "postgres")
        let error = ServerFailure(connecting: "connection to server at \"db\" (10.0.0.1), port 5432 failed: \(text)").portError(names)
        if case .refused = error { #expect(isRefused) } else { #expect(!isRefused) }
    }

    @Test func delaysGrowUpToABound() {
        var reconnection = Reconnection()
        let now = ContinuousClock.now
        #expect(reconnection.wait(at: now) == nil)
        for full in [1, 2, 4, 8, 16, 30, 30] {
            reconnection.failed(at: now)
            let wait = reconnection.wait(at: now) ?? .zero
            #expect((.seconds(full) / 2...(.seconds(full))).contains(wait))
            #expect(reconnection.wait(at: now + .seconds(full)) == nil)
        }
        reconnection.succeeded()
        #expect(reconnection.wait(at: now) == nil)
    }
}
