/// What plugins see of the world: ports, never a library.
public struct Environment: Sendable {
    /// The pods.
    public var pods: any Pods
    /// The workloads.
    public var workloads: any Workloads
    /// The consumer groups of Kafka clusters.
    public var consumerGroups: any ConsumerGroups = AbsentPort("Kafka")
    /// The sessions of PostgreSQL servers.
    public var sessions: any Sessions = AbsentPort("PostgreSQL")
    /// How full file systems are.
    public var volumes: any Volumes = AbsentPort("volumes")
    /// Files in pods and on this machine.
    public var files: any Files = AbsentPort("files")
    /// The memory that containers use.
    public var memories: any ContainerMemories = AbsentPort("container memory")
    /// Eviction of pods.
    public var evictions: any Evictions = AbsentPort("evictions")
    /// Alerts that somebody else raised.
    public var alerts: any Alerts = AbsentPort("alerts")
    /// What is kept of attempts that helped.
    public var fixes: any Fixes = AbsentPort("fixes")
    /// The limits in force, for plans that fit them; the core checks the result again.
    public var limits: @Sendable () -> SafetyPolicy
    /// Wall time.
    public var now: @Sendable () -> Instant
    /// Waits; ends early by throwing when it is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Makes an environment with the ports of Kubernetes; the others are absent until they are set.
    public init(
        pods: any Pods, workloads: any Workloads, limits: @escaping @Sendable () -> SafetyPolicy, now: @escaping @Sendable () -> Instant
    ) {
        self.pods = pods
        self.workloads = workloads
        self.limits = limits
        self.now = now
    }
}

/// Stands for a port that an installation does not have: every use of it is refused.
struct AbsentPort: Alerts, ConsumerGroups, Evictions, Sessions, Volumes, Files, Fixes, ContainerMemories {
    private let error: PortError

    init(_ what: String) { error = .refused("this installation has no access to \(what)") }

    func read(_ selection: ConsumerGroupSelection, in cluster: KafkaCluster) async throws(PortError) -> [ConsumerGroupReading] {
        throw error
    }
    func read() async throws(PortError) -> AlertReading { throw error }
    func news(after reading: AlertReading) async {}
    func pod(_ name: String, inNamespace namespace: String) async throws(PortError) -> PodRow { throw error }
    func evict(_ pod: PodEviction.Pod, inNamespace namespace: String) async throws(PortError) { throw error }
    func read() async throws(PortError) -> [Fix] { throw error }
    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading { throw error }
    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] { throw error }
    func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] { throw error }
    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing { throw error }
    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) { throw error }
    func pods(of workload: Subject) async throws(PortError) -> [PodRow] { throw error }
    func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] { throw error }
}
