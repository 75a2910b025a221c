import Foundation
import Testing

@testable import PostgresClient

/// No statement but two reaches a server whose sessions are read, and one way leads there.
@Suite struct StatementAuditTests {
    private func sources(_ target: String) throws -> [(name: String, text: String)] {
        let files = try #require(FileManager.default.enumerator(atPath: "\(Stage.sources)/\(target)")?.allObjects as? [String])
        return try files.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".h") }.map {
            ($0, try String(contentsOfFile: "\(Stage.sources)/\(target)/\($0)", encoding: .utf8))
        }
    }

    @Test func oneCallSendsAndItSendsOneOfTheTwo() throws {
        #expect(Statement.allCases == [.read, .terminate])
        let all = try sources("PostgresClient") + sources("CPostgres")
        var calls: [String: Int] = [:]
        for (_, text) in all {
            for match in text.matches(of: /\bPQ(exec|send|prepare|fn|put|request|cancel|enterPipeline)\w*\(/) {
                calls[String(match.output.0), default: 0] += 1
            }
        }
        #expect(calls == ["PQsendQueryParams(": 1])
        let handle = try #require(all.first { $0.name == "PostgresHandle.swift" }).text
        #expect(handle.contains("PQsendQueryParams(raw, statement, Int32(parameters.count), nil, values, lengths, formats, 0)"))
        func uses(_ pattern: Regex<Substring>) -> [String: Int] {
            all.reduce(into: [:]) { counts, file in
                let count = file.text.matches(of: pattern).count
                if count > 0 { counts[file.name] = count }
            }
        }
        #expect(uses(/\.send\(/) == ["ServerConnection.swift": 1])
        #expect(uses(/\bask\(/) == ["ServerConnection.swift": 1, "SessionsConnection.swift": 4, "PostgresTransaction.swift": 3])
        let sessions = try #require(all.first { $0.name == "SessionsConnection.swift" }).text
        for call in ["ask(.read, [], ", "ask(.terminate, parameters, ", "ask(_ statement: Statement, ", "ask(statement.text, "] {
            #expect(sessions.contains(call))
        }
        let port = try #require(all.first { $0.name == "PostgresSessions.swift" }).text
        #expect(port.contains("use: .sessions") && !port.contains("ransaction("))
    }

    @Test func nothingElseIsInTheTwo() {
        let forbidden =
            /\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|DROP|ALTER|CREATE|GRANT|REVOKE|SET|RESET|COPY|CALL|DO|LOCK|VACUUM|ANALYZE|REINDEX|CLUSTER|NOTIFY|LISTEN|BEGIN|COMMIT|PREPARE|EXECUTE|set_config|pg_cancel_backend|pg_reload_conf|dblink|lo_\w+|pg_read_file)\b/
            .ignoresCase()
        for statement in Statement.allCases {
            let text = statement.text.replacing("'EXECUTE'", with: "''")
            #expect(text.firstMatch(of: forbidden) == nil)
            #expect(!text.contains(";"))
            #expect(text.matches(of: /pg_terminate_backend\(/).count == (statement == .terminate ? 1 : 0))
        }
    }

    @Test func noOtherTargetSpeaksToPostgreSQL() throws {
        for target in try FileManager.default.contentsOfDirectory(atPath: Stage.sources)
        where !["PostgresClient", "CPostgres", "EmbeddedPostgres"].contains(target) {
            for (name, text) in try sources(target) { #expect(!text.contains("import CPostgres"), "\(target)/\(name)") }
        }
    }
}
