internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
public import ServiceLifecycle
internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Serves `/metrics`, `/healthz`, `/readyz`, `/api/autoheal/…` and the dashboard, over HTTP/1.1.
public final class WebServer: Service {
    /// Where it listens and what it bears.
    public struct Configuration: Hashable, Sendable {
        /// Address or name to listen on.
        public var host: String
        /// TCP port; 0 takes a free one.
        public var port: Int
        /// Connections at once. When nearly all are taken, those on which nothing is asked make way; further ones wait in the kernel's queue.
        public var connections: Int
        /// A connection on which nothing is asked for so long is closed.
        public var idleTime: Duration
        /// A new connection on which nothing is asked within this time is closed.
        public var headTime: Duration
        /// A connection on which a request does not arrive whole within this time, or an answer is not taken, is closed.
        public var requestTime: Duration
        /// After a graceful shutdown began, answers under way get this long.
        public var shutdownTime: Duration

        /// Makes a configuration.
        public init(
            host: String = "0.0.0.0", port: Int = 8000, connections: Int = 512, idleTime: Duration = .seconds(60),
            headTime: Duration = .seconds(10), requestTime: Duration = .seconds(30), shutdownTime: Duration = .milliseconds(1500)
        ) {
            self.host = host
            self.port = port
            self.connections = connections
            self.idleTime = idleTime
            self.headTime = headTime
            self.requestTime = requestTime
            self.shutdownTime = shutdownTime
        }
    }

    /// The server could not begin to listen: where, and why.
    public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Address or name, and port.
        public var host: String
        /// TCP port.
        public var port: Int
        /// The reason, and what would help.
        public var reason: String

        public var description: String { "cannot listen on \(host):\(port): \(reason)" }
    }

    private let configuration: Configuration
    private let endpoints: Endpoints
    private let logger: Logger
    private let bound = Mutex<Int?>(nil)
    private let firstBound = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))

    /// Makes a server; it listens while ``run()`` runs.
    /// - Parameters:
    ///   - registry: what `/metrics` shows.
    ///   - health: asked at each request to `/healthz`; must not block.
    ///   - readiness: asked at each request to `/readyz`; must not block.
    ///   - api: what is served under `/api/autoheal`; nil for nothing.
    ///   - dashboard: the pages at `/`; nil for a list of the paths.
    ///   - logger: for the line that says where it listens.
    public init(
        _ configuration: Configuration = Configuration(), registry: PrometheusRegistry,
        health: @escaping @Sendable () -> HealthReport, readiness: @escaping @Sendable () -> ReadinessReport, api: HealingAPI? = nil,
        dashboard: Dashboard? = nil, logger: Logger
    ) {
        self.configuration = configuration
        endpoints = Endpoints(registry: registry, health: health, readiness: readiness, api: api, dashboard: dashboard)
        self.logger = logger
    }

    /// The port it listens on; nil while it does not.
    public var port: Int? { bound.withLock { $0 } }

    /// Waits until it listens, and answers with the port; nil when this task was cancelled first, or it never will. For one caller.
    public func listening() async -> Int? {
        for await port in firstBound.stream { return port }
        return nil
    }

    /// Serves until graceful shutdown or cancellation. Idle connections are closed at once then, the others when their answer is sent or
    /// the shutdown time is over.
    /// - Throws: ``ListenError`` when the port cannot be had.
    public func run() async throws {
        let application = application()
        let shutdownTime = configuration.shutdownTime
        defer {
            bound.withLock { $0 = nil }
            firstBound.continuation.finish()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await application.run()
                } catch let error where !(error is CancellationError) && self.port == nil {
                    throw self.explain(error)
                }
            }
            group.addTask {
                try await gracefulShutdown()
                // Whoever follows would stay for ever.
                self.endpoints.api?.feed.close()
                try await Task.sleep(for: shutdownTime)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func application() -> Application<RouterResponder<PeerContext>> {
        // Its own lines at info tell of the framework's inside.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .critical)
        let book = ConnectionBook(places: configuration.connections)
        let limits = ConnectionWatch.Limits(
            head: configuration.headTime, request: configuration.requestTime, stall: configuration.requestTime)
        return Application(
            router: endpoints.router(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionWatch(book, limits)], idleTimeout: TimeAmount(configuration.idleTime),
                    httpDecoderConfiguration: .init(maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections)),
            onServerRunning: { channel in self.listens(channel.localAddress?.port ?? self.configuration.port) },
            logger: quiet)
    }

    private func listens(_ port: Int) {
        bound.withLock { $0 = port }
        firstBound.continuation.yield(port)
        logger.info(
            "Listening on \(configuration.host):\(port)",
            metadata: ["host": "\(configuration.host)", "port": .stringConvertible(port)])
    }

    private func explain(_ error: any Error) -> ListenError {
        var reason = String(describing: error)
        if let error = error as? IOError {
            reason =
                switch error.errnoCode {
                case EADDRINUSE: "another process listens there; choose another port, or 0 for a free one"
                case EACCES: "permission denied; ports below 1024 need a capability: choose a higher one"
                case EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 listens on all"
                default: error.description
                }
        }
        return ListenError(host: configuration.host, port: configuration.port, reason: reason)
    }
}
