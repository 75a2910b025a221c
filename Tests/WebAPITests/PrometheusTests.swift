import AutomatonCore
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import WebAPI

/// The real thing reads what we write.
@Suite("Prometheus itself", .serialized, .timeLimit(.minutes(2)))
struct PrometheusTests {
    let registry = PrometheusRegistry()
    let incident: HealedIncident

    init() {
        incident = HealedIncident(registry)
    }

    /// Finds a program of the Debian package prometheus.
    static func program(_ name: String) throws -> URL {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let found = directories.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "\(name) is missing: install it with `apt-get install --no-install-recommends prometheus`")
    }

    @Test("promtool has nothing to say against a scrape")
    func promtool() throws {
        let process = Process()
        process.executableURL = try Self.program("promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(registry.text()))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
        process.waitUntilExit()
        #expect(said == "")
        #expect(process.terminationStatus == 0)
    }

    @Test("A Prometheus server scrapes the web server, and a query finds what was counted")
    func server() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let web = WebServer(
            .init(host: "127.0.0.1", port: 0), registry: registry, health: { HealthReport() }, readiness: { ReadinessReport() },
            logger: quiet)
        let group = ServiceGroup(configuration: .init(services: [web], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the web server listens") { web.port != nil }
            let port = try #require(web.port)
            try """
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs: [{ job_name: automaton, static_configs: [{ targets: ["127.0.0.1:\(port)"] }] }]
            """.write(to: directory.appendingPathComponent("prometheus.yml"), atomically: true, encoding: .utf8)
            let log = directory.appendingPathComponent("log")
            try Data().write(to: log)
            let process = Process()
            process.executableURL = try Self.program("prometheus")
            process.arguments = [
                "--config.file=\(directory.path)/prometheus.yml", "--storage.tsdb.path=\(directory.path)/data",
                "--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms",
                "--enable-feature=exemplar-storage",
            ]
            process.standardError = try FileHandle(forWritingTo: log)
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
            }
            var prometheus: TestClient?
            try await eventually("Prometheus listens") {
                prometheus = Self.port(in: try String(contentsOf: log, encoding: .utf8)).map(TestClient.init(port:))
                return prometheus != nil
            }
            let client = try #require(prometheus)
            func query(_ expression: String) async throws -> [String] {
                let escaped = try #require(expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let answer = try await client.get("/api/v1/query?query=\(escaped)", headers: ["Accept-Encoding: identity"])
                guard answer.status == 200 else { return [] }
                let body = try JSONDecoder().decode(QueryAnswer.self, from: Data(answer.body.utf8))
                return body.data.result.map { $0.value.text }
            }
            try await eventually("a scrape is stored") { try await query(#"up{job="automaton"} == 1"#) == ["1"] }
            // A scrape that a busy machine made late leaves a gap for a moment.
            for (expression, value) in [
                (#"healing_actions_total{action="increase_pod_memory",success="true"}"#, "1"),
                (#"healing_actions_total{action="increase_pod_memory",success="false"}"#, "0"),
                (#"histogram_quantile(1, healing_latency_seconds_bucket{rule="oom-killed"})"#, "45"),
                (#"healing_checks_total{check="pod-health{namespace: \"a\\b\"}",result="ok"}"#, "1"),
            ] {
                try await eventually("\(expression) is \(value)") { try await query(expression) == [value] }
            }
            // It asks for OpenMetrics by itself, and keeps the incidents that come with it.
            for (metric, value) in [
                ("healing_incident_mttr_seconds_bucket", "40"), ("healing_actions_total", "1"), ("healing_incidents_created_total", "1"),
                ("healing_alerts_triggered_total", "1"),
            ] {
                let answer = try await client.get(
                    "/api/v1/query_exemplars?query=\(metric)&start=1699999990&end=1700000050", headers: ["Accept-Encoding: identity"])
                let exemplars = try JSONDecoder().decode(ExemplarAnswer.self, from: Data(answer.body.utf8)).data.flatMap(\.exemplars)
                #expect(exemplars.map { $0.labels["incident_id"] } == [incident.id.text], "\(metric): \(answer.body)")
                #expect(exemplars.map(\.value) == [value], "\(metric)")
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// The port that Prometheus says it listens on.
    static func port(in log: String) -> Int? {
        for line in log.split(separator: "\n") where line.contains("Listening on") {
            guard let address = line.range(of: "address=127.0.0.1:") else { continue }
            return Int(line[address.upperBound...].prefix { $0.isNumber })
        }
        return nil
    }

    struct ExemplarAnswer: Decodable {
        struct Series: Decodable { var exemplars: [Exemplar] }
        struct Exemplar: Decodable {
            var labels: [String: String]
            var value: String
        }
        var data: [Series]
    }

    struct QueryAnswer: Decodable {
        struct Contents: Decodable { var result: [Result] }
        struct Result: Decodable { var value: Value }
        /// `[time, "text"]`.
        struct Value: Decodable {
            var text: String
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Double.self)
                text = try container.decode(String.self)
            }
        }
        var data: Contents
    }
}
