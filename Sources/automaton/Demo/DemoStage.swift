import AutomatonCore
import Engine
import KubernetesClient
import SimulatedAPI
import Simulator

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The cluster of the demo: a shop, controllers and kubelets in memory, behind a real HTTP API.
struct DemoStage: Sendable {
    let shop = Shop()
    let cluster: Cluster
    let trouble: APIFaultInjection
    let server: SimulatedAPIServer
    private let directory: URL

    init() throws {
        let clock = ScaledClock(start: WallClock.read())
        // Kubelets live five times as fast as real ones, so that back-off is a matter of seconds.
        let controllers: [any Controller] = [
            World(World.Configuration(timeScale: 0.2)), NamespaceLifecycle(), DisruptionController(), LeaseController(),
        ]
        cluster = Cluster(ControlPlane(controllers: controllers), clock: clock)
        trouble = APIFaultInjection(cluster: cluster)
        server = SimulatedAPIServer(cluster: cluster, faults: trouble)
        directory = FileManager.default.temporaryDirectory.appending(path: "automaton-demo-\(RunName.random())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Where kubectl finds the cluster.
    var kubeconfigPath: String { directory.appending(path: "kubeconfig").path(percentEncoded: false) }

    /// Waits for the server's port, and reads the way to the cluster from a kubeconfig, as anybody would.
    func access() async throws -> ClusterConfiguration {
        let kubeconfig = SimulatedAPIServer.kubeconfig(port: try await server.port, namespace: shop.namespace)
        try Data(kubeconfig.utf8).write(to: URL(filePath: kubeconfigPath))
        return try ClusterConfiguration.load(kubeconfig: kubeconfigPath, environment: [:], clock: WallClock.read)
    }

    /// Removes what it left on the disk.
    func close() {
        try? FileManager.default.removeItem(at: directory)
    }
}
