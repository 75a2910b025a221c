import AutomatonCore
import Engine
import KafkaClient
import KubernetesClient
import SimulatedAPI
import Simulator

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The world of the demo: a shop in a cluster in memory, with controllers and kubelets, behind a real HTTP API; a queue; a database.
struct DemoStage: Sendable {
    let shop = Shop()
    let cluster: Cluster
    let trouble: APIFaultInjection
    let server: SimulatedAPIServer
    let queue: DemoQueue
    /// Nil when PostgreSQL is not installed.
    let database: DemoDatabase?
    /// Why there is no database.
    let missing: String?
    private let directory: URL

    init() async throws {
        let clock = ScaledClock(start: WallClock.read())
        // Kubelets live five times as fast as real ones, so that back-off is a matter of seconds.
        let controllers: [any Controller] = [
            World(World.Configuration(timeScale: 0.2)), NamespaceLifecycle(), DisruptionController(), LeaseController(),
        ]
        cluster = Cluster(ControlPlane(controllers: controllers), clock: clock)
        trouble = APIFaultInjection(cluster: cluster)
        server = SimulatedAPIServer(
            cluster: cluster, faults: trouble, features: ClusterFeatures(kubelets: true, metrics: .serving, metricsInterval: .seconds(1)))
        queue = try DemoQueue(cluster: cluster, consumers: shop.orderWorker)
        do {
            database = try await DemoDatabase.start()
            missing = nil
        } catch {
            database = nil
            missing = String(describing: error)
        }
        directory = FileManager.default.temporaryDirectory.appending(path: "automaton-demo-\(RunName.random())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Where kubectl finds the cluster.
    var kubeconfigPath: String { directory.appending(path: "kubeconfig").path(percentEncoded: false) }

    /// Where the automaton keeps its journal.
    var statePath: String { directory.appending(path: "state").path(percentEncoded: false) }

    /// Where the automaton finds the queue and the database.
    var surroundings: Surroundings {
        Surroundings(kafka: ["KAFKA_BOOTSTRAP_SERVERS": queue.broker.bootstrapServers], database: database?.connection ?? "")
    }

    /// Waits for the server's port, and reads the way to the cluster from a kubeconfig, as anybody would.
    func access() async throws -> ClusterConfiguration {
        let kubeconfig = SimulatedAPIServer.kubeconfig(port: try await server.port, namespace: shop.namespace)
        try Data(kubeconfig.utf8).write(to: URL(filePath: kubeconfigPath))
        return try ClusterConfiguration.load(kubeconfig: kubeconfigPath, environment: [:], clock: WallClock.read)
    }

    /// Removes what it left on the disk.
    func close() async {
        await database?.stop()
        try? FileManager.default.removeItem(at: directory)
    }
}
