import AutomatonCore
import Checks
import CurlHTTP
import Engine
import KubernetesClient
import Remediations

/// From the bytes of a pod's status change to the PATCH: how long the automaton takes to see an OOM, decide and write, over a real HTTP
/// connection to the simulated API server.
///
/// A relay before the server notes the time just before the event is written to the automaton's socket, and the time at which the PATCH
/// has been read from it. In between lie what the automaton does and the reads that it makes, each with the server's time to answer and
/// twice the relay. 200 Deployments, one after another, each killed for the first time: nothing is known of any of them.
enum LatencyBenchmark {
    static func run() async throws {
        let server = try ChildServer("serve-latency")
        defer { server.stop() }
        guard let port = server.readLine().flatMap({ Int($0) }) else { throw ServerFailed(answer: "no port") }
        let http = try HTTPClient()
        let engine = try await engine(port: port, http)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            while !(await engine.unobserved.isEmpty) { try await Task.sleep(for: .milliseconds(5)) }
            var taken: [Double] = []
            for index in 0..<LatencyServer.count {
                server.write("service-\(index)")
                let answer = server.readLine() ?? "the server ended"
                guard let milliseconds = Double(answer) else { throw ServerFailed(answer: answer) }
                taken.append(milliseconds)
                // Long enough for the answer to be taken in, so that each run begins at rest.
                try await Task.sleep(for: .milliseconds(5))
            }
            report(Distribution(taken))
            group.cancelAll()
        }
        await http.shutdown()
    }

    struct ServerFailed: Error { let answer: String }

    private static func report(_ times: Distribution) {
        print("latency: \(LatencyServer.count) OOM kills, from the status change to the PATCH, in ms")
        let shares: [(String, Double)] = [
            ("min", 0), ("p10", 0.1), ("p25", 0.25), ("median", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1),
        ]
        print("  " + shares.map { "\($0.0) \(times.quantile($0.1).text(2))" }.joined(separator: "  "))
        print("  goals: median under 1, p99 under 5")
        let bounds: [Double] = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, .infinity]
        var from = 0.0
        for bound in bounds {
            let inside = times.sorted.count { $0 >= from && $0 < bound }
            if inside > 0 { print("  \(from.text(2)) to \(bound.text(2)): \(String(repeating: "#", count: (inside + 1) / 2)) \(inside)") }
            from = bound
        }
    }

    private static func engine(port: Int, _ http: HTTPClient) async throws -> Engine {
        let clock = EngineClock.system()
        let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(port)", namespace: "production"), http: http)
        var policy = SafetyPolicy()
        policy.attemptsAnHour = LatencyServer.count * 2
        policy.attemptsAtOnce = LatencyServer.count * 2
        let limits = policy
        let environment = Environment(
            pods: KubernetesPods(api, clock: clock.now), workloads: KubernetesWorkloads(api), limits: { limits }, now: clock.now)
        let engine = Engine(environment: environment, clock: clock, observers: [], run: "benchmark")
        let check = CheckID("pod-health")
        let rule = Rule(
            name: "oom-killed", check: check, tiers: [Tier([.reasons(["OOMKilled"])], priority: .critical)],
            remediations: [RemediationStep(use: "raise-memory")])
        await engine.configure(
            Ruleset(
                rules: [rule], checks: [check: try PodHealth(PodHealth.Parameters(namespace: "production"))],
                remediations: ["oom-killed": [try RaiseMemory(RaiseMemory.Parameters())]]),
            policy: policy)
        return engine
    }
}
