import AutomatonCore
import Engine
import Foundation
import Logging
import PrometheusServer
import ServiceLifecycle
import Testing

@testable import WebAPI

/// The real thing reads what we write.
@Suite("Prometheus itself", .serialized, .timeLimit(.minutes(10)))
struct PrometheusTests {
    let registry = PrometheusRegistry()
    let incident: HealedIncident

    init() {
        incident = HealedIncident(registry)
    }

    @Test("promtool has nothing to say against a scrape")
    func promtool() throws {
        let process = Process()
        process.executableURL = try PrometheusServer.program("promtool")
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
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let web = WebServer(
            .init(host: "127.0.0.1", port: 0), registry: registry, health: { HealthReport() }, readiness: { ReadinessReport() },
            logger: quiet)
        let group = ServiceGroup(configuration: .init(services: [web], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the web server listens") { web.port != nil }
            try await PrometheusServer.scraping(try #require(web.port)) { prometheus in
                try await eventually("a scrape is stored") {
                    try await prometheus.now(#"up{job="self-healing-automaton"} == 1"#).values == ["1"]
                }
                // A scrape that a busy machine made late leaves a gap for a moment.
                for (expression, value) in [
                    (#"healing_actions_total{action="increase_pod_memory",success="true"}"#, "1"),
                    (#"healing_actions_total{action="increase_pod_memory",success="false"}"#, "0"),
                    (#"histogram_quantile(1, healing_latency_seconds_bucket{rule="oom-killed"})"#, "45"),
                    (#"healing_checks_total{check="pod-health{namespace: \"a\\b\"}",result="ok"}"#, "1"),
                ] {
                    try await eventually("\(expression) is \(value)") { try await prometheus.now(expression).values == [value] }
                }
                // It asks for OpenMetrics by itself, and keeps the incidents that come with it.
                for (metric, value) in [
                    ("healing_incident_mttr_seconds_bucket", "40"), ("healing_actions_total", "1"),
                    ("healing_incidents_created_total", "1"), ("healing_alerts_triggered_total", "1"),
                ] {
                    let exemplars = try await prometheus.exemplars(of: metric, from: 1_699_999_990, to: 1_700_000_050)
                    #expect(exemplars.map { $0.labels["incident_id"] } == [incident.id.text], "\(metric)")
                    #expect(exemplars.map(\.value) == [value], "\(metric)")
                }
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
