import AutomatonCore
import Testing

@testable import Rules

@Suite struct ThresholdTests {
    private func errors(_ environment: [String: String], allowsShortCooldown: Bool = false) -> [String] {
        do {
            _ = try ThresholdLoader(environment: environment, allowsShortCooldown: allowsShortCooldown).load()
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func theDefaultsAreTheIssuesAndThePolicys() throws {
        let thresholds = try ThresholdLoader().load()
        #expect(thresholds.policy == SafetyPolicy())
        let expected = [
            "CHECK_INTERVAL": "1m", "KAFKA_LAG_THRESHOLD": "15000", "POSTGRES_CONN_THRESHOLD": "85", "DISK_SPACE_THRESHOLD": "85",
            "MEMORY_THRESHOLD": "85", "MIN_REPLICAS": "1", "MAX_REPLICAS": "10", "MAX_MEMORY": "8Gi", "COOLDOWN": "5m",
            "DELAY_CRITICAL": "0s", "DELAY_HIGH": "5m", "DELAY_MEDIUM": "15m", "DELAY_LOW": "1h", "RESTART_THRESHOLD": "5",
            "RESTART_WINDOW": "1h", "DRY_RUN": "false",
        ]
        for (key, value) in expected { #expect(thresholds.names[key] == value, "\(key)") }
        #expect(thresholds.settings.allSatisfy { $0.origin == .byDefault })
    }

    @Test(arguments: Threshold.all.map(\.key)) func everyKeyReadsItsOwnDefaultBack(_ key: String) throws {
        let threshold = try #require(Threshold.named[key])
        let thresholds = try ThresholdLoader(environment: [key: threshold.defaultText]).load()
        #expect(thresholds.names[key] == threshold.defaultText)
        #expect(thresholds.origin(of: key) == .environment)
        var plain = thresholds
        plain.origins = [:]
        #expect(plain == Thresholds())
        #expect(threshold.summary.hasSuffix("."))
    }

    @Test func everyLimitOfThePolicyCanBeSet() throws {
        let values = [
            "COOLDOWN": "10m", "DELAY_CRITICAL": "1", "DELAY_HIGH": "2s", "DELAY_MEDIUM": "3s", "DELAY_LOW": "4s", "MIN_REPLICAS": "2",
            "MAX_REPLICAS": "3", "MAX_MEMORY": "1Gi", "BREAKER_THRESHOLD": "4", "BREAKER_BACKOFF": "1m", "BREAKER_LONGEST": "2m",
            "ATTEMPTS_AN_HOUR": "6", "ATTEMPTS_AT_ONCE": "7", "STALE_AFTER": "200", "DRY_RUN": "true", "CRITICAL_RESERVE": "1",
            "NAMESPACE_SHARE": "10%", "STORM_SHARE": "7", "STORM_COOLDOWN": "1m", "MIN_HEALTHY": "2", "PROTECTED_NAMESPACES": "kube-*,bank",
            "REQUIRE_OPT_IN": "true", "RULE_THRESHOLD": "8", "APPROVAL_TIME": "9m", "OBJECTION_TIME": "2h", "PAUSE": "true",
        ]
        var expected = SafetyPolicy()
        expected.cooldown = .minutes(10)
        expected.delays = [.seconds(4), .seconds(3), .seconds(2), .seconds(1)]
        (expected.minimumReplicas, expected.maximumReplicas) = (2, 3)
        expected.maximumMemory = ByteQuantity(bytes: 1 << 30)
        expected.breakerThreshold = 4
        (expected.breakerBackoff, expected.breakerLongest) = (.minutes(1), .minutes(2))
        (expected.attemptsAnHour, expected.attemptsAtOnce) = (6, 7)
        expected.staleAfter = .seconds(200)
        expected.dryRun = true
        (expected.criticalReserve, expected.namespaceShare, expected.stormShare) = (1, .percent(10), .count(7))
        (expected.stormCooldown, expected.minimumHealthy) = (.minutes(1), .count(2))
        expected.protectedNamespaces = [NamePattern("kube-*"), NamePattern("bank")]
        (expected.requiresOptIn, expected.ruleThreshold, expected.approvalTime, expected.isPaused) = (true, 8, .minutes(9), true)
        expected.objectionTime = .hours(2)
        #expect(try ThresholdLoader(environment: values).load().policy == expected)
        // Whoever adds a limit to the policy is to add a threshold: each field must differ from its default here.
        for (field, standard) in zip(Mirror(reflecting: expected).children, Mirror(reflecting: SafetyPolicy()).children) {
            // Which workload is its own is found out, not configured.
            if field.label == "protectedWorkloads" { continue }
            #expect(String(describing: field.value) != String(describing: standard.value), "\(field.label ?? "") has no threshold")
        }
    }

    @Test(arguments: [
        ("KAFKA_LAG_THRESHOLD", "85%"), ("KAFKA_LAG_THRESHOLD", "-1"), ("KAFKA_LAG_THRESHOLD", "+1"), ("KAFKA_LAG_THRESHOLD", "1e3"),
        ("KAFKA_LAG_THRESHOLD", " 85"), ("KAFKA_LAG_THRESHOLD", "85 "), ("KAFKA_LAG_THRESHOLD", ""), ("KAFKA_LAG_THRESHOLD", "0"),
        ("KAFKA_LAG_THRESHOLD", "99999999999999999999"), ("KAFKA_LAG_THRESHOLD", "NaN"), ("KAFKA_LAG_THRESHOLD", "15_000"),
        ("KAFKA_LAG_THRESHOLD", "0x10"), ("KAFKA_LAG_THRESHOLD", "015"), ("KAFKA_LAG_THRESHOLD", "15000.0"), ("KAFKA_LAG_THRESHOLD", "١٥"),
        ("KAFKA_LAG_THRESHOLD", "15000\n"), ("POSTGRES_CONN_THRESHOLD", "101"), ("POSTGRES_CONN_THRESHOLD", "85%"),
        ("CHECK_INTERVAL", "0"), ("CHECK_INTERVAL", "-5s"), ("CHECK_INTERVAL", "5 m"), ("CHECK_INTERVAL", "2h"), ("CHECK_INTERVAL", "5min"),
        ("MAX_MEMORY", "8GB"), ("MAX_MEMORY", "-1Gi"), ("MAX_MEMORY", "8"), ("MAX_MEMORY", "NaN"), ("MAX_MEMORY", "9999999Ei"),
        ("STORM_SHARE", "101%"), ("STORM_SHARE", "-1"), ("STORM_SHARE", "1.5%"), ("STORM_SHARE", "05%"), ("MIN_HEALTHY", "%"),
        ("PROTECTED_NAMESPACES", ""), ("PROTECTED_NAMESPACES", "a,,b"), ("DRY_RUN", "yes"), ("DRY_RUN", "True"), ("DRY_RUN", "1"),
        ("DRY_RUN", ""), ("COOLDOWN", "1000d"), ("COOLDOWN", "0"),
    ]) func wrongValuesAreErrors(_ key: String, _ value: String) {
        let errors = errors([key: value])
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("environment: \(key): ") == true, "\(errors)")
        #expect(errors.first?.contains(" is not ") == true && errors.first?.contains("; write ") == true, "\(errors)")
    }

    @Test func errorsSayWhatWouldBeRight() {
        #expect(
            errors(["KAFKA_LAG_THRESHOLD": "lots"])
                == ["environment: KAFKA_LAG_THRESHOLD: 'lots' is not a whole number of messages from 1 to 1000000000; write 15000"])
        #expect(errors(["DISK_SPACE_THRESHOLD": "90%"]).first?.hasSuffix("without %; write 90") == true)
        #expect(errors(["DISK_SPACE_THRESHOLD": " \"90\""]).first?.hasSuffix("write 90") == true)
        #expect(errors(["DRY_RUN": "TRUE"]).first?.hasSuffix("is not true or false; write true") == true)
        #expect(errors(["COOLDOWN": "\u{1B}[31m" + String(repeating: "9", count: 500)]).first?.contains("\\u{1b}") == true)
        #expect(errors(["COOLDOWN": String(repeating: "9", count: 500)]).allSatisfy { $0.count < 250 })
    }

    @Test(arguments: [
        (["MIN_REPLICAS": "11"], "MIN_REPLICAS (11, from environment) must be at most MAX_REPLICAS (10, the default)"),
        (["MAX_REPLICAS": "3", "MIN_REPLICAS": "4"], "must be at most MAX_REPLICAS (3, from environment)"),
        (["DELAY_HIGH": "20m"], "DELAY_HIGH (20m, from environment) must be at most DELAY_MEDIUM (15m, the default)"),
        (["DELAY_LOW": "10m"], "DELAY_MEDIUM (15m, the default) must be at most DELAY_LOW (10m, from environment)"),
        (["DELAY_CRITICAL": "6m"], "must be at most DELAY_HIGH"), (["CHECK_INTERVAL": "3m"], "must be longer than CHECK_INTERVAL (3m"),
        (["STALE_AFTER": "60"], "STALE_AFTER (1m, from environment) must be longer than"),
        (["BREAKER_BACKOFF": "7h"], "must be at most BREAKER_LONGEST"), (["STABLE_FOR": "11m"], "must be at most VERIFY_TIMEOUT"),
        (["COOLDOWN": "299"], "COOLDOWN: 4m59s is too short: at most one attempt in 5m"),
    ]) func contradictionsAreErrors(_ environment: [String: String], _ expected: String) {
        let errors = errors(environment)
        #expect(errors.count == 1)
        #expect(errors.first?.contains(expected) == true, "\(errors)")
    }

    @Test func aShortCooldownNeedsPermission() throws {
        let loader = ThresholdLoader(environment: ["COOLDOWN": "2s"], allowsShortCooldown: true)
        #expect(try loader.load().policy.cooldown == .seconds(2))
    }

    @Test func allErrorsAreReportedAndNoneTwice() {
        let errors = errors([
            "KAFKA_LAG_THRESHOLD": "x", "MIN_REPLICAS": "11", "MAX_MEMORY": "much", "DRY_RUN": "off", "MAX_REPLICAS": "10",
        ])
        #expect(errors.count == 4)
        // A key that could not be read says nothing about others.
        #expect(self.errors(["MIN_REPLICAS": "11", "MAX_REPLICAS": "x"]).count == 1)
    }

    @Test func onlyKnownVariablesOfTheEnvironmentAreRead() throws {
        let thresholds = try ThresholdLoader(environment: ["PATH": "/bin", "KAFKA_LAG": "x", "check_interval": "x"]).load()
        #expect(thresholds == Thresholds())
    }

    @Test func laterSourcesWin() throws {
        let mount = try Mount()
        try mount.write("RESTART_THRESHOLD", "6\n")
        try mount.write("MAX_REPLICAS", "6\n")
        try mount.write("MIN_REPLICAS", "2\n")
        let thresholds = try ThresholdLoader(
            path: mount.path, environment: ["RESTART_THRESHOLD": "7", "MAX_REPLICAS": "7"],
            options: ["RESTART_THRESHOLD": (option: "--restart-threshold", value: "8")]
        ).load()
        #expect(thresholds.restarts == 8 && thresholds.origin(of: "RESTART_THRESHOLD") == .option("--restart-threshold"))
        #expect(thresholds.policy.maximumReplicas == 7 && thresholds.origin(of: "MAX_REPLICAS") == .environment)
        #expect(thresholds.policy.minimumReplicas == 2)
        #expect(thresholds.origin(of: "MIN_REPLICAS").description == mount.path + "/MIN_REPLICAS")
        #expect(thresholds.origin(of: "COOLDOWN") == .byDefault)
    }

    @Test func aWrongValueUnderAGoodOneIsStillAnError() throws {
        let mount = try Mount()
        try mount.write("RESTART_THRESHOLD", "many")
        #expect(throws: ConfigurationErrors.self) {
            try ThresholdLoader(path: mount.path, environment: ["RESTART_THRESHOLD": "7"]).load()
        }
    }

