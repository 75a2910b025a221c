import AutomatonCore
import Testing

@testable import Replay

/// Noon of a Sunday.
private let noon = Instant(microseconds: 1_772_366_400_000_000)
private let lags = CheckID("kafka-lag")
private let pods = CheckID("pod-health")

/// A history made by hand: a record a minute.
private struct History {
    var records: [RecordedReport] = []
    var now = noon

    mutating func add(_ report: CheckReport, of check: CheckID, after time: Duration = .zero) {
        now = now + time
        records.append(RecordedReport(at: now, check: check, report: report))
    }

    /// Reads a figure once a minute, with these values.
    mutating func lag(_ values: [Double], of group: String = "orders") {
        for value in values { add(.complete([Self.lag(value, group, at: now)]), of: lags, after: .minutes(1)) }
    }

    static func lag(_ value: Double, _ group: String, at instant: Instant, located: [SubjectTemplate: Subject] = [:]) -> Finding {
        var finding = Finding(
            Subject(.consumerGroup, namespace: "", name: group), observedAt: instant,
            .seen(Evidence(figures: [Figure("lag", value, unit: "messages")])))
        finding.located = located
        return finding
    }

    static func pod(_ name: String, isBroken: Bool, at instant: Instant) -> Finding {
        Finding(
            Subject(.deployment, namespace: "production", name: name), observedAt: instant,
            .seen(Evidence(reasons: isBroken ? [Reason("OOMKilled", part: name + "-1", container: "app", restartCount: 1)] : [])))
    }

    func replay(_ rules: [Rule], _ policy: SafetyPolicy = SafetyPolicy(), against other: [Rule]? = nil) -> ReplayReport {
        var replay = Replay(
            ReplayRuleset(name: "new", rules: rules, policy: policy),
            against: other.map { ReplayRuleset(name: "old", rules: $0, policy: policy) })
        for record in records { replay.take(record) }
        return replay.finish()
    }
}

private func lagRule(_ name: String = "lag", above bound: Double, _ priority: Priority = .critical, use: [String] = ["scale"]) -> Rule {
    Rule(
        name: name, check: lags, tiers: [Tier([.above(figure: "lag", bound)], priority: priority)],
        remediations: use.map { RemediationStep(use: $0) })
}

private func oomRule(_ priority: Priority = .critical) -> Rule {
    Rule(
        name: "oom", check: pods, tiers: [Tier([.reasons(["OOMKilled"])], priority: priority)],
        remediations: [RemediationStep(use: "raise-memory")])
}

@Suite("Replay") struct ReplayTests {
    @Test("Another threshold gives other incidents, and the difference names them")
    func otherThreshold() throws {
        var history = History()
        history.lag([0, 100, 6000, 6000, 100, 100, 20_000, 20_000, 0, 0])
        let report = history.replay([lagRule(above: 15_000)], against: [lagRule(above: 5000)])
        let lag = try #require(report.rules.first)
        #expect(report.rules.count == 1)
        #expect(lag.difference == .fewer)
        #expect(lag.result?.incidents == 1)
        #expect(lag.before?.incidents == 2)
        #expect(lag.result?.first?.instant == noon + .minutes(7))
        #expect(lag.result?.byRemediation == ["scale": 1])
        #expect(report.onlyNow?.count == 0)
        let lone = try #require(report.onlyBefore?.first.first)
        #expect(report.onlyBefore?.count == 1)
        #expect(lone.from.instant == noon + .minutes(3))
        #expect(lone.to?.instant == noon + .minutes(5))
        #expect(lone.cause.contains("lag 6000 messages"))
        #expect(report.missing == [])
        #expect(report.checks.first?.reports == 10)
    }

    @Test("Rules that are new or gone are told, and the same one is the same")
    func newAndGone() {
        var history = History()
        history.lag([0, 9000, 9000, 0])
        let same = lagRule("both", above: 5000)
        let report = history.replay(
            [same, lagRule("new", above: 5000)], against: [same, lagRule("gone", above: 5000), lagRule("quiet", above: 50_000)])
        #expect(report.rules.map(\.rule) == ["both", "gone", "new", "quiet"])
        #expect(report.rules.map(\.difference) == [.same, .gone, .new, .gone])
        #expect(report.onlyNow?.first.map(\.rule) == ["new"])
        #expect(report.onlyBefore?.first.map(\.rule) == ["gone"])
    }

    @Test("The delay holds what is over before it is due, and the cooldown what comes back within it")
    func delayAndCooldown() throws {
        var history = History()
        // 3 min unhealthy: the delay of 5 min is not over. Then 7 min: it is. Then back after 1 min.
        history.lag([0, 9000, 9000, 9000, 0, 0] + Array(repeating: 9000, count: 7) + [0] + Array(repeating: 9000, count: 9) + [0])
        let report = history.replay([lagRule(above: 5000, .high)])
        let result = try #require(report.rules.first?.result)
        #expect(result.incidents == 3)
        #expect(result.heldBy["delay"] == 3)
        #expect(result.wouldAct == 2)
        #expect(report.rules.first?.difference == nil)

        // Critical is due at once: the second incident comes within the cooldown of the first.
        var flapping = History()
        flapping.lag([0, 9000, 0, 9000, 0, 0])
        let quick = try #require(flapping.replay([lagRule(above: 5000)]).rules.first?.result)
        #expect(quick.incidents == 2)
        #expect(quick.wouldAct == 1)
        #expect(quick.heldBy["cooldown"] == 1)
    }

