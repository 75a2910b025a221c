import AutomatonCore
import Engine
import Foundation
import Logging
import ServiceLifecycle
import SimulatedAPI
import Simulator
import Synchronization

/// The world of the latency benchmark, in a process of its own: 200 Deployments behind the simulated API server, and a relay before it
/// that takes the times. Told `kill NAME` on standard input, it kills that Deployment's pod for lack of memory and answers with the
/// milliseconds until the PATCH.
enum LatencyServer {
    static let count = 200

    static func run() async {
        do {
            let cluster = Cluster(ControlPlane(store: try store()), clock: ScaledClock(start: WallClock.read()))
            let server = SimulatedAPIServer(cluster: cluster)
            let times = Times()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ServiceGroup(services: [server], logger: Logger(label: "server")).run() }
                group.addTask {
                    let tap = try await SocketTap(
                        to: server.port, toClient: { if contains($0, "\"OOMKilled\"") { times.note(arrived: .now) } },
                        fromClient: { if contains($0, "PATCH ") { times.note(left: .now) } })
                    print(tap.port)
                    fflush(nil)
                    try await serve(cluster, times)
                    exit(0)
                }
                try await group.waitForAll()
            }
        } catch {
            print("failed: \(error)")
        }
    }

    private static func serve(_ cluster: Cluster, _ times: Times) async throws {
        let pods = await cluster.read { store in
            Dictionary(
                uniqueKeysWithValues: store.list(.pods).map { ($0.name.split(separator: "-").prefix(2).joined(separator: "-"), $0.name) })
        }
        while let line = readLine() {
            guard let pod = pods[line] else {
                print("failed: no pod of \(line)")
                fflush(nil)
                continue
            }
            times.reset()
            try await cluster.write { store, now in try kill(pod, &store, at: now) }
            let start = ContinuousClock.now
            var answer = "failed: no PATCH within 5 s"
            while start.duration(to: .now) < .seconds(5) {
                if let time = times.taken {
                    answer = String(time.inSeconds * 1000)
                    break
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            print(answer)
            fflush(nil)
        }
    }

    /// When the event came and the PATCH left.
    private final class Times: Sendable {
        private let state = Mutex<(arrived: ContinuousClock.Instant?, left: ContinuousClock.Instant?)>((nil, nil))
        func reset() { state.withLock { $0 = (nil, nil) } }
        func note(arrived at: ContinuousClock.Instant) { state.withLock { $0.arrived = $0.arrived ?? at } }
        func note(left at: ContinuousClock.Instant) { state.withLock { $0.left = $0.left ?? at } }
        var taken: Duration? {
            state.withLock { state in
                guard let arrived = state.arrived, let left = state.left else { return nil }
                return arrived.duration(to: left)
            }
        }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        let word = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard let first = word.first, let pattern = word.baseAddress, let start = bytes.baseAddress else { return false }
        var from = 0
        while from + word.count <= bytes.count, let found = memchr(start + from, Int32(first), bytes.count - from - word.count + 1) {
            if memcmp(found, pattern, word.count) == 0 { return true }
            from = UnsafeRawPointer(found) - start + 1
        }
        return false
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
    private static func kill(_ pod: String, _ store: inout Store, at now: Instant) throws {
        try store.update(.pods, namespace: "production", name: pod) { pod in
            pod["status", "containerStatuses", 0, "state"] = [
                "terminated": [
                    "exitCode": 137, "reason": "OOMKilled", "startedAt": .string(now.rfc3339), "finishedAt": .string(now.rfc3339),
                ]
            ]
            pod["status", "containerStatuses", 0, "ready"] = false
        }
    }
}