    @Test func anOptionsErrorNamesTheOption() {
        let loader = ThresholdLoader(options: ["RESTART_THRESHOLD": (option: "--restart-threshold", value: "-3")])
        let error = #expect(throws: ConfigurationErrors.self) { try loader.load() }
        #expect(error?.description.hasPrefix("--restart-threshold: RESTART_THRESHOLD: '-3' is not") == true)
    }

    @Test(arguments: [
        ("POSTGRES_CON_THRESHOLD", "POSTGRES_CONN_THRESHOLD"), ("kafka_lag_threshold", "KAFKA_LAG_THRESHOLD"),
        ("COOLDWON", "COOLDOWN"), ("DELAY_HIHG", "DELAY_HIGH"),
    ]) func unknownKeysNameTheNearest(_ key: String, _ near: String) throws {
        let mount = try Mount()
        try mount.write(key, "1")
        let error = #expect(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path).load() }
        #expect(error?.description.hasPrefix("\(mount.path)/\(key): unknown threshold '\(key)'; did you mean '\(near)'?") == true)
    }

    @Test func configuredDurationsReadBack() {
        for seconds in [0, 1, 59, 60, 61, 299, 3599, 3600, 3661, 86_400, 90_061, 604_800] {
            #expect(Duration(configured: Duration.seconds(seconds).configured) == .seconds(seconds))
        }
        #expect(Duration.milliseconds(1500).configured == "1s500ms")
    }
}
