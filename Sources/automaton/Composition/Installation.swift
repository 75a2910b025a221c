import Analysis
import AutomatonCore
import CurlHTTP
import Engine
import KubernetesClient
import Logging
import Remediations
import Rules
import ServiceLifecycle
import Store
import WebAPI

/// The automaton put together: what `run` and `demo` have in common.
struct Installation {
    let engine: Engine
    let web: WebServer
    let reload: ReloadService
    let http: HTTPClient
    let registry: PrometheusRegistry
    /// What looks after the journal, and after what people see of incidents.
    private let care: [any Service]
    private let candidacy: Candidacy?
    private let notifications: Notifications?
    private let grace: Lifetime.Grace
    private let ports: Ports

    /// Puts an automaton together; nothing runs before ``run(_:logger:)``.
    /// - Parameters:
    ///   - namespace: the one to watch; nil for all.
    ///   - source: rules and thresholds, loaded once already.
    ///   - surroundings: where Kafka and PostgreSQL are, for rules that do not say.
    ///   - listen: where metrics, health and the API are served.
    ///   - run: names this run in attempts' names; new for each.
    ///   - replica: how this process stands among others and to its own past.
    ///   - summaries: who is asked for summaries of incidents; nil for the built-in ones alone.
    ///   - notify: which people are told; nil for none.
    ///   - observers: who is told of what happens, beside the metrics.
    init(
        cluster: ClusterConfiguration, namespace: String?, source: ConfigurationSource, override: RuleOverride = RuleOverride(),
        surroundings: Surroundings, listen: ListenAddress, run: String = RunName.random(), replica: Replica = Replica(),
        requestTimeout: Duration = .seconds(30), summaries: SummarySettings? = nil, notify: Notifications.Setup? = nil,
        observers: [any EngineObserver], logger: Logger
    ) async throws {
        let registry = PrometheusRegistry(descriptors: HealingMetrics.descriptors)
        let metrics = HealingMetrics(factory: registry, version: Version.text, actions: builtInRemediations.map { $0.action })
        let http = try HTTPClient()
        let api = KubernetesAPI(cluster, http: http, userAgent: Version.userAgent, requestTimeout: requestTimeout) { method, code in
            metrics.kubernetesRequest(method: method, code: code)
        }
        let clock = EngineClock.system()
        let grace = Lifetime.Grace()
        let policy = PolicyInForce()
        let inbox = AlertInbox(toldSince: replica.election == nil ? clock.now() : nil)
        let leading = LeadingEngine(isElected: replica.election != nil)
        let ports = Ports(
            api, namespace: namespace, surroundings: surroundings, alerts: inbox, fixes: KeptFixes(of: leading), clock: clock
        ) { policy.value }
        let journal = replica.journal
        let recorder = journal.map { ObservationRecorder(journal: $0) }
        let vitals = EngineVitals(limit: .minutes(2))
        let hold = JournalHold(of: replica.journal, patience: replica.election?.lease ?? .zero, clock: clock)
        let feed = ChangeFeed(run: run)
        let summaries = summaries.flatMap { settings in
            settings.provider(over: http).map {
                Summaries($0, budget: settings.budget, of: leading, clock: clock, metrics: metrics, logger: logger)
            }
        }
        let contexts = KubernetesContexts(api, clock: clock.now) { SecretScrubber.scrub($0) }
        let reading = ContextReading(contexts, of: leading, clock: clock)
        let grouping = IncidentGrouping(of: leading, clock: clock)
        let notifications = notify.map {
            Notifications($0, of: leading, lastWords: grace.lastWords, clock: clock, metrics: metrics, logger: logger) {
                await source.current.thresholds.reloadInterval
            }
        }
        let events = EventsOnObjects(
            KubernetesEvents(api, instance: replica.ownPod?.name ?? "self-healing-automaton-\(run)"), of: leading,
            lastWords: grace.lastWords, logger: logger, count: metrics.objectEvent)
        let mirror = replica.fixes.map { configMap in
            let home = replica.election?.namespace ?? cluster.namespace
            return FixMirror(
                KubernetesFixSheets(api, configMap: configMap, namespace: home), of: leading, clock: clock, metrics: metrics, logger: logger
            ) { min(.seconds(30), await source.current.thresholds.checkInterval) }
        }
        let observers =
            // The first one: the others ask it.
            [leading] + observers + [metrics, vitals, hold, feed, inbox, reading, grouping, events] + (summaries.map { [$0] } ?? [])
            + (notifications.map { [$0] } ?? []) + (mirror.map { [$0] } ?? [])
        let candidacy = replica.election.map {
            Candidacy(
                $0, of: leading, leases: KubernetesLeases(api, requestTimeout: $0.requestTimeout), observers: observers, clock: clock)
        }
        let gate = candidacy?.gate
        let engine = Engine(
            environment: ports.environment, clock: clock, observers: observers, run: run, journal: journal, observations: recorder,
            isElected: candidacy != nil, mayWrite: { gate?.mayWrite() ?? true })
        leading.attach(engine)
        if candidacy == nil { metrics.observe(.leadership(.leading(term: 0)), at: clock.now()) }
        self.http = http
        let (figures, rejected) = (FigureHistory(), RejectedConfiguration())
        let interval = min(.seconds(30), await source.current.thresholds.checkInterval)
        var care =
            [FigureSampler(engine: engine, history: figures, every: interval)] as [any Service]
            + (journal.map { [JournalCare(journal: $0, source: source, clock: clock, logger: logger)] as [any Service] } ?? [])
            + (recorder.map { [Recording(recorder: $0)] } ?? []) + (summaries.map { [$0] } ?? []) + [reading, grouping, hold, events]
            + (mirror.map { [$0] } ?? [])
        let (reloads, reloaded) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        if replica.reviewsRights {
            let home = replica.election?.namespace ?? cluster.namespace
            care.append(
                RightsReview(
                    port: KubernetesOwnRights(api),
                    rights: InstallationRights(
                        lease: replica.election?.name, fixes: replica.fixes, asksKubernetes: replica.asksKubernetes),
                    namespace: namespace ?? home, home: home, source: source, override: override, logger: logger,
                    reloads: reloads))
        }
        self.care = care
        self.candidacy = candidacy
        self.notifications = notifications
        self.grace = grace
        self.registry = registry
        self.ports = ports
        self.engine = engine
        reload = ReloadService(
            source: source, engine: engine, policy: policy, metrics: metrics, vitals: vitals, logger: logger, override: override,
            rejected: rejected, shutdownTime: grace.acting, ownWorkload: await Self.ownWorkload(replica.ownPod, ports.workloads),
            reloads: reloaded)
        let rights = Rights(
            token: replica.apiToken, reviews: replica.asksKubernetes ? KubernetesTokenReviews(api) : nil,
            protectsReading: replica.protectsReading)
        let healing = HealingAPI(engine: engine, feed: feed, inbox: inbox, rights: rights, limits: replica.limits, logger: logger)
        web = WebServer(
            WebServer.Configuration(host: listen.host, port: listen.port), registry: registry, health: vitals.health,
            readiness: vitals.readiness, api: healing,
            dashboard: Dashboard(api: healing, version: Version.text, figures: figures) { await .read(from: source, rejected) },
            logger: logger)
        await reload.apply(source.current)
        await reload.report()
    }