    @Test("A storm stops what the share of a namespace says, of what the checks knew then")
    func storm() throws {
        func history(broken: Int) -> History {
            var history = History()
            history.add(.complete((0..<20).map { History.pod("service-\($0)", isBroken: false, at: noon) }), of: pods)
            for index in 0..<broken {
                history.add(.changed(History.pod("service-\(index)", isBroken: true, at: history.now)), of: pods, after: .seconds(1))
            }
            history.add(.current, of: pods, after: .minutes(1))
            return history
        }
        var policy = SafetyPolicy()
        policy.delays = [.minutes(1), .minutes(1), .seconds(30), .zero]
        policy.namespaceShare = .percent(100)
        let calm = history(broken: 8).replay([oomRule(.high)], policy)
        #expect(calm.storms == 0)
        #expect(calm.rules.first?.result?.wouldAct == 8)
        let storm = history(broken: 12).replay([oomRule(.high)], policy)
        #expect(storm.storms == 1)
        #expect(storm.rules.first?.result?.wouldAct == 0)
        #expect((storm.rules.first?.result?.heldBy["storm"] ?? 0) >= 1)
    }

    @Test("The budget holds as it would")
    func budget() throws {
        var history = History()
        history.add(.complete([]), of: pods)
        for index in 0..<6 {
            history.add(.changed(History.pod("service-\(index)", isBroken: true, at: history.now)), of: pods, after: .seconds(1))
        }
        var policy = SafetyPolicy()
        policy.attemptsAnHour = 4
        policy.criticalReserve = 0
        policy.stormShare = .count(100)
        let result = try #require(history.replay([oomRule()], policy).rules.first?.result)
        #expect(result.wouldAct == 4)
        #expect(result.heldBy["budget"] == 2)
    }

    @Test("A rule for a person counts whom it would have told")
    func personOnly() throws {
        var history = History()
        history.lag([0, 9000, 9000, 0])
        let result = try #require(history.replay([lagRule(above: 5000, use: [])]).rules.first?.result)
        #expect(result.wouldAct == 0)
        #expect(result.toldPerson == 1)
    }

    @Test("What was not recorded is told: a check, its parameters, a workload by a label, the first complete observation, gaps")
    func missing() {
        var history = History()
        history.lag([9000])
        let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "group", value: "{group}"))
        var mapped = lagRule("mapped", above: 5000)
        mapped.subject = template
        let other = Rule(
            name: "other", check: CheckID("kafka-lag", parameters: "group: payments"),
            tiers: [Tier([.above(figure: nil, 1)], priority: .low)], remediations: [])
        history.add(.changed(History.pod("late", isBroken: true, at: history.now)), of: pods, after: .hours(1))
        history.lag([9000])
        let missing = history.replay([mapped, oomRule(), other]).missing
        #expect(missing.contains { $0.contains("rule other looks at, kafka-lag{group: payments}") && $0.contains("kafka-lag") })
        #expect(missing.contains { $0.contains("2 unhealthy findings of rule mapped") })
        #expect(missing.contains("pod-health: no complete observation is recorded, so nothing is decided on it"))
        #expect(missing.contains("kafka-lag: nothing is recorded for up to 1 h 1 min at a time"))
    }

    @Test("A workload that was found then is found again")
    func located() throws {
        var history = History()
        let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "group", value: "{group}"))
        let worker = Subject(.deployment, namespace: "production", name: "order-worker")
        for _ in 0..<2 {
            history.add(
                .complete([History.lag(9000, "orders", at: history.now, located: [template: worker])]), of: lags, after: .minutes(1))
        }
        var mapped = lagRule(above: 5000)
        mapped.subject = template
        let report = history.replay([mapped], against: [])
        #expect(report.onlyNow?.first.first?.subject == "production/deployment/order-worker")
        #expect(report.missing == [])
    }

    @Test("What is unknown or stale opens nothing, and a blind check holds what is open")
    func unknown() throws {
        var history = History()
        history.lag([0])
        history.add(
            .changed(Finding(Subject(.consumerGroup, namespace: "", name: "orders"), observedAt: history.now, .unknown("no answer"))),
            of: lags)
        history.lag([9000])
        history.add(.blind("connection refused"), of: lags, after: .seconds(1))
        history.add(.blind("connection refused"), of: lags, after: .minutes(10))
        let result = try #require(history.replay([lagRule(above: 5000, .high)]).rules.first?.result)
        #expect(result.incidents == 1)
        #expect(result.wouldAct == 0)
        #expect(result.stillOpen == 1)
        #expect((result.heldBy["unknown"] ?? 0) >= 1)
    }

    @Test("The same records give the same report, and an empty history an empty one")
    func deterministic() {
        var history = History()
        history.lag((0..<500).map { Double(($0 * 7919) % 12_000) })
        let (first, second) = (
            history.replay([lagRule(above: 5000)], against: [lagRule(above: 6000)]),
            history.replay([lagRule(above: 5000)], against: [lagRule(above: 6000)])
        )
        #expect(first == second)
        #expect((first.onlyNow?.first.count ?? 0) <= 50)
        let nothing = History().replay([lagRule(above: 1)])
        #expect(nothing.rules.first?.result?.incidents == 0)
        #expect(nothing.missing.count == 1)
    }
}
