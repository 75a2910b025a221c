import AutomatonCore
import Foundation
import SimulatedAPI
import Simulator
import Testing

/// `automaton health`, with no automaton running.
@Suite("Health", .timeLimit(.minutes(10)))
struct HealthTests {
    private func look(_ stage: Stage, _ options: String..., exit: Int32) async throws -> (out: String, log: String) {
        let result = try await Program.run(["health", "--kubeconfig", stage.kubeconfig, "--rules", Program.shippedRules] + options)
        #expect(result.end == .exit(exit), "\(options): \(result.out)\(result.log)")
        return (result.out, result.log)
    }

    /// What it says as soon as it says that something is wrong.
    private func unwell(_ stage: Stage, _ options: String...) async throws -> String {
        var out = ""
        try await until("something is wrong", context: { out }) {
            let result = try await Program.run(["health", "--kubeconfig", stage.kubeconfig, "--rules", Program.shippedRules] + options)
            out = result.out
            return result.end == .exit(1)
        }
        return out
    }

    private static let whole = ClusterFeatures(kubelets: true, metrics: .serving, metricsInterval: .seconds(1))

    @Test("All is well, then something is not: what is wrong comes first, what it comes to last")
    func wellAndUnwell() async throws {
        try await withStage(features: Self.whole) { stage in
            try await stage.deploy(Email.blueprint)
            try await until("all of it can be told") {
                let result = try await Program.run(["health", "--kubeconfig", stage.kubeconfig, "--rules", Program.shippedRules])
                return result.end == .exit(0)
            }
            let well = try await look(stage, exit: 0).out
            #expect(well.contains(/healthy  +oom-killed +1 workload +well/), "\(well)")
            #expect(well.split(separator: "\n").last?.hasPrefix("HEALTHY: nothing is wrong") == true)
            #expect(
                well.contains(
                    "not told by one look: restart-loop (restarts); ask the running automaton: automaton explain --rule restart-loop"))
            #expect(well.contains("not in force: kafka-lag needs KAFKA_BOOTSTRAP_SERVERS in the environment"))
            #expect(!well.contains("\u{1B}"))
            let one = try await look(stage, "deploy/email-service", "--rule", "oom-killed", "--all", exit: 0).out
            #expect(one.contains(/healthy +oom-killed +deployment\/email-service +restarts 0/), "\(one)")

            try await stage.oom(mebibytes: 1536)
            // Between two kills it runs for a moment, and one look may fall into that.
            let bad = try await unwell(stage)
            let rows = bad.split(separator: "\n").map(String.init)
            #expect(rows[1].contains(/^VERDICT +PRIORITY +RULE +SUBJECT +SEEN$/), "\(bad)")
            #expect(
                rows[2].contains(
                    /^unhealthy  critical  oom-killed +deployment\/email-service  OOMKilled in container .*exit code 137/),
                "\(bad)")
            #expect(rows.last?.hasPrefix("UNHEALTHY: 1 is unhealthy") == true, "\(bad)")
            let json = try JSON(parsing: try await unwell(stage, "-o", "json"))
            #expect(json["verdict"]?.string == "unhealthy")
            let rule = try #require(json["rules"]?.array?.first { $0["rule"]?.string == "oom-killed" })
            #expect(rule["sights", 0, "priority"]?.string == "critical" && rule["healthy"]?.int == 0)
            _ = try await look(stage, "--rule", "evicted", exit: 0)
            #expect(try await look(stage, "deployment/nobody", exit: 2).log.contains("nothing is known of deployment/nobody"))
            #expect(stage.requests.writes.isEmpty && stage.requests.notes.isEmpty, "it only looked")
        }
    }

    @Test("What cannot be read is unknown, and says what would mend it")
    func unknown() async throws {
        let looker = Access.User(
            name: "looker",
            rules: [
                .init(verbs: ["list", "watch", "get"], groups: ["", "apps", "batch"], resources: ["pods", "deployments", "replicasets"])
            ])
        try await withStage(access: Access(tokens: ["looker-token": looker]), token: "looker-token", features: Self.whole) { stage in
            try await stage.deploy(Email.blueprint)
            let told = try await look(stage, exit: 2).out
            #expect(told.contains(/unknown +(memory-usage|disk-usage) +- +.*may not/), "\(told)")
            #expect(told.contains("'automaton rbac' prints the Role that grants it"), "\(told)")
            #expect(told.split(separator: "\n").last?.contains("could not look") == true)
        }
    }

    @Test("Nobody is there, and what makes no sense")
    func nobody() async throws {
        let directory = try TemporaryDirectory()
        let kubeconfig = try directory.write("kubeconfig", SimulatedAPIServer.kubeconfig(port: 1, namespace: "production"))
        let base = ["health", "--kubeconfig", kubeconfig, "--rules", Program.shippedRules]
        let nobody = try await Program.run(base + ["--timeout", "3"])
        #expect(nobody.end == .exit(2), "\(nobody.out)\(nobody.log)")
        #expect(nobody.out.contains("UNKNOWN: ") && nobody.out.contains(/unknown +[0-9] rules \(pod-health/), "\(nobody.out)")
        for (options, exit, text) in [
            (["--rule", "oom-kiled"], 1, "unknown rule 'oom-kiled'; did you mean 'oom-killed'?"),
            (["--rule", "kafka-lag"], 2, "KAFKA_BOOTSTRAP_SERVERS"),
            (["--timeout", "0"], 64, "write seconds from 1 to 600"), (["email-service"], 64, "email-service"),
            (["--rules", directory.path + "/none"], 1, "none: cannot be read: No such file or directory"),
            (["--kubeconfig", directory.path + "/none"], 2, "no access to a cluster"),
        ] {
            let result = try await Program.run(base + options)
            #expect(result.end == .exit(Int32(exit)) && result.log.contains(text), "\(options): \(result.end) \(result.out)\(result.log)")
        }
    }
}
