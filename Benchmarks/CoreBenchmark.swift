import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Processor time of this thread: what others do on the machine does not count.
private func processorTime(_ work: () -> Void) -> Duration {
    func read() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int(time.tv_sec)) + .nanoseconds(Int(time.tv_nsec))
    }
    let start = read()
    work()
    return read() - start
}

/// Findings a second that the core takes on one core, and what they cost as the number of known subjects grows.
func runCoreBenchmark() {
    print("core: findings a second on one core, 10,000 subjects, 5 rules on their check")
    let healthy = CoreLoad(subjects: 10_000, unhealthy: 0)
    let storm = CoreLoad(subjects: 10_000, unhealthy: 10_000)
    let changing = CoreLoad(subjects: 10_000, unhealthy: 0)
    let rates = [
        ("all healthy", healthy.rate { _ in 0 }), ("all unhealthy, reported again", storm.rate { _ in 0 }),
        ("1 % changing", changing.rate { round in round }),
        ("all healthy, in complete reports", healthy.completeRate()), ("all unhealthy, in complete reports", storm.completeRate()),
    ]
    for (name, rate) in rates { print("  \(name): \(Int(rate)) findings/s (\(tenths(rate / 1_000_000)) × the goal of 1,000,000)") }

    print("core: the same change with more subjects known (open incidents of another rule)")
    let few = CoreLoad(subjects: 1000, unhealthy: 1000).changeCost()
    let many = CoreLoad(subjects: 100_000, unhealthy: 100_000).changeCost()
    print("  1,000 subjects: \(tenths(few)) µs a change; 100,000 subjects: \(tenths(many)) µs; ratio \(tenths(many / few))")
}

/// One decimal.
private func tenths(_ value: Double) -> String {
    let tenths = Int(value * 10 + 0.5)
    return "\(tenths / 10).\(tenths % 10)"
}

/// An automaton with subjects, and findings to send it.
private struct CoreLoad {
    let check = CheckID("pod-health", parameters: "namespace: production")
    var automaton: Automaton
    var findings: [Finding]
    let now = Instant(seconds: 1_772_366_400)

    init(subjects: Int, unhealthy: Int) {
        let check = check
        let step = RemediationStep(use: "rollout-restart")
        let rules = [
            Rule(name: "oom-killed", check: check, tiers: [Tier([.reasons(["OOMKilled"])], priority: .critical)], remediations: [step]),
            Rule(name: "crash-loop", check: check, tiers: [Tier([.reasons(["CrashLoopBackOff"])], priority: .high)], remediations: [step]),
            Rule(
                name: "start-error", check: check, tiers: [Tier([.reasons(["StartError", "ContainerCannotRun"])], priority: .low)],
                remediations: [step]),
            Rule(
                name: "restart-loop", check: check,
                tiers: [
                    Tier([.above(figure: "restarts", 5)], priority: .medium), Tier([.above(figure: "restarts", 20)], priority: .high),
                ], remediations: [step]),
            Rule(name: "evicted", check: check, tiers: [Tier([.reasons(["Evicted"])], priority: .low)], remediations: [step]),
        ]
        automaton = Automaton(rules: rules, run: "benchmark")
        let now = now
        findings = (0..<subjects).map { index in
            Self.finding(index, isUnhealthy: index < unhealthy, at: now)
        }
        _ = automaton.step(.complete(check, findings), at: now)
    }

    static func finding(_ index: Int, isUnhealthy: Bool, at now: Instant) -> Finding {
        let subject = Subject(.deployment, namespace: "production", name: "service-number-\(index)")
        let reasons =
            isUnhealthy ? [Reason("CrashLoopBackOff", part: "service-number-\(index)-7c9-x2", container: "app", restartCount: 3)] : []
        return Finding(subject, observedAt: now, .seen(Evidence(figures: [Figure("restarts", isUnhealthy ? 3 : 0)], reasons: reasons)))
    }

    /// Sends every finding one by one, for about a second; in each round one in a hundred is turned where `turn` gives a round other than 0.
    func rate(turn: (Int) -> Int) -> Double {
        var automaton = automaton
        var findings = findings
        var now = now
        var sent = 0
        var effects = 0
        var spent = Duration.zero
        var round = 0
        while spent < .seconds(1) {
            round += 1
            now = now + .seconds(1)
            let phase = turn(round)
            for index in findings.indices {
                findings[index].observedAt = now
                if phase != 0, index % 100 == 0 { findings[index] = Self.finding(index, isUnhealthy: phase % 2 == 1, at: now) }
            }
            spent += processorTime {
                for finding in findings { effects += automaton.step(.changed(check, finding), at: now).count }
            }
            sent += findings.count
        }
        if effects < 0 { print(effects) }
        return Double(sent) / spent.inSeconds
    }

    /// Sends all findings at once, as a list does.
    func completeRate() -> Double {
        var automaton = automaton
        var now = now
        var sent = 0
        var spent = Duration.zero
        while spent < .seconds(1) {
            now = now + .seconds(1)
            let event = Event.complete(check, findings)
            spent += processorTime { _ = automaton.step(event, at: now) }
            sent += findings.count
        }
        return Double(sent) / spent.inSeconds
    }

    /// Microseconds for a subject that breaks and recovers, among all the others; the best of five runs.
    func changeCost() -> Double {
        var automaton = automaton
        var best = Double.infinity
        let pairs = (0..<2000).map { (1_000_000 + $0) }.map {
            (Self.finding($0, isUnhealthy: true, at: now), Self.finding($0, isUnhealthy: false, at: now))
        }
        for _ in 0..<5 {
            let spent = processorTime {
                for (broken, well) in pairs {
                    _ = automaton.step(.changed(check, broken), at: now)
                    _ = automaton.step(.changed(check, well), at: now)
                }
            }
            best = min(best, spent.inSeconds * 1e6 / Double(2 * pairs.count))
        }
        return best
    }
}
