import AutomatonCore
import CurlHTTP
import Engine
import KafkaClient
import KubernetesClient
import LocalFiles
import Logging
import PostgresClient
import Remediations
import Rules
import ServiceLifecycle
import UnixSignals
import WebAPI

/// The automaton put together: what `run` and `demo` have in common.
struct Installation {
    let engine: Engine
    let web: WebServer
    let reload: ReloadService
    let http: HTTPClient
    let registry: PrometheusRegistry
    private let kafka: KafkaConsumerGroups
    private let postgres: PostgresSessions

    /// Puts an automaton together; nothing runs before ``run(_:logger:)``.
    /// - Parameters:
    ///   - namespace: the one to watch; nil for all.
    ///   - source: rules and thresholds, loaded once already.
    ///   - surroundings: where Kafka and PostgreSQL are, for rules that do not say.
    ///   - listen: where metrics, health and the API are served.
    ///   - apiToken: what requests have to bear that change something; nil: they are taken from this machine alone.
    ///   - observers: who is told of what happens, beside the metrics.
    init(
        cluster: ClusterConfiguration, namespace: String?, source: ConfigurationSource, override: RuleOverride = RuleOverride(),
        surroundings: Surroundings, listen: ListenAddress, apiToken: APIToken? = nil,
        requestTimeout: Duration = .seconds(30), observers: [any EngineObserver], logger: Logger
    ) async throws {
        let registry = PrometheusRegistry(descriptors: HealingMetrics.descriptors)
        let metrics = HealingMetrics(factory: registry, version: Version.text, actions: builtInRemediations.map { $0.action })
        let http = try HTTPClient()
        let api = KubernetesAPI(cluster, http: http, userAgent: Version.userAgent, requestTimeout: requestTimeout) { method, code in
            metrics.kubernetesRequest(method: method, code: code)
        }
        let clock = EngineClock.system()
        let policy = PolicyInForce()
        let (kafka, postgres) = (
            KafkaConsumerGroups(environment: surroundings.kafka), PostgresSessions(defaultConnection: surroundings.database)
        )
        let workloads = KubernetesWorkloads(api)
        var environment = Environment(
            pods: ScopedPods(pods: KubernetesPods(api, clock: clock.now), namespace: namespace), workloads: workloads,
            limits: { policy.value }, now: clock.now)
        environment.consumerGroups = kafka
        environment.sessions = postgres
        environment.memories = KubernetesMemories(api, namespace: namespace)
        environment.volumes = ScopedVolumes(cluster: KubernetesVolumes(api, clock: clock.now), local: LocalVolumes(), namespace: namespace)
        environment.files = PlacedFiles(cluster: KubernetesFiles(api, workloads: workloads), local: LocalFiles(clock: clock.now))
        let vitals = EngineVitals(limit: .minutes(2))
        let engine = Engine(
            environment: environment, clock: clock, observers: observers + [metrics, vitals], run: RunName.random())
        self.http = http
        self.registry = registry
        self.kafka = kafka
        self.postgres = postgres
        self.engine = engine
        reload = ReloadService(
            source: source, engine: engine, policy: policy, metrics: metrics, vitals: vitals, logger: logger, override: override)
        web = WebServer(
            WebServer.Configuration(host: listen.host, port: listen.port), registry: registry, health: vitals.health,
            readiness: vitals.readiness, api: HealingAPI(engine: engine, token: apiToken, logger: logger), logger: logger)
        await reload.apply(source.current)
        await reload.report()
    }

    /// Runs until a signal, or until one of the services ends. The last of them are the first to be shut down.
    func run(_ services: [any Service] = [], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: ([web, reload, engine] as [any Service] + services).map {
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        let result: Result<Void, any Error>
        do {
            try await ServiceGroup(configuration: configuration).run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await kafka.shutdown()
        await postgres.shutdown()
        await http.shutdown()
        try result.get()
    }
}

/// Where to listen: `0.0.0.0:8000`, `:8000`, `[::]:8000`.
struct ListenAddress: Hashable, Sendable {
    var host: String
    var port: Int
}
