import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import WebAPI

@Suite("Web server", .timeLimit(.minutes(5)))
struct WebServerTests {
    /// Runs a server on a free port, lends it, and shuts it down gracefully.
    /// - Returns: how long the shutdown took.
    @discardableResult
    func serving(
        health: @escaping @Sendable () -> HealthReport = { HealthReport() },
        readiness: @escaping @Sendable () -> ReadinessReport = { ReadinessReport() },
        idleTime: Duration = .seconds(30), headTime: Duration = .seconds(30), requestTime: Duration = .seconds(30), connections: Int = 512,
        _ body: (TestClient, ServiceGroup) async throws -> Void
    ) async throws -> Duration {
        let server = WebServer(
            .init(
                host: "127.0.0.1", port: 0, connections: connections, idleTime: idleTime, headTime: headTime, requestTime: requestTime),
            registry: PrometheusRegistry(), health: health, readiness: readiness,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(
            configuration: .init(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the server listens") { server.port != nil }
            try await body(TestClient(port: try #require(server.port)), group)
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.next()
            #expect(server.port == nil)
            return ContinuousClock.now - start
        }
    }

    @Test("Metrics come in the text format, but for those who would rather have OpenMetrics")
    func metrics() async throws {
        try await serving { client, _ in
            let asks = "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1"
            for method in ["GET", "HEAD"] {
                let answer = try await client.get("/metrics", method: method, headers: [asks])
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
                #expect(answer.headers["vary"] == "Accept")
                #expect(answer.body.hasSuffix("\n# EOF\n") == (method == "GET"))
            }
            for accept in ["*/*", "application/vnd.google.protobuf", "text/plain;version=0.0.4, application/openmetrics-text;q=0.9"] {
                let answer = try await client.get("/metrics", headers: ["Accept: \(accept)"])
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
                #expect(answer.headers["content-length"] == String(answer.body.utf8.count))
                #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
                #expect(answer.body.contains("# TYPE healing_actions_total counter\n") == false, "no series yet, no head")
                #expect(answer.body.contains("healing_suppressed_total{guard=\"cooldown\"} 0\n"))
                #expect(answer.body.contains("\nprocess_open_fds "))
            }
        }
    }

    @Test("Health and readiness say what is wrong")
    func probes() async throws {
        let reports = Mutex((HealthReport(), ReadinessReport(missing: ["check \"x\"\nis missing"])))
        try await serving(health: { reports.withLock { $0.0 } }, readiness: { reports.withLock { $0.1 } }) { client, _ in
            var answer = try await client.get("/healthz")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"healthy":true,"problems":[]}"# + "\n")
            #expect(answer.headers["content-type"] == "application/json")
            answer = try await client.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.body == #"{"ready":false,"missing":["check \"x\"\nis missing"]}"# + "\n")
            reports.withLock { $0 = (HealthReport(problems: ["a", "b"]), ReadinessReport()) }
            answer = try await client.get("/healthz")
            #expect(answer.status == 503)
            #expect(answer.body == #"{"healthy":false,"problems":["a","b"]}"# + "\n")
            answer = try await client.get("/readyz")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"ready":true,"missing":[]}"# + "\n")
        }
    }

    @Test("HEAD answers as GET does, without the body", arguments: ["/", "/metrics", "/healthz", "/readyz"])
    func head(path: String) async throws {
        try await serving { client, _ in
            let answer = try await client.get(path, method: "HEAD")
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            #expect(answer.headers["content-length"].flatMap { Int($0) } ?? 0 > 20)
        }
    }

    @Test("Unknown paths are 404, other methods 405")
    func errors() async throws {
        try await serving { client, _ in
            #expect(try await client.get("/nothing").status == 404)
            #expect(try await client.get("/metrics/more").status == 404)
            #expect(try await client.get("/nothing", method: "POST").status == 404)
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                let answer = try await client.get("/metrics", method: method, headers: ["Content-Length: 0"])
                #expect(answer.status == 405, "\(method)")
                #expect(answer.headers["allow"] == "GET, HEAD")
                #expect(answer.body == "405 Method Not Allowed\n")
            }
            let index = try await client.get("/?x=1")
            #expect(index.status == 200)
            #expect(index.body.contains("/metrics"))
        }
    }

    @Test("Headers beyond the limit and nonsense are refused, and the server goes on")
    func hostile() async throws {
        try await serving { client, _ in
            #expect(try await client.get("/", headers: ["X-Long: \(String(repeating: "x", count: 40_000))"]).status >= 400)
            let answer = try await client.connected { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "\u{0}\u{1}nonsense\r\n\r\n"))
                var text = ""
                for try await buffer in inbound { text += String(buffer: buffer) }
                return text
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(try await client.get("/healthz").status == 200)
        }
    }

