import Foundation
import Testing

/// A Prometheus that scrapes a port of this machine, several times a second.
struct PrometheusServer {
    private let process: Process
    private let directory: URL
    private let client: TestClient

    /// Starts it and waits until it answers.
    static func start(scraping port: Int, labels: [String: String]) async throws -> PrometheusServer {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let labels = labels.map { "\($0): \($1)" }.joined(separator: ", ")
        try """
        global: { scrape_interval: 500ms, scrape_timeout: 500ms }
        scrape_configs:
          - job_name: self-healing-automaton
            static_configs: [{ targets: ["127.0.0.1:\(port)"], labels: { \(labels) } }]
        """.write(to: directory.appendingPathComponent("prometheus.yml"), atomically: true, encoding: .utf8)
        let log = directory.appendingPathComponent("log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = try PrometheusTests.program("prometheus")
        process.arguments = [
            "--config.file=\(directory.path)/prometheus.yml", "--storage.tsdb.path=\(directory.path)/data",
            "--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms",
        ]
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var listening: Int?
        do {
            try await eventually("Prometheus listens") {
                listening = PrometheusTests.port(in: try String(contentsOf: log, encoding: .utf8))
                return listening != nil
            }
            let server = PrometheusServer(process: process, directory: directory, client: TestClient(port: try #require(listening)))
            // It listens before it answers.
            try await eventually("Prometheus is ready") { try await server.client.get("/-/ready").status == 200 }
            return server
        } catch {
            process.terminate()
            throw error
        }
    }

    /// Ends it and takes away what it wrote.
    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    /// What a query gave.
    struct Answer: Decodable {
        struct Contents: Decodable { var result: [Series] }
        struct Series: Decodable {
            var metric: [String: String]
            var values: [Sample]
        }
        /// `[time, "text"]`.
        struct Sample: Decodable {
            var text: String
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Double.self)
                text = try container.decode(String.self)
            }
        }
        var status: String
        var error: String?
        var data: Contents?

        /// Series with at least one number.
        var withNumbers: [Series] { data?.result.filter { $0.values.contains { $0.text != "NaN" } } ?? [] }
    }

    /// Asks for a minute up to now.
    func lastMinute(_ expression: String) async throws -> Answer { try await range(expression, seconds: 60) }

    /// Asks for how it is now.
    func now(_ expression: String) async throws -> Answer { try await range(expression, seconds: 0) }

    private func range(_ expression: String, seconds: Double) async throws -> Answer {
        let now = Date().timeIntervalSince1970
        return try await get("/api/v1/query_range?query=\(try escaped(expression))&start=\(now - seconds)&end=\(now)&step=1")
    }

    /// The values of a label.
    func labelValues(_ label: String, of selector: String) async throws -> [String] {
        struct Values: Decodable { var data: [String] }
        let values: Values = try await get("/api/v1/label/\(label)/values?match[]=\(try escaped(selector))")
        return values.data
    }

    private func get<Body: Decodable>(_ path: String) async throws -> Body {
        let answer = try await client.get(path, headers: ["Accept-Encoding: identity"])
        let isChunked = answer.headers["transfer-encoding"] == "chunked"
        return try JSONDecoder().decode(Body.self, from: isChunked ? Self.joined(Data(answer.body.utf8)) : Data(answer.body.utf8))
    }

    /// A body that came in chunks (RFC 9112, 7.1): each has its length in hexadecimal digits before it, the last one has none.
    private static func joined(_ chunks: Data) throws -> Data {
        var (rest, body) = (chunks, Data())
        while let end = rest.firstRange(of: Data("\r\n".utf8)) {
            let length = try #require(Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16))
            if length == 0 { break }
            body += rest[end.upperBound...].prefix(length)
            rest = rest[end.upperBound...].dropFirst(length + 2)
        }
        return body
    }

    private func escaped(_ text: String) throws -> String {
        try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    }
}
