import AutomatonCore

extension Threshold {
    /// Every key there is, in the order in which people should read them.
    public static let all: [Threshold] = [
        Threshold(
            "CHECK_INTERVAL", .duration(\.checkInterval, .seconds(1)...(.hours(1))),
            "Time between two runs of a check that polls, and the longest until a changed ConfigMap is in force."),
        Threshold(
            "KAFKA_LAG_THRESHOLD", .count(\.kafkaLag, 1...1_000_000_000, unit: "messages"),
            "A consumer group that is further behind than this is unhealthy."),
        Threshold(
            "KAFKA_CONSUMER_GROUPS", .names(\.kafkaConsumerGroups), "The consumer groups that the shipped rules on Kafka watch."),
        Threshold(
            "KAFKA_TOPICS", .names(\.kafkaTopics), "Their topics; of each, those that the group has committed to."),
        Threshold(
            "RESTORE_AFTER", .duration(\.restoreAfter, .seconds(1)...(.hours(24))),
            "How long a consumer group must have kept up before the replicas that it was given are put back."),
        Threshold(
            "IDLE_SESSION_AGE", .duration(\.idleSessionAge, .seconds(10)...(.hours(24))),
            "A session of a database that is idle for longer may be ended."),
        Threshold(
            "POSTGRES_CONN_THRESHOLD", .count(\.postgresConnections, 1...100, unit: "%"),
            "A database with more of its connections in use than this share is unhealthy."),
        Threshold(
            "DISK_SPACE_THRESHOLD", .count(\.diskSpace, 1...100, unit: "%"), "A volume fuller than this is unhealthy."),
        Threshold(
            "MEMORY_THRESHOLD", .count(\.memory, 1...100, unit: "%"),
            "A container that uses more of its memory limit than this is unhealthy."),
        Threshold(
            "RESTART_THRESHOLD", .count(\.restarts, 1...10_000, unit: "restarts"),
            "A workload whose containers restarted more often than this within RESTART_WINDOW is unhealthy."),
        Threshold(
            "RESTART_WINDOW", .duration(\.restartWindow, .minutes(1)...(.hours(24))), "The window in which restarts are counted."),
        Threshold(
            "MIN_REPLICAS", .count(\.policy.minimumReplicas, 0...10_000, unit: "replicas"), "Fewest replicas that may be set."),
        Threshold(
            "MAX_REPLICAS", .count(\.policy.maximumReplicas, 1...10_000, unit: "replicas"), "Most replicas that may be set."),
        Threshold(
            "MAX_MEMORY", .bytes(\.policy.maximumMemory, ByteQuantity(bytes: 1 << 24)...ByteQuantity(bytes: 1 << 44)),
            "Most memory that a container may be given."),
        Threshold("DELAY_CRITICAL", .delay(.critical), "How long a critical incident must last before anything is done."),
        Threshold("DELAY_HIGH", .delay(.high), "The same for high priority."),
        Threshold("DELAY_MEDIUM", .delay(.medium), "The same for medium priority."),
        Threshold("DELAY_LOW", .delay(.low), "The same for low priority."),
        Threshold(
            "COOLDOWN", .duration(\.policy.cooldown, .seconds(1)...(.hours(24))),
            "Quiet time after an attempt, for one incident and for one remediation on one subject; 5m at least."),
        Threshold(
            "VERIFY_TIMEOUT", .duration(\.verifyTimeout, .seconds(1)...(.hours(24))),
            "Time that a remediation has to help, where its rule says nothing (verify)."),
        Threshold(
            "STABLE_FOR", .duration(\.stableFor, .zero...(.hours(24))),
            "How long a finding must stay clear to count as healed, where its rule says nothing (stable)."),
        Threshold(
            "BREAKER_THRESHOLD", .count(\.policy.breakerThreshold, 1...100, unit: "attempts"),
            "Attempts in a row that did not help one incident before its breaker opens and a person is told."),
        Threshold(
            "BREAKER_BACKOFF", .duration(\.policy.breakerBackoff, .seconds(1)...(.hours(24))),
            "How long a breaker stays open the first time; it doubles each time after."),
        Threshold(
            "BREAKER_LONGEST", .duration(\.policy.breakerLongest, .seconds(1)...(.hours(168))), "The longest that a breaker stays open."),
        Threshold(
            "ATTEMPTS_AN_HOUR", .count(\.policy.attemptsAnHour, 0...10_000, unit: "attempts"),
            "Attempts in any hour across all rules; 0 stops all."),
        Threshold(
            "ATTEMPTS_AT_ONCE", .count(\.policy.attemptsAtOnce, 1...1000, unit: "subjects"),
            "Subjects that are being mended at once across all rules."),
        Threshold(
            "STALE_AFTER", .duration(\.policy.staleAfter, .seconds(2)...(.hours(24))),
            "A finding older than this is unknown, and an unknown never acts."),
        Threshold("DRY_RUN", .flag(\.policy.dryRun), "Plan and guard everything, change nothing."),
    ]

    static let keys: [String] = all.map(\.key)
    static let named: [String: Threshold] = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
}

extension Threshold.Kind {
    /// The delay of a priority.
    static func delay(_ priority: Priority) -> Threshold.Kind {
        switch priority {
        case .critical: .duration(\.delayCritical, .zero...(.hours(24)))
        case .high: .duration(\.delayHigh, .zero...(.hours(24)))
        case .medium: .duration(\.delayMedium, .zero...(.hours(24)))
        case .low: .duration(\.delayLow, .zero...(.hours(168)))
        }
    }
}
