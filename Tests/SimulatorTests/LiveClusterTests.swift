import AutomatonCore
import Simulator
import Testing

/// The world in a cluster that lives in (quickened) real time.
@Suite struct LiveClusterTests {
    @Test(.timeLimit(.minutes(5))) func aFaultBreaksOutAndIsHealed() async throws {
        let clock = ScaledClock(start: Instant(seconds: 1_790_000_000), scale: 50)
        let cluster = Cluster(ControlPlane(controllers: [World()]), clock: clock)
        let shop = try await cluster.write { try $0.deployShop(at: $1) }
        try await Self.wait(cluster) { shop.isHealthy(in: $0) }
        _ = try await cluster.write { try $0.oom(shop.emailService, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        try await Self.wait(cluster) { store in
            store.list(.pods, namespace: "production").contains {
                $0["status", "containerStatuses", 0, "state", "waiting", "reason"]?.string == "CrashLoopBackOff"
            }
        }
        _ = try await cluster.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "email-service") {
                $0["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"] = "2Gi"
            }
        }
        try await Self.wait(cluster) { shop.isHealthy(in: $0) }
        await cluster.stop()
    }

    /// Waits for a condition, looking again every other millisecond; the test's time limit bounds it.
    private static func wait(_ cluster: Cluster, for condition: @escaping @Sendable (borrowing Store) -> Bool) async throws {
        while await !cluster.read({ condition($0) }) { try await Task.sleep(for: .milliseconds(2)) }
    }
}
