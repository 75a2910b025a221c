import AutomatonCore
import Checks
import CurlHTTP
import Engine
import Foundation
import KubernetesClient
import Synchronization

/// Whether the check has reported.
private final class Seen: Sendable {
    private let state = Mutex(false)
    var value: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Lists and watches 10,000 real pods with the check that the rules use, and says how much memory that takes above idle.
enum MemoryBenchmark {
    static func run() async throws {
        let server = try ChildServer("serve-pods", "10")
        defer { server.stop() }
        guard let port = server.readLine().flatMap({ Int($0) }) else {
            print("memory: the server did not start")
            return
        }

        let http = try HTTPClient()
        let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(port)", namespace: "production"), http: http)
        let environment = Environment(
            pods: KubernetesPods(api, clock: WallClock.read), workloads: KubernetesWorkloads(api), limits: { SafetyPolicy() },
            now: WallClock.read)
        _ = try await api.get(APIPath(raw: "/version"))
        let idle = Self.resident()
        let seen = Seen()
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let check = try PodHealth(PodHealth.Parameters(namespace: "production"))
                try await check.watch(in: environment) { report in
                    if case .complete = report { seen.value = true }
                }
            }
            while !seen.value { try await Task.sleep(for: .milliseconds(5)) }
            let listed = start.duration(to: .now)
            // A little longer: what the watch needs comes on top.
            try await Task.sleep(for: .seconds(3))
            let now = Self.resident()
            print("memory: 10,000 real pods of 15 kB, listed in \(listed.inSeconds.text(2)) s and watched by pod-health")
            print(
                "  resident: idle \(idle.now.text(1)) MB, watching \(now.now.text(1)) MB: \((now.now - idle.now).text(1)) MB more (goal: 25)"
            )
            print("  highest:  \(now.highest.text(1)) MB: \((now.highest - idle.now).text(1)) MB above idle")
            group.cancelAll()
        }
        await http.shutdown()
    }

    /// Resident memory of this process in MB, now and at its highest (`/proc/self/status`).
    static func resident() -> (now: Double, highest: Double) {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func megabytes(_ key: String) -> Double {
            for line in status.split(separator: "\n") where line.hasPrefix(key) {
                return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? .nan) / 1024
            }
            return .nan
        }
        return (megabytes("VmRSS:"), megabytes("VmHWM:"))
    }
}
