import AutomatonCore
import Checks
import Engine
import Remediations

/// The rules and limits that come into force in a simulation, by number: as the shipped ones are, with their times, and variants of them.
enum Variant {
    static let count = 10

    static func policy(_ variant: Int) -> SafetyPolicy {
        var policy = SafetyPolicy()
        policy.breakerLongest = .minutes(90)
        policy.objectionTime = .minutes(90)
        policy.maximumMemory = ByteQuantity(bytes: 4 << 30)
        // A storm stops everything for a while, and a rule that stepped down waits for a person: they come in some variants only, or hardly
        // anything else would be done.
        (policy.stormShare, policy.namespaceShare, policy.ruleThreshold) = (.count(1000), .count(1000), 10_000)
        switch variant {
        case 1:
            policy.attemptsAnHour = 6
            policy.attemptsAtOnce = 2
        case 2:
            policy.cooldown = .minutes(10)
            policy.maximumReplicas = 6
        case 3: policy.dryRun = true
        case 5: policy.namespaceShare = .count(3)
        case 6: policy.stormShare = .count(3)
        case 7: policy.minimumHealthy = .percent(75)
        case 8: policy.requiresOptIn = true
        case 9:
            policy.ruleThreshold = 2
            policy.attemptsAnHour = 9
        case 4:
            policy.delays = [.minutes(20), .minutes(5), .minutes(1), .zero]
            policy.breakerThreshold = 2
            policy.minimumReplicas = 3
            policy.protectedNamespaces.append(NamePattern("tools"))
        default: break
        }
        return policy
    }

    /// How often it looks, where it does not watch.
    static func settings(_ variant: Int) -> EngineSettings {
        let seconds = [150, 90, 180, 60, 90, 180, 120, 60]
        return EngineSettings(checkInterval: .seconds(seconds[variant % seconds.count]))
    }

    static let podHealth = CheckID("pod-health")
    static let kafka = CheckID("kafka-lag")
    static let memory = CheckID("memory-usage")
    static let disk = CheckID("disk-usage")
    static let drift = CheckID("fix-drift")
    static func postgres(_ server: String) -> CheckID { CheckID("postgres-connections", parameters: server) }

    static func rules(_ variant: Int, databases: [String]) -> [Rule] {
        let isQuick = variant == 4
        let restart = RemediationStep(use: "rollout-restart", verify: isQuick ? .minutes(4) : .minutes(10))
        var oom = Rule(
            name: "oom-killed", check: podHealth, tiers: [Tier([.reasons(["OOMKilled"])], priority: .critical)],
            remediations: [
                RemediationStep(
                    use: "raise-memory", verify: isQuick ? .minutes(4) : .minutes(10), attempts: 2,
                    revert: variant == 6 ? .ineffective : .worse, restoreAfter: variant == 5 ? .minutes(40) : nil)
            ], inhibits: ["crash-loop", "restart-loop", "memory-usage"])
        if variant == 7 { oom.remediations.append(restart) }
        // More often, and before the breaker opens: the rule is what steps down.
        if variant == 9 { oom.remediations[0].attempts = 4 }
        var crash = Rule(
            name: "crash-loop", check: podHealth, tiers: [Tier([.reasons(["CrashLoopBackOff"])], priority: .high)],
            remediations: [restart], inhibits: ["restart-loop"])
        switch variant {
        case 1:
            crash.maintenance = hourly(at: 0, for: .minutes(20))
            oom.maintenance = hourly(at: 30, for: .minutes(15))
        case 2: (crash.mode, crash.approveWithin) = (.approve, .minutes(25))
        case 5: crash.mode = .observe
        case 4, 6: crash.remediations.insert(RemediationStep(use: "rollout-undo", verify: restart.verify, revert: .ineffective), at: 0)
        default: break
        }
        var lag = Rule(
            name: "kafka-lag", check: kafka, subject: SubjectTemplate(.deployment, namespace: "shop", name: .name("{group}")),
            tiers: [Tier([.above(figure: nil, 5000)], priority: .medium), Tier([.above(figure: nil, 20000)], priority: .high)],
            remediations: [
                RemediationStep(
                    use: "scale", verify: .minutes(15), attempts: 2, revert: variant == 6 ? .ineffective : .worse,
                    restoreAfter: .minutes(15))
            ])
        if variant == 2 { lag.cooldown = .minutes(20) }
        var rules = [
            oom, crash, lag,
            Rule(
                name: "restart-loop", check: podHealth, tiers: [Tier([.above(figure: "restarts", 5)], priority: .low)],
                remediations: [restart]),
            Rule(
                name: "evicted", check: podHealth, tiers: [Tier([.reasons(["Evicted"])], priority: .low)], remediations: []),
            Rule(
                name: "kafka-stuck-consumer", check: kafka,
                subject: SubjectTemplate(.deployment, namespace: "shop", name: .name("{group}")),
                tiers: [Tier([.reasons(["STALL", "STOP"]), .above(figure: "totalLag", 5000)], priority: .high)],
                remediations: [RemediationStep(use: "rollout-restart", verify: .minutes(15))], inhibits: ["kafka-lag"]),
            Rule(
                name: "memory-usage", check: memory, tiers: [Tier([.above(figure: nil, 85)], priority: .medium)],
                remediations: [RemediationStep(use: "raise-memory", verify: .minutes(15))]),
            Rule(
                name: "disk-usage", check: disk, tiers: [Tier([.above(figure: nil, 85)], priority: .medium)],
                remediations: [RemediationStep(use: "clean-logs")]),
        ]
        if variant != 1 {
            rules.append(
                Rule(
                    name: "fix-drift", check: drift, tiers: [Tier([.above(figure: nil, 0)], priority: .medium)],
                    remediations: [RemediationStep(use: "reapply-fix", verify: .minutes(10), attempts: 1, revert: .never)],
                    mode: variant == 2 ? .approve : .auto))
        }
        for database in databases {
            rules.append(
                Rule(
                    name: "connections-\(database.prefix(4))", check: postgres(database),
                    tiers: [Tier([.above(figure: nil, 80)], priority: .medium), Tier([.above(figure: nil, 90)], priority: .high)],
                    remediations: [RemediationStep(use: "terminate-idle-sessions", attempts: 2)]))
        }
        if variant == 1 { rules.removeAll { $0.name == "memory-usage" } }
        return rules.sorted { $0.name < $1.name }
    }

