import SeededRandom
import AutomatonCore
import Replay

/// How long a month of a namespace with 1,000 workloads takes, under two sets of rules in one pass.
enum ReplayBenchmark {
    private static let workloads = 1000
    private static let figures = 50
    private static let minutes = 30 * 24 * 60
    private static let pods = CheckID("pod-health")
    private static let lags = CheckID("kafka-lag")

    static func run() {
        print("replay: 30 days of \(workloads) watched workloads and \(figures) figures a minute, two sets of rules in one pass")
        let generated = clocked { generate { _ in } }
        var replay = Replay(rules("new", restarts: 5, lag: 15_000), against: rules("old", restarts: 3, lag: 10_000))
        let spent = clocked { generate { replay.take($0) } }
        let report = replay.finish()
        let findings = report.checks.reduce(0) { $0 + $1.findings }
        let net = (spent - generated).inSeconds
        print(
            "  \(findings) findings in \(report.checks.reduce(0) { $0 + $1.reports }) reports: \(tenths(spent.inSeconds)) s, of which "
                + "\(tenths(generated.inSeconds)) s made the history; \(Int(Double(findings) / net)) findings/s; the goal is 60 s")
        for rule in report.rules {
            let (now, before) = (rule.result, rule.before)
            print(
                "  \(rule.rule): \(now?.incidents ?? 0) incidents (\(before?.incidents ?? 0)), \(now?.wouldAct ?? 0) would act "
                    + "(\(before?.wouldAct ?? 0))")
        }
        print("  only new \(report.onlyNow?.count ?? 0), only old \(report.onlyBefore?.count ?? 0), storms \(report.storms)")
    }

    private static func rules(_ name: String, restarts: Double, lag: Double) -> ReplayRuleset {
        let step = RemediationStep(use: "rollout-restart")
        return ReplayRuleset(
            name: name,
            rules: [
                Rule(
                    name: "crash-loop", check: pods, tiers: [Tier([.reasons(["CrashLoopBackOff"])], priority: .high)], remediations: [step]),
                Rule(name: "evicted", check: pods, tiers: [Tier([.reasons(["Evicted"])], priority: .low)], remediations: []),
                Rule(
                    name: "kafka-lag", check: lags,
                    tiers: [Tier([.above(figure: nil, lag)], priority: .medium), Tier([.above(figure: nil, lag * 3)], priority: .high)],
                    remediations: [RemediationStep(use: "scale")]),
                Rule(name: "oom-killed", check: pods, tiers: [Tier([.reasons(["OOMKilled"])], priority: .critical)], remediations: [step]),
                Rule(
                    name: "restart-loop", check: pods, tiers: [Tier([.above(figure: "restarts", restarts)], priority: .medium)],
                    remediations: [step]),
            ], policy: SafetyPolicy())
    }

    /// A workload breaks every few minutes, and is well again after a while; a list comes every hour; lags swing.
    private static func generate(_ receive: (RecordedReport) -> Void) {
        var random = SplitMix64(42)
        let start = Instant(seconds: 1_772_366_400)
        let codes = ["OOMKilled", "CrashLoopBackOff", "CrashLoopBackOff", "Evicted"]
        var broken: [Int: (code: String, until: Int)] = [:]
        var lag = [Double](repeating: 0, count: figures)
        for minute in 0..<minutes {
            let now = start + .minutes(minute)
            if minute % 60 == 0 {
                let all = (0..<workloads).map { pod($0, broken[$0]?.code, at: now) }
                receive(RecordedReport(at: now, check: pods, report: .complete(all)))
            }
            for (workload, fault) in broken.sorted(by: { $0.key < $1.key }) {
                if fault.until <= minute {
                    broken[workload] = nil
                    receive(RecordedReport(at: now, check: pods, report: .changed(pod(workload, nil, at: now))))
                } else if random.below(5) == 0 {
                    receive(RecordedReport(at: now, check: pods, report: .changed(pod(workload, fault.code, minute, at: now))))
                }
            }
            if random.below(4) == 0 {
                let workload = random.below(workloads)
                let code = codes[random.below(codes.count)]
                broken[workload] = (code, minute + 1 + random.below(40))
                receive(RecordedReport(at: now, check: pods, report: .changed(pod(workload, code, at: now))))
            }
            receive(RecordedReport(at: now + .seconds(10), check: pods, report: .current))
            for index in lag.indices {
                lag[index] = max(0, lag[index] * 0.98 + Double(random.below(1200)) - (index < 5 ? 350 : 590))
            }
            let at = now + .seconds(20)
            let findings = lag.enumerated().map { index, value in
                Finding(
                    Subject(.consumerGroup, namespace: "", name: "group-\(index)"), observedAt: at,
                    .seen(Evidence(figures: [Figure("lag", value, unit: "messages")])))
            }
            receive(RecordedReport(at: at, check: lags, report: .complete(findings)))
        }
    }

    private static func pod(_ index: Int, _ code: String?, _ restarts: Int = 1, at now: Instant) -> Finding {
        let reasons = code.map { [Reason($0, part: "service-\(index)-7c9-x2", container: "app", restartCount: Int32(restarts))] } ?? []
        return Finding(
            Subject(.deployment, namespace: "production", name: "service-\(index)"), observedAt: now,
            .seen(Evidence(figures: [Figure("restarts", code == nil ? 0 : Double(restarts % 8))], reasons: reasons)))
    }

    private static func clocked(_ work: () -> Void) -> Duration {
        let start = ContinuousClock.now
        work()
        return ContinuousClock.now - start
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int(value * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
