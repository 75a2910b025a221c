import Hummingbird
import HummingbirdCore
public import Logging
public import ServiceLifecycle
public import Simulator
import Synchronization

/// The API server of a simulated cluster: plain HTTP on a loopback port, spoken to by kubectl and by any Kubernetes client.
public struct SimulatedAPIServer: Service {
    /// Told of each request, with its path and query, when its head has arrived.
    public typealias RequestObserver = @Sendable (_ method: String, _ uri: String) -> Void

    private let cluster: Cluster
    private let access: Access
    private let faults: APIFaultInjection
    private let requestedPort: Int
    private let timeScale: Double
    private let features: ClusterFeatures
    private let onRequest: RequestObserver?
    private let logger: Logger
    private let bound = BoundPort()

    /// Describes a server; `run()` starts it.
    ///
    /// - Parameters:
    ///   - cluster: what it serves.
    ///   - port: the port on 127.0.0.1; 0 for a free one.
    ///   - access: who may do what.
    ///   - faults: the faults that it shows on demand; nil for none.
    ///   - features: what the cluster has beside its API server.
    ///   - timeScale: seconds of the cluster a real second: watches end and reads give up that much earlier. 1 is real.
    ///   - logger: where the server's own troubles go.
    ///   - onRequest: told of each request; must not block.
    public init(
        cluster: Cluster, port: Int = 0, access: Access = .open, faults: APIFaultInjection? = nil,
        features: ClusterFeatures = .bare, timeScale: Double = 1, logger: Logger = Logger(label: "simulated-api"),
        onRequest: RequestObserver? = nil
    ) {
        self.cluster = cluster
        self.access = access
        self.faults = faults ?? APIFaultInjection(cluster: cluster)
        requestedPort = port
        precondition(timeScale > 0 && timeScale.isFinite, "the time scale must be positive")
        self.timeScale = timeScale
        self.features = features
        self.onRequest = onRequest
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        self.logger = logger
    }

    /// The port that the server listens on, as soon as it does.
    public var port: Int { get async throws { try await bound.value } }

    /// Serves until graceful shutdown, which ends all watches.
    public func run() async throws {
        let gate = ExecGate(
            cluster: cluster, access: access, faults: faults, hasKubelets: features.kubelets, onRequest: onRequest)
        let application = Application(
            responder: KubernetesResponder(
                cluster: cluster, access: access, faults: faults, bound: bound, timeScale: timeScale, features: features,
                onRequest: onRequest),
            server: HTTPServerBuilder { responder in UpgradableChannel(gate: gate, responder: responder) },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: requestedPort)),
            onServerRunning: { [bound] channel in bound.set(channel.localAddress?.port ?? 0) },
            logger: logger)
        await cluster.start()
        defer { bound.fail() }
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: { [cluster] in
            Task { await cluster.stop() }
        }
    }

    /// A kubeconfig for a server at a port, with a context named `simulated`.
    ///
    /// - Parameters:
    ///   - port: the port.
    ///   - namespace: the context's namespace.
    ///   - token: the bearer token; nil where none is needed.
    public static func kubeconfig(port: Int, namespace: String = "default", token: String? = nil) -> String {
        let user = token.map { "{ token: \"\($0)\" }" } ?? "{}"
        return """
            apiVersion: v1
            kind: Config
            current-context: simulated
            clusters:
              - name: simulated
                cluster: { server: "http://127.0.0.1:\(port)" }
            users:
              - name: simulated
                user: \(user)
            contexts:
              - name: simulated
                context: { cluster: simulated, user: simulated, namespace: "\(namespace)" }

            """
    }
}

/// The port that a server got, for those who wait for it.
final class BoundPort: Sendable {
    private enum State {
        case unknown([CheckedContinuation<Int, any Error>])
        case known(Int)
        case failed
    }

    private let state = Mutex<State>(.unknown([]))

    /// The port, if it is known already.
    var current: Int? {
        state.withLock { state in
            if case .known(let port) = state { port } else { nil }
        }
    }

    var value: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Int, any Error>? = state.withLock { state in
                    switch state {
                    case .unknown(let waiting):
                        state = .unknown(waiting + [continuation])
                        return nil
                    case .known(let port): return .success(port)
                    case .failed: return .failure(CancellationError())
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }

    func set(_ port: Int) {
        for continuation in finish(.known(port)) { continuation.resume(returning: port) }
    }

    /// The server has ended: who still waits for its port waits in vain.
    func fail() {
        for continuation in finish(.failed) { continuation.resume(throwing: CancellationError()) }
    }

    private func finish(_ next: State) -> [CheckedContinuation<Int, any Error>] {
        state.withLock { state in
            defer { state = next }
            if case .unknown(let waiting) = state { return waiting }
            return []
        }
    }
}
