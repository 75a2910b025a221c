import CurlHTTP
import Foundation
import Simulator

/// Reads the metrics of a running automaton.
struct Scrape {
    let port: Int
    private let automaton: Program

    /// Waits until it listens.
    init(of automaton: Program) async throws {
        self.automaton = automaton
        let line = try await automaton.line("Listening on")
        port = line.json["port"]?.int ?? 0
        let ready = self
        try await until("it is ready", context: { automaton.transcript }) { try await ready.get("/readyz").status == 200 }
    }

    /// The whole text.
    func text() async throws -> String {
        let answer = try await get("/metrics")
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// The incident that a series shows as its last example to those who ask for OpenMetrics; nil when it shows none.
    func incident(of series: String) async throws -> String? {
        let answer = try await get("/metrics", accepting: "application/openmetrics-text;version=1.0.0")
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix(series + " ") }?.firstMatch(of: /# \{incident_id="([^"]*)"\}/).map { String($0.1) }
    }

    /// The value of a series, as it is written.
    func value(_ series: String) async throws -> String? {
        try await text().split(separator: "\n").first { $0.hasPrefix(series + " ") }.map { String($0.dropFirst(series.count + 1)) }
    }

    /// A page of the dashboard.
    func page(_ path: String) async throws -> String { String(decoding: try await get(path).body, as: UTF8.self) }

    /// What it answers.
    func get(_ path: String, accepting type: String = "*/*") async throws -> HTTPResponse {
        let http = try HTTPClient()
        do {
            let answer = try await http.send(
                HTTPRequest(
                    method: "GET", url: "http://127.0.0.1:\(port)\(path)", headers: [HTTPField("Accept", type)],
                    timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(20))))
            await http.shutdown()
            return answer
        } catch {
            await http.shutdown()
            throw error
        }
    }
}