    /// A window in every hour.
    private static func hourly(at minute: Int, for length: Duration) -> [MaintenanceWindow] {
        (try? CronExpression("\(minute) * * * *")).map { [MaintenanceWindow(begins: $0, lasts: length)] } ?? []
    }

    /// The rules with the plugins that they name, overheard.
    static func ruleset(_ variant: Int, databases: [String], _ ear: Ear, _ distortion: Distortion) throws -> Ruleset {
        let rules = distortion.rules(self.rules(variant, databases: databases))
        var ruleset = Ruleset(rules: rules)
        for rule in rules where ruleset.checks[rule.check] == nil { ruleset.checks[rule.check] = try check(rule.check, ear) }
        for rule in rules { ruleset.remediations[rule.name] = try rule.remediations.map { try remediation($0.use, rule, ear) } }
        return ruleset
    }

    private static func check(_ id: CheckID, _ ear: Ear) throws -> any Check {
        switch id {
        case podHealth: Overheard(try PodHealth(.init()), ear, as: id)
        case kafka:
            Overheard(try KafkaLag(.init(group: "*", onNoCommit: .latest, excludePersistentLag: true)), ear, as: id)
        case memory: Overheard(try MemoryUsage(.init()), ear, as: id)
        case disk: Overheard(try DiskUsage(.init()), ear, as: id)
        case drift: Overheard(try FixDrift(.init()), ear, as: id)
        default: Overheard(try PostgresConnections(.init(connection: id.parameters)), ear, as: id)
        }
    }

    private static func remediation(_ name: String, _ rule: Rule, _ ear: Ear) throws -> any Remediation {
        switch name {
        case "raise-memory": return Witnessed(try RaiseMemory(.init(factor: rule.name == "memory-usage" ? 1.5 : 2)), ear)
        case "scale": return Witnessed(try Scale(.init(perReplica: 3500)), ear)
        case "clean-logs": return Witnessed(try CleanLogs(.init(path: DiskObject.path, name: "*.log.*", olderThanDays: 7)), ear)
        case "reapply-fix": return Witnessed(ReapplyFix(.init()), ear)
        case "rollout-undo": return Witnessed(try RolloutUndo(.init()), ear)
        case "terminate-idle-sessions":
            var parameters = TerminateIdleSessions.Parameters()
            parameters.connection = rule.check.parameters
            return Witnessed(try TerminateIdleSessions(parameters), ear)
        default: return Witnessed(RolloutRestart(.init()), ear)
        }
    }
}
