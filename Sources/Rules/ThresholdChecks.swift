import AutomatonCore

/// What must hold between thresholds, each of which is right by itself.
enum ThresholdChecks {
    /// The shortest `COOLDOWN` without an explicit permission: at most one attempt in 5 minutes is a promise of the design.
    static let shortestCooldown: Duration = .minutes(5)

    /// The problems between values. Pairs with a key of `broken` are left out: their values are not what was configured.
    static func problems(in thresholds: Thresholds, broken: Set<String>, allowsShortCooldown: Bool, place: (String) -> Place) -> [Problem] {
        var problems: [Problem] = []

        /// Reports at the key that somebody set, rather than at one with its default.
        func check(_ holds: Bool, _ key: String, _ other: String, _ relation: String, _ why: String) {
            guard !holds, !broken.contains(key), !broken.contains(other) else { return }
            func shown(_ key: String) -> String {
                let value = Threshold.named[key]?.text(in: thresholds) ?? ""
                let origin = thresholds.origin(of: key)
                return "\(key) (\(value), \(origin == .byDefault ? "the default" : "from \(origin)"))"
            }
            let blamed = thresholds.origin(of: key) == .byDefault ? other : key
            problems.append(place(blamed).problem("\(shown(key)) must be \(relation) \(shown(other)): \(why)"))
        }

        let policy = thresholds.policy
        check(
            policy.minimumReplicas <= policy.maximumReplicas, "MIN_REPLICAS", "MAX_REPLICAS", "at most",
            "lower the first or raise the second")
        let delays: [(String, Priority)] = [
            ("DELAY_CRITICAL", .critical), ("DELAY_HIGH", .high), ("DELAY_MEDIUM", .medium), ("DELAY_LOW", .low),
        ]
        for (sooner, later) in zip(delays, delays.dropFirst()) {
            check(
                policy.delay(sooner.1) <= policy.delay(later.1), sooner.0, later.0, "at most", "what is more urgent must not wait longer")
        }
        check(
            policy.staleAfter > thresholds.checkInterval, "STALE_AFTER", "CHECK_INTERVAL", "longer than",
            "otherwise each finding is too old before the next one comes, and nothing would ever act")
        check(
            policy.breakerBackoff <= policy.breakerLongest, "BREAKER_BACKOFF", "BREAKER_LONGEST", "at most",
            "the first time open must not be longer than the longest")
        check(
            thresholds.stableFor <= thresholds.verifyTimeout, "STABLE_FOR", "VERIFY_TIMEOUT", "at most",
            "a finding cannot stay clear longer than it is watched")
        check(
            thresholds.restoreAfter >= policy.cooldown, "RESTORE_AFTER", "COOLDOWN", "at least",
            "what was just scaled must not be put back within the quiet time")
        if policy.cooldown < shortestCooldown, !allowsShortCooldown, !broken.contains("COOLDOWN") {
            problems.append(
                place("COOLDOWN").problem(
                    "COOLDOWN: \(policy.cooldown.configured) is too short: at most one attempt in \(shortestCooldown.configured) "
                        + "is a limit that protects the workloads; write \(shortestCooldown.configured) or longer"))
        }
        return problems
    }
}

/// Where a value was read.
package struct Place: Hashable, Sendable {
    package var file: String
    package var line: Int?
    package var column: Int?

    package func problem(_ message: String) -> Problem { Problem(file: file, line: line, column: column, message: message) }
}
