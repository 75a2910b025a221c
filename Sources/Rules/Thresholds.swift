public import AutomatonCore

/// The values of all thresholds in force, and where each comes from.
///
/// Sources, the later ones over the earlier: defaults, the mounted ConfigMap (or a file), the environment, options.
public struct Thresholds: Hashable, Sendable {
    /// Where a value comes from.
    public enum Origin: Hashable, Sendable, CustomStringConvertible {
        /// Nobody set it.
        case byDefault
        /// A file: of the mounted ConfigMap, or the single file.
        case file(String)
        /// An environment variable of the same name.
        case environment
        /// An option of the command line: `--restart-threshold`.
        case option(String)

        public var description: String {
            switch self {
            case .byDefault: "default"
            case .file(let path): path
            case .environment: "environment"
            case .option(let name): name
            }
        }
    }

    /// `CHECK_INTERVAL`
    public internal(set) var checkInterval: Duration = .seconds(60)
    /// `KAFKA_LAG_THRESHOLD`, messages.
    public internal(set) var kafkaLag = 15_000
    /// `KAFKA_CONSUMER_GROUPS`
    public internal(set) var kafkaConsumerGroups = "*"
    /// `KAFKA_TOPICS`
    public internal(set) var kafkaTopics = "*"
    /// `RESTORE_AFTER`
    public internal(set) var restoreAfter: Duration = .minutes(15)
    /// `IDLE_SESSION_AGE`
    public internal(set) var idleSessionAge: Duration = .minutes(10)
    /// `POSTGRES_CONN_THRESHOLD`, percent.
    public internal(set) var postgresConnections = 85
    /// `DISK_SPACE_THRESHOLD`, percent.
    public internal(set) var diskSpace = 85
    /// `MEMORY_THRESHOLD`, percent.
    public internal(set) var memory = 85
    /// `RESTART_THRESHOLD`, restarts within ``restartWindow``.
    public internal(set) var restarts = 5
    /// `RESTART_WINDOW`
    public internal(set) var restartWindow: Duration = .hours(1)
    /// `VERIFY_TIMEOUT`: a step's `verify` where its rule has none.
    public internal(set) var verifyTimeout: Duration = .minutes(10)
    /// `STABLE_FOR`: a step's `stable` where its rule has none.
    public internal(set) var stableFor: Duration = .seconds(30)
    /// `JOURNAL_RETENTION`, `INCIDENT_LIMIT`, `OBSERVATION_RETENTION`, `OBSERVATION_SIZE`
    public internal(set) var retention = JournalRetention()
    /// Every limit, as the core holds plans against it.
    public internal(set) var policy = SafetyPolicy()
    var origins: [String: Origin] = [:]

    /// The defaults.
    public init() {}

    /// Where the value of a key comes from.
    public func origin(of key: String) -> Origin { origins[key] ?? .byDefault }

    /// The value of each key as `$(NAME)` puts it into a rule.
    public var names: [String: String] {
        Dictionary(uniqueKeysWithValues: Threshold.all.map { ($0.key, $0.text(in: self)) })
    }

    /// Every key with its value and origin, in the table's order: what `config show` prints.
    public var settings: [(threshold: Threshold, value: String, origin: Origin)] {
        Threshold.all.map { ($0, $0.text(in: self), origin(of: $0.key)) }
    }

    /// How often the sources are looked at, so that a change is in force well within `CHECK_INTERVAL`.
    public var reloadInterval: Duration { min(.seconds(10), checkInterval / 2) }
}

/// The delays by name, each at its place in the policy.
extension Thresholds {
    var retainedObservations: ByteQuantity {
        get { ByteQuantity(bytes: retention.observationBytes) }
        set { retention.observationBytes = newValue.bytes }
    }
    var delayCritical: Duration {
        get { policy.delay(.critical) }
        set { setDelay(.critical, newValue) }
    }
    var delayHigh: Duration {
        get { policy.delay(.high) }
        set { setDelay(.high, newValue) }
    }
    var delayMedium: Duration {
        get { policy.delay(.medium) }
        set { setDelay(.medium, newValue) }
    }
    var delayLow: Duration {
        get { policy.delay(.low) }
        set { setDelay(.low, newValue) }
    }

    private mutating func setDelay(_ priority: Priority, _ delay: Duration) {
        let index = Int(priority.rawValue)
        if index < policy.delays.count { policy.delays[index] = delay }
    }
}
