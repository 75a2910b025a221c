import AutomatonCore
import Logging
import ServiceLifecycle
import SimulatedAPI
import Simulator

/// A running server with its cluster.
struct ServerFixture: Sendable {
    let client: TestClient
    let cluster: Cluster
    let faults: APIFaultInjection
}

/// The beginning of every simulated cluster in these tests.
let simulationStart = Instant(seconds: 1_795_000_000)

/// Runs a server on a free port for the length of a closure.
func withServer<Value: Sendable>(
    controllers: [any Controller] = [NamespaceLifecycle()], access: Access = .open, features: ClusterFeatures = .bare,
    timeScale: Double = 1,
    _ body: @Sendable (ServerFixture) async throws -> Value
) async throws -> Value {
    let cluster = Cluster(
        ControlPlane(store: Store(seed: 1), controllers: controllers), clock: ScaledClock(start: simulationStart, scale: timeScale))
    let faults = APIFaultInjection(cluster: cluster)
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = SimulatedAPIServer(
        cluster: cluster, access: access, faults: faults, features: features, timeScale: timeScale, logger: quiet)
    let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: quiet))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let fixture = ServerFixture(client: TestClient(port: try await server.port), cluster: cluster, faults: faults)
        let result: Result<Value, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try result.get()
    }
}

/// Waits until a condition holds; false if it does not within a minute and a half.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(90)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}
