import CurlHTTP
public import Foundation

/// A real Prometheus that scrapes a port of this machine, and keeps the exemplars that come with it.
public final class PrometheusServer: Sendable {
    private let process: Process
    /// Ends when the process does.
    private let ends: AsyncStream<Never>
    private let directory: URL
    private let http: HTTPClient
    private let port: Int

    /// Something of the Debian package is missing, or did not come.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Where a program of the Debian package lies.
    public static func program(_ name: String) throws -> URL {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let found = directories.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let found else {
            throw Failure(description: "\(name) is missing: install it with `apt-get install --no-install-recommends prometheus`")
        }
        return found
    }

    /// Starts one, lends it once it answers, and ends it.
    /// - Parameters:
    ///   - port: scraped twice a second; nobody needs to listen there yet.
    ///   - labels: of the target, besides `job="self-healing-automaton"`.
    public static func scraping<Value>(
        _ port: Int, labels: [String: String] = [:], _ body: (PrometheusServer) async throws -> Value
    ) async throws -> Value {
        let server = try await start(scraping: port, labels)
        do {
            let value = try await body(server)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func start(scraping port: Int, _ labels: [String: String]) async throws -> PrometheusServer {
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
        process.executableURL = try program("prometheus")
        process.arguments = [
            "--config.file=\(directory.path)/prometheus.yml", "--storage.tsdb.path=\(directory.path)/data",
            "--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms", "--enable-feature=exemplar-storage",
        ]
        let output = try FileHandle(forWritingTo: log)
        defer { try? output.close() }
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        let (ends, ended) = AsyncStream.makeStream(of: Never.self)
        process.terminationHandler = { _ in ended.finish() }
        try process.run()
        do {
            var listening: Int?
            try await wait("Prometheus listens") {
                listening = Self.port(in: try String(contentsOf: log, encoding: .utf8))
                return listening != nil
            }
            let server = PrometheusServer(process, ends, directory, try HTTPClient(), port: listening ?? 0)
            // It listens before it answers.
            try await wait("Prometheus is ready") { (try? await server.answer("/-/ready").status) == 200 }
            return server
        } catch {
            process.terminate()
            throw error
        }
    }

    private init(_ process: Process, _ ends: AsyncStream<Never>, _ directory: URL, _ http: HTTPClient, port: Int) {
        (self.process, self.ends, self.directory, self.http, self.port) = (process, ends, directory, http, port)
    }

    private func stop() async {
        process.terminate()
        for await _ in ends {}
        await http.shutdown()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Reads JSON from a path of its API, which begins with `/api/v1/`.
    func get<Body: Decodable>(_ path: String, _ query: KeyValuePairs<String, String>) async throws -> Body {
        func escaped(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
        let query = query.map { "\(escaped($0.key))=\(escaped($0.value))" }.joined(separator: "&")
        let answer = try await answer("/api/v1/\(path)?\(query)")
        return try JSONDecoder().decode(Body.self, from: Data(answer.body))
    }

    private func answer(_ path: String) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(url: "http://127.0.0.1:\(port)\(path)", timeouts: HTTPTimeouts(connect: .seconds(30), total: .seconds(60))))
    }

    private static func wait(_ what: String, _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(90)
        while try await !holds() {
            guard ContinuousClock.now < end else { throw Failure(description: "not within 90 s: \(what)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The port that Prometheus says it listens on.
    private static func port(in log: String) -> Int? {
        for line in log.split(separator: "\n") where line.contains("Listening on") {
            guard let address = line.range(of: "address=127.0.0.1:") else { continue }
            return Int(line[address.upperBound...].prefix { $0.isNumber })
        }
        return nil
    }
}
