import AutomatonCore
import Checks
import CurlHTTP
import Engine
import Foundation
import KubernetesClient
import Logging
import Remediations
import ServiceLifecycle
import SimulatedAPI
import Simulator
import Synchronization

/// From a pod's status change to the PATCH: how long the automaton takes to see an OOM, decide and write, over a real HTTP connection.
///
/// The time runs from the moment before the change is given to the simulated API server to the moment in which the head of the PATCH has
/// arrived there. It therefore holds more than the automaton's own share: also what the server needs to put the event on the wire, to
/// answer the reads in between, and to read the request. 200 Deployments, one after another, each killed for the first time.
enum LatencyBenchmark {
    static let count = 200

    static func run() async throws {
        let patched = Mutex<[String: ContinuousClock.Instant]>([:])
        let cluster = Cluster(ControlPlane(store: try store()), clock: ScaledClock(start: WallClock.read()))
        let server = SimulatedAPIServer(cluster: cluster) { method, path in
            guard method == "PATCH" else { return }
            let now = ContinuousClock.now
            let name = String(path.split(separator: "?")[0].split(separator: "/").last ?? "")
            patched.withLock { $0[name] = $0[name] ?? now }
        }
        let serving = ServiceGroup(services: [server], logger: Logger(label: "latency"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serving.run() }
            let http = try HTTPClient()
            let engine = try await engine(port: server.port, http)
            group.addTask { await engine.run() }
            while !(await engine.unobserved.isEmpty) { try await Task.sleep(for: .milliseconds(5)) }

            var taken: [Double] = []
            for index in 0..<count {
                let name = "service-\(index)"
                let start = ContinuousClock.now
                try await cluster.write { store, now in try kill(name, &store, at: now) }
                while true {
                    if let at = patched.withLock({ $0[name] }) {
                        taken.append(start.duration(to: at).inSeconds * 1000)
                        break
                    }
                    guard start.duration(to: .now) < .seconds(5) else { throw NoPatch(name: name) }
                    try await Task.sleep(for: .microseconds(200))
                }
                // Long enough for the answer to be taken in, so that each run begins at rest.
                try await Task.sleep(for: .milliseconds(5))
            }
            report(Distribution(taken))
            await serving.triggerGracefulShutdown()
            group.cancelAll()
            await http.shutdown()
        }
    }

    struct NoPatch: Error { let name: String }

    private static func report(_ times: Distribution) {
        print("latency: \(count) OOM kills, from the status change to the PATCH, in ms")
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
        policy.attemptsAnHour = count * 2
        policy.attemptsAtOnce = count * 2
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

    /// The shop's email service, 200 times, with one pod each; no controllers, so that nothing else takes time.
    private static func store() throws -> Store {
        var store = Store()
        let now = WallClock.read()
        var world = World(World.Configuration(timeScale: 0.01))
        for index in 0..<count {
            try store.deploy(
                WorkloadBlueprint(
                    "service-\(index)", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30), memoryRequest: ByteQuantity(bytes: 64 << 20)
                ),
                in: "production", at: now)
        }
        var time = now
        for _ in 0..<2000 {
            guard let next = world.reconcile(&store, at: time) else { break }
            time = max(next, time + .milliseconds(1))
            if store.list(.deployments).allSatisfy(\.isRolledOut) { break }
        }
        return store
    }

    /// What the kubelet writes when the kernel has killed a container.
    private static func kill(_ name: String, _ store: inout Store, at now: Instant) throws {
        guard
            let pod = store.list(.pods, namespace: "production").first(where: { $0.name.hasPrefix(name + "-") })
        else { throw NoPatch(name: name) }
        try store.update(.pods, namespace: pod.namespace, name: pod.name) { pod in
            pod["status", "containerStatuses", 0, "state"] = [
                "terminated": [
                    "exitCode": 137, "reason": "OOMKilled", "startedAt": .string(now.rfc3339), "finishedAt": .string(now.rfc3339),
                ]
            ]
            pod["status", "containerStatuses", 0, "ready"] = false
        }
    }
}
