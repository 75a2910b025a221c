import CurlHTTP
import Foundation

@testable import EmbeddedPostgres

/// A real Prometheus that scrapes a port on which an automaton is going to listen.
final class ScrapingPrometheus: Sendable {
    /// The port that is scraped.
    let scraped: Int
    private let port: Int
    private let process: Process
    private let directory: TemporaryDirectory

    /// Starts it and waits until it answers.
    init() async throws {
        directory = try TemporaryDirectory()
        (scraped, port) = (try FreePort.find(), try FreePort.find())
        let configuration = try directory.write(
            "prometheus.yml",
            """
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: self-healing-automaton
                static_configs: [{ targets: ["127.0.0.1:\(scraped)"], labels: { namespace: production } }]
            """)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "prometheus", "--config.file=\(configuration)", "--storage.tsdb.path=\(directory.path)/data",
            "--web.listen-address=127.0.0.1:\(port)",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await until("Prometheus is ready") { (try? await get("/-/ready").status) == 200 }
    }

    deinit { stop() }

    /// Ends it.
    func stop() { if process.isRunning { process.terminate() } }

    /// Whether a query had a number in the last five minutes.
    func hasNumbers(_ query: String) async throws -> Bool {
        struct Answer: Decodable {
            struct Contents: Decodable { var result: [Series] }
            struct Series: Decodable { var values: [Sample] }
            struct Sample: Decodable {
                var text: String
                init(from decoder: any Decoder) throws {
                    var container = try decoder.unkeyedContainer()
                    _ = try container.decode(Double.self)
                    text = try container.decode(String.self)
                }
            }
            var data: Contents
        }
        let now = Date().timeIntervalSince1970
        let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try await get("/api/v1/query_range?query=\(escaped)&start=\(now - 300)&end=\(now)&step=1")
        let read = try JSONDecoder().decode(Answer.self, from: Data(answer.body))
        return read.data.result.contains { $0.values.contains { $0.text != "NaN" } }
    }

    private func get(_ path: String) async throws -> HTTPResponse {
        let http = try HTTPClient()
        do {
            let answer = try await http.send(
                HTTPRequest(
                    method: "GET", url: "http://127.0.0.1:\(port)\(path)",
                    timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(20))))
            await http.shutdown()
            return answer
        } catch {
            await http.shutdown()
            throw error
        }
    }
}

/// The dashboard as it is shipped.
enum ShippedDashboard {
    /// What has nothing to show in the demo: nobody is told, and no ConfigMap holds its fixes.
    static let notInDemo: Set = ["Messages to people", "ConfigMap of the fixes"]

    /// The queries of its panels, with the variables filled in.
    static func queries() throws -> [(panel: String, query: String)] {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                var title: String
                var targets: [Target]?
            }
            var panels: [Panel]
        }
        let file = URL(fileURLWithPath: Program.shippedRules).deletingLastPathComponent()
            .appendingPathComponent("k8s/grafana/self-healing-automaton.json")
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(contentsOf: file))
        return dashboard.panels.flatMap { panel in
            (panel.targets ?? []).filter { !$0.expr.contains("healing_notify_") }.map { target in
                let query = target.expr.replacing("$namespace", with: ".*").replacing("$rule", with: ".*")
                    .replacing("$__rate_interval", with: "10s").replacing("$__range", with: "5m")
                return (panel.title, query)
            }
        }
    }
}