    private static func ownWorkload(_ pod: OwnPod?, _ workloads: KubernetesWorkloads) async -> Subject? {
        guard let pod else { return nil }
        return await workloads.workload(ofPodNamed: pod.name, inNamespace: pod.namespace)
    }

    /// Runs until a signal, or until one of the services ends.
    func run(_ services: [any Service] = [], logger: Logger) async throws {
        let lifetime = Lifetime(
            acting: [OnceListening(web: web, engine: engine)] + services,
            telling: [web, reload, Goodbye(ports: ports)] as [any Service] + care + (notifications.map { [$0] } ?? []),
            // While the Lease is held, no other process acts on the same objects, nor tells the same people.
            holding: candidacy.map { [$0] } ?? [],
            grace: grace, logger: logger)
        let result: Result<Void, any Error>
        do {
            try await lifetime.run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await notifications?.shutdown()
        await http.shutdown()
        try result.get()
    }
}

/// Closes the sessions that only checks and remediations use, once those have ended.
private struct Goodbye: Service {
    let ports: Ports

    func run() async throws {
        // Cancelled or not, this is the end.
        try? await gracefulShutdown()
        await ports.shutdown()
    }
}

/// Where to listen: `0.0.0.0:8000`, `:8000`, `[::]:8000`.
struct ListenAddress: Hashable, Sendable {
    var host: String
    var port: Int
}
