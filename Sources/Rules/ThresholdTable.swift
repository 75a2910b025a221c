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
            "CRITICAL_RESERVE", .count(\.policy.criticalReserve, 0...10_000, unit: "attempts"),
            "Of ATTEMPTS_AN_HOUR, those that only critical incidents may use; a third of them at most."),
        Threshold(
            "NAMESPACE_SHARE", .quota(\.policy.namespaceShare),
            "Of the workloads of one namespace, the most that may be changed in any hour; a share above 0% allows 5 at least."),
        Threshold(
            "STORM_SHARE", .quota(\.policy.stormShare),
            "With more workloads of a namespace, or of all, unhealthy at once, nothing is begun there and a person is told; a share above 0% allows 5 at least."
        ),
        Threshold(
            "STORM_COOLDOWN", .duration(\.policy.stormCooldown, .seconds(1)...(.hours(24))),
            "How long they must be fewer again before it goes on."),
        Threshold(
            "MIN_HEALTHY", .quota(\.policy.minimumHealthy),
            "Of a workload's pods, those that must stay ready while it is restarted, rounded down."),
        Threshold(
            "PROTECTED_NAMESPACES", .patterns(\.policy.protectedNamespaces),
            "Namespaces in which nothing is ever changed; a person is told instead."),
        Threshold(
            "REQUIRE_OPT_IN", .flag(\.policy.requiresOptIn),
            "Change only objects with the annotation self-healing-automaton/mode: auto."),
        Threshold(
            "RULE_THRESHOLD", .count(\.policy.ruleThreshold, 1...1000, unit: "attempts"),
            "Attempts of a rule in a row that did not help, on whatever subjects, before it only tells a person."),
        Threshold(
            "APPROVAL_TIME", .duration(\.policy.approvalTime, .minutes(1)...(.hours(24))),
            "How long a plan waits for a person to confirm it, in mode approve."),
        Threshold(
            "OBJECTION_TIME", .duration(\.policy.objectionTime, .minutes(1)...(.hours(168))),
            "How long a rule asks before it acts where a person took back what it did."),
        Threshold("PAUSE", .flag(\.policy.isPaused), "Begin nothing; observe and tell as ever."),
        Threshold(
            "JOURNAL_RETENTION", .duration(\.retention.trail, .hours(1)...(.hours(24 * 3650))),
            "How long decisions, incidents and attempts are kept in the journal."),
        Threshold(
            "INCIDENT_LIMIT", .count(\.retention.incidents, 0...10_000_000, unit: "incidents"),
            "How many incidents that are over are kept in the journal; the oldest go first."),
        Threshold(
            "OBSERVATION_RETENTION", .duration(\.retention.observations, .hours(1)...(.hours(24 * 3650))),
            "How long recorded observations are kept, for a replay."),
        Threshold(
            "OBSERVATION_SIZE", .bytes(\.retainedObservations, ByteQuantity(bytes: 1 << 20)...ByteQuantity(bytes: 1 << 44)),
            "The most room that recorded observations take; the oldest go first."),
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