    @Test("A request that does not arrive whole is given up")
    func slow() async throws {
        try await serving(idleTime: .milliseconds(200)) { client, _ in
            try await client.connected { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "GET /metrics HTTP/1.1\r\nHost: x\r\n"))
                for try await _ in inbound {}
            }
        }
    }

    @Test("Shutdown closes idle, keep-alive and half-written connections, however long they might idle")
    func shutdown() async throws {
        let beginnings = [
            "", "GET /metrics HTTP/1.1\r\nHost: x\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        ]
        let took = try await serving(idleTime: .seconds(600)) { client, group in
            try await withThrowingTaskGroup(of: Void.self) { connections in
                let (connected, tell) = AsyncStream.makeStream(of: Void.self)
                for beginning in beginnings {
                    connections.addTask {
                        try await client.connected { inbound, outbound in
                            if !beginning.isEmpty { try await outbound.write(ByteBuffer(string: beginning)) }
                            tell.yield()
                            // Ends, or throws on a reset, when the server closes.
                            do { for try await _ in inbound {} } catch {}
                        }
                    }
                }
                var iterator = connected.makeAsyncIterator()
                for _ in beginnings { await iterator.next() }
                let status = try await client.get("/healthz").status
                #expect(status == 200)
                let start = ContinuousClock.now
                await group.triggerGracefulShutdown()
                try await connections.waitForAll()
                #expect(ContinuousClock.now - start < .seconds(90))
            }
        }
        #expect(took < .seconds(90))
    }

    @Test("A port in use is an error that names it")
    func portInUse() async throws {
        try await serving { client, _ in
            let second = WebServer(
                .init(host: "127.0.0.1", port: client.port), registry: PrometheusRegistry(), health: { HealthReport() },
                readiness: { ReadinessReport() }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let error = await #expect(throws: WebServer.ListenError.self) { try await second.run() }
            let text = error?.description
            #expect(
                text
                    == "cannot listen on 127.0.0.1:\(client.port): another process listens there; choose another port, or 0 for a free one")
            let status = try await client.get("/healthz").status
            #expect(status == 200, "the first one goes on")
        }
    }

    @Test("An address that is none of ours is an error that names it")
    func foreignAddress() async throws {
        let server = WebServer(
            .init(host: "192.0.2.1", port: 0), registry: PrometheusRegistry(), health: { HealthReport() }, readiness: { ReadinessReport() },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let error = await #expect(throws: WebServer.ListenError.self) { try await server.run() }
        #expect(error?.description.hasPrefix("cannot listen on 192.0.2.1:0: this machine has no such address") == true)
    }

    @Test("A cancelled server ends")
    func cancelled() async throws {
        let server = WebServer(
            .init(host: "127.0.0.1", port: 0), registry: PrometheusRegistry(), health: { HealthReport() },
            readiness: { ReadinessReport() }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { try await server.run() }
        try await eventually("the server listens") { server.port != nil }
        task.cancel()
        _ = await task.result
        #expect(server.port == nil)
    }
}
