import Foundation
import PrometheusServer
import Testing

@testable import EmbeddedPostgres

/// What a person sees first.
@Suite("Demo", .timeLimit(.minutes(10)))
struct DemoTests {
    @Test("All faults of the demo are healed, also with faults of the API", arguments: [[], ["--faults"]])
    func healed(_ options: [String]) async throws {
        try await Gate.shared.pass {
            let port = try FreePort.find()
            try await PrometheusServer.scraping(port, labels: ["namespace": "production"]) { prometheus in
                let result = try await Program.run(
                    ["demo", "--rules", Program.shippedRules, "--listen", "127.0.0.1:\(port)"] + options,
                    environment: ["NO_COLOR": "1"])
                let said = "\(result.out)\n\(result.log)"
                #expect(result.end == .exit(0), "\(said)")
                #expect(result.out.contains("thresholds are shorter than the defaults"))
                #expect(result.out.contains("8 of 8 faults healed"), "\(said)")
                let lines = result.out.split(separator: "\n")
                let head = try #require(lines.firstIndex { $0.hasPrefix("FAULT") }, "\(said)")
                for word in ["DETECTED", "HEALED", "ATTEMPTS", "TIME TO RECOVER"] { #expect(lines[head].contains(word)) }
                let table = lines[(head + 1)...].prefix(8)
                for workload in ["email-service", "checkout", "catalog", "inventory", "order-worker", "storefront", "payments"] {
                    #expect(table.contains { $0.contains("/\(workload) ") && !$0.contains("not healed") }, "\(workload):\n\(said)")
                }
                #expect(table.contains { $0.contains("database/") && !$0.contains("not healed") }, "\(said)")
                // 20,000 messages at 3,500 a replica; put back once the group keeps up.
                #expect(result.out.contains("scale deployment/order-worker from 2 to 6 replicas"), "\(said)")
                #expect(result.out.contains("what scale changed was put back"), "\(said)")
                #expect(result.out.contains("forecast: lag grows"), "\(said)")
                for action in ["scale_kafka_consumers", "cleanup_postgres_connections", "cleanup_old_logs"] {
                    #expect(
                        lines.contains { $0 == "healing_actions_total{action=\"\(action)\",success=\"true\"} 1" }, "\(action):\n\(said)")
                }
                #expect(result.out.contains(#/Terminated (9\d|100) idle PostgreSQL connections/#), "\(said)")
                for action in ["increase_pod_memory", "restart_deployment"] {
                    #expect(lines.contains { $0.hasPrefix("healing_actions_total{action=\"\(action)\",success=\"true\"} ") }, "\(said)")
                }
                #expect(result.out.contains("  trouble  ") == !options.isEmpty)
                for (panel, query) in try ShippedDashboard.queries() where !ShippedDashboard.notInDemo.contains(panel) {
                    #expect(try await !prometheus.last(300, query).withNumbers.isEmpty, "\(panel): \(query)")
                }
            }
        }
    }
}
