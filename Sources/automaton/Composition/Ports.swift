import AutomatonCore
import Engine
import KafkaClient
import KubernetesClient
import LocalFiles
import PostgresClient

/// The world as checks and remediations see it: a cluster, and what lies beside it.
struct Ports {
    let environment: Environment
    let workloads: KubernetesWorkloads
    private let kafka: KafkaConsumerGroups
    private let postgres: PostgresSessions

    /// - Parameters:
    ///   - namespace: the one that is watched; nil for all.
    ///   - surroundings: where Kafka and PostgreSQL are, for rules that do not say.
    ///   - alerts: where alerts are told.
    ///   - fixes: what is kept of attempts that helped.
    ///   - limits: the limits in force.
    init(
        _ api: KubernetesAPI, namespace: String?, surroundings: Surroundings, alerts: any Alerts, fixes: any Fixes, clock: EngineClock,
        limits: @escaping @Sendable () -> SafetyPolicy
    ) {
        kafka = KafkaConsumerGroups(environment: surroundings.kafka)
        postgres = PostgresSessions(defaultConnection: surroundings.database)
        workloads = KubernetesWorkloads(api)
        var environment = Environment(
            pods: ScopedPods(pods: KubernetesPods(api, clock: clock.now), namespace: namespace), workloads: workloads,
            limits: limits, now: clock.now)
        environment.alerts = ScopedAlerts(alerts: alerts, namespace: namespace)
        environment.consumerGroups = kafka
        environment.sessions = postgres
        environment.memories = KubernetesMemories(api, namespace: namespace)
        environment.volumes = ScopedVolumes(cluster: KubernetesVolumes(api, clock: clock.now), local: LocalVolumes(), namespace: namespace)
        environment.files = PlacedFiles(cluster: KubernetesFiles(api, workloads: workloads), local: LocalFiles(clock: clock.now))
        environment.fixes = ScopedFixes(fixes: fixes, namespace: namespace)
        environment.evictions = KubernetesEvictions(api)
        self.environment = environment
    }

    /// Closes the sessions that only checks and remediations use, once those have ended.
    func shutdown() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await kafka.shutdown() }
            group.addTask { await postgres.shutdown() }
        }
    }
}
