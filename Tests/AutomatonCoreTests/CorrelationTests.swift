import SeededRandom
import Testing

@testable import AutomatonCore

/// Which incident explains which, rule by rule.
@Suite struct CorrelationTests {
    private static let noon = Instant(seconds: 1_767_268_800)

    /// The record of an incident, some seconds after noon.
    private func record(
        _ rule: String, _ name: String, _ kind: Subject.Kind = .deployment, namespace: String = "production", at seconds: Int = 0,
        _ reason: Reason? = nil, node: String? = nil, log: [String] = [], events: [IncidentContext.ObjectEvent] = []
    ) -> IncidentRecord {
        let subject = Subject(kind, namespace: namespace, name: name)
        let at = Self.noon + .seconds(seconds)
        let finding = Finding(subject, observedAt: at, .seen(Evidence(reasons: reason.map { [$0] } ?? [])))
        var record = IncidentRecord(
            Incident(key: IncidentKey(rule: rule, subject: subject), detectedAt: at, priority: .high, finding: finding), at: at)
        if node != nil || !log.isEmpty || !events.isEmpty {
            record.context = IncidentContext(readAt: at, log: log, events: events, node: node)
        }
        return record
    }

    /// `b < a` for each b that a explains, by subject's name and rule.
    private func told(_ records: [IncidentRecord], _ correlation: Correlation = Correlation(), after: Duration = .minutes(1)) -> [String] {
        let names = Dictionary(uniqueKeysWithValues: records.map { ($0.id, "\($0.key.subject.name)/\($0.key.rule)") })
        let answer = correlation.explanations(of: records, at: Self.noon + after)
        return answer.map { "\(names[$0.key] ?? "?") < \(names[$0.value] ?? $0.value.text)" }.sorted()
    }

    // MARK: Node

    private static let low = Reason("Evicted", part: "p", message: "The node was low on resource: memory. Threshold quantity: 100Mi")
    private static let own = Reason(
        "Evicted", part: "p", message: "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi")

    private func notReady(at seconds: Int) -> IncidentContext.ObjectEvent {
        .init(
            at: Self.noon + .seconds(seconds), type: "Warning", reason: "NodeNotReady", note: "Node is not ready", count: 1, about: "pod/p")
    }

    @Test func threeOfOneNode() {
        let one = record("evicted", "a", at: 0, Self.low, node: "n1")
        let two = record("evicted", "b", at: 100, Self.low, node: "n1")
        #expect(
            told([one, two, record("evicted", "c", at: 300, Self.low, node: "n1")]) == ["b/evicted < a/evicted", "c/evicted < a/evicted"])
        for (other, why) in [
            (record("evicted", "c", at: 301, Self.low, node: "n1"), "too late"),
            (record("evicted", "c", at: 200, Self.low, node: "n2"), "another node"),
            (record("evicted", "c", at: 200, Self.low), "nobody knows the node"),
            (record("evicted", "c", at: 200, Self.own, node: "n1"), "evicted for what it used itself"),
            (record("oom", "c", at: 200, Reason("OOMKilled", part: "p", container: "c"), node: "n1"), "its own limit"),
            (record("other", "b", at: 200, Self.low, node: "n1"), "of one subject twice"),
        ] { #expect(told([one, two, other]).isEmpty, "\(why)") }
        let lost = record("not-ready", "c", at: 30, node: "n1", events: [notReady(at: 20)])
        #expect(told([one, two, lost]) == ["b/evicted < a/evicted", "c/not-ready < a/evicted"])
        #expect(told([one, two, record("not-ready", "c", at: 299, node: "n1", events: [notReady(at: -10)])]).isEmpty, "an old event")
    }

    @Test func aSecondWaveHasAHeadOfItsOwn() {
        let names = ["a", "b", "c", "d", "e", "f"]
        let records = names.enumerated().map { index, name in
            record("evicted", name, at: index < 3 ? index : 600 + index, Self.low, node: "n1")
        }
        #expect(
            told(records, after: .minutes(15)) == [
                "b/evicted < a/evicted", "c/evicted < a/evicted", "e/evicted < d/evicted", "f/evicted < d/evicted",
            ])
    }

    // MARK: Dependency

    private func crash(at seconds: Int, log: [String] = [], message: String = "", namespace: String = "production") -> IncidentRecord {
        record(
            "crash-loop", "checkout", namespace: namespace, at: seconds,
            Reason("CrashLoopBackOff", part: "checkout-1-x", container: "c", message: message), log: log)
    }

    @Test(
        arguments: [
            ("ERROR connection to shop-db:5432 refused", true), ("FATAL: could not connect to server shop-db.", true),
            ("org.postgresql.util.PSQLException: Connection to shop-db:5432 refused", true),
            ("config: DATABASE_URL=postgres://checkout:***@shop-db:5432/checkout", false),
            ("ERROR connection to other-shop-db:5432 refused", false), ("ERROR connection to shop-db2:5432 refused", false),
            ("ERROR connection to shop-db.staging.svc refused", false), ("ERROR lock held by another process", false),
        ])
    func aDatabaseThatTheLogComplainsOf(line: String, isExplained: Bool) {
        let database = record("postgres-connections", "shop-db:5432", .database, namespace: "", at: 0)
        let expected = isExplained ? ["checkout/crash-loop < shop-db:5432/postgres-connections"] : []
        #expect(told([database, crash(at: 60, log: ["INFO starts", line])]) == expected)
    }

    @Test func onlyAfterItAndWhileItGoesOn() {
        let line = ["ERROR shop-db:5432: too many clients already"]
        func database(at seconds: Int, closed: Int? = nil) -> IncidentRecord {
            var database = record("slots", "shop-db:5432", .database, namespace: "", at: seconds)
            database.closedAt = closed.map { Self.noon + .seconds($0) }
            return database
        }
        #expect(told([database(at: 0), crash(at: 300, log: line)]).count == 1)
        #expect(told([database(at: 0), crash(at: 301, log: line)]).isEmpty)
        #expect(told([database(at: 1), crash(at: 0, log: line)]).isEmpty)
        #expect(told([database(at: 0, closed: 60), crash(at: 61, log: line)]).isEmpty)
        #expect(told([database(at: 0, closed: 60), crash(at: 59, log: line)]).count == 1)
        let oom = record("oom", "checkout", at: 60, Reason("OOMKilled", part: "p", container: "c"), log: line)
        #expect(told([database(at: 0), oom]).isEmpty, "it is out of memory, whatever its log says")
        #expect(told([database(at: 0), crash(at: 5, message: "panic: shop-db:5432 lost")]).count == 1, "its last message says so")
    }

    @Test(
        arguments: [
            (Subject(.consumerGroup, namespace: "", name: "orders-v2"), "ERROR group orders-v2: rebalance failed", true),
            (Subject(.consumerGroup, namespace: "", name: "orders"), "ERROR no orders, consumer failed", false),
            (Subject(.database, namespace: "", name: "postgres:5432"), "ERROR driver postgres failed", false),
            (Subject(.database, namespace: "", name: "postgres:5432"), "ERROR dial postgres:5432 refused", true),
            (Subject(.database, namespace: "", name: "127.0.0.1:5432"), "ERROR dial 127.0.0.1:5432 refused", false),
            (Subject(.database, namespace: "", name: "localhost:5432"), "ERROR dial localhost:5432 refused", false),
            (Subject(.volume, namespace: "production", name: "checkout-data"), "no space left on checkout-data", true),
            (Subject(.volume, namespace: "staging", name: "checkout-data"), "no space left on checkout-data", false),
            (Subject(.volume, namespace: "production", name: "data"), "write /data/x: no space left on device", false),
            (Subject(.host, namespace: "", name: "node-1:/var"), "ERROR node-1:/var is full, write failed", false),
        ])
    func whatCanBeNamed(subject: Subject, line: String, isExplained: Bool) {
        let cause = record("cause", subject.name, subject.kind, namespace: subject.namespace)
        #expect(told([cause, crash(at: 60, log: [line])]).count == (isExplained ? 1 : 0))
    }

    // MARK: Declared

    @Test func aRuleThatInhibitsAnother() {
        func rule(_ name: String, _ inhibits: [String]) -> Rule {
            Rule(name: name, check: CheckID("pod-health"), tiers: [], remediations: [], inhibits: inhibits)
        }
        let correlation = Correlation([rule("oom", ["crash-loop", "slow"]), rule("crash-loop", ["slow"])])
        let oom = record("oom", "mail", at: 100)
        #expect(told([record("crash-loop", "mail", at: 0), oom], correlation) == ["mail/crash-loop < mail/oom"])
        #expect(told([record("crash-loop", "web", at: 0), oom], correlation).isEmpty, "another subject")
        #expect(told([record("lag", "mail", at: 0), oom], correlation).isEmpty, "not inhibited")
        #expect(told([record("crash-loop", "mail", at: 701), oom], correlation, after: .minutes(12)).isEmpty, "too late")
        // A chain ends at its end.
        let slow = record("slow", "mail", at: 650)
        #expect(
            told([oom, record("crash-loop", "mail", at: 690), slow], correlation, after: .minutes(12)) == [
                "mail/crash-loop < mail/oom", "mail/slow < mail/oom",
            ])
    }

    // MARK: Rollout

    private func scaled(_ replicaSet: String, from: Int = 0, at seconds: Int, of name: String = "mail") -> IncidentContext.ObjectEvent {
        .init(
            at: Self.noon + .seconds(seconds), type: "Normal", reason: "ScalingReplicaSet",
            note: "Scaled up replica set \(replicaSet) from \(from) to 2", count: 1, about: "deployment/\(name)")
    }

    @Test func oneRollout() {
        let events = [scaled("mail-7c9", at: 0)]
        let slow = record("not-ready", "mail", at: 10, events: events)
        let error = record("errors", "mail", at: 20, Reason("Error", part: "mail-7c9-x", container: "c"))
        let crash = record("crash-loop", "mail", at: 600, Reason("CrashLoopBackOff", part: "mail-7c9-x", container: "c"))
        #expect(told([slow, error, crash]) == ["mail/errors < mail/crash-loop", "mail/not-ready < mail/crash-loop"])
        #expect(told([slow, error]) == ["mail/not-ready < mail/errors"])
        let late = record("crash-loop", "mail", at: 601, Reason("CrashLoopBackOff", part: "mail-7c9-x", container: "c"))
        #expect(told([slow, late]).isEmpty)
        let old = record("errors", "mail", at: 20, Reason("Error", part: "mail-5d4-x", container: "c"))
        #expect(told([slow, old]).isEmpty, "on a pod of the revision before")
        #expect(told([record("not-ready", "mail", at: 10, events: [scaled("mail-7c9", from: 1, at: 0)]), error]).isEmpty, "no beginning")
        #expect(told([record("not-ready", "mail", at: 10, events: [scaled("mail-7c9", at: 15)]), error]).isEmpty, "before it")
        #expect(told([slow, record("errors", "web", at: 20)]).isEmpty, "another workload")
    }

    // MARK: Together

    /// Crash loop of a workload, explained by a volume, whose pod's node is in trouble: all of it is the node's.
    @Test func chainsEndAtTheirEnd() {
        let correlation = Correlation([
            Rule(name: "evicted", check: CheckID("c"), tiers: [], remediations: [], inhibits: ["crash-loop"])
        ])
        let records = [
            record("evicted", "a", at: 0, Self.low, node: "n1"), record("evicted", "b", at: 1, Self.low, node: "n1"),
            record("evicted", "c", at: 2, Self.low, node: "n1"), record("crash-loop", "c", at: 40),
        ]
        #expect(told(records, correlation) == ["b/evicted < a/evicted", "c/crash-loop < a/evicted", "c/evicted < a/evicted"])
    }

    @Test func whatIsSettledStays() {
        let correlation = Correlation([Rule(name: "oom", check: CheckID("c"), tiers: [], remediations: [], inhibits: ["crash-loop"])])
        let oom = record("oom", "mail", at: 0)
        let crash = record("crash-loop", "mail", at: 60)
        #expect(told([oom, crash], correlation, after: .minutes(30)).count == 1)
        #expect(told([oom, crash], correlation, after: .minutes(32)).isEmpty, "nobody said so in time, nobody says so now")
        var said = crash
        said.explainedBy = oom.id
        #expect(told([oom, said], Correlation(), after: .minutes(32)).count == 1, "settled")
        #expect(told([oom, said], Correlation(), after: .minutes(20)).isEmpty, "the rules changed while it was open to judgement")
        // Its explanation was over before a restart, and is not in memory any more.
        #expect(told([said], Correlation(), after: .minutes(2)) == ["mail/crash-loop < \(oom.id)"])
    }

    // MARK: Whatever comes

    private func history(_ random: inout SplitMix64) -> [IncidentRecord] {
        var records: [IncidentID: IncidentRecord] = [:]
        for _ in 0..<Int.random(in: 2...40, using: &random) {
            let name = ["mail", "web", "checkout"].randomElement(using: &random) ?? ""
            let rule = ["oom", "crash-loop", "evicted", "slow", "errors"].randomElement(using: &random) ?? ""
            let seconds = Int.random(in: 0...1500, using: &random)
            let pod = "\(name)-7c9-x\(Int.random(in: 0...2, using: &random))"
            let reasons = [
                nil, Self.low, Self.own, Reason("CrashLoopBackOff", part: pod, container: "c"),
                Reason("OOMKilled", part: pod, container: "c"),
                Reason("Error", part: pod, container: "c", message: "lost orders-v2"),
            ]
            let isDependency = random.chance(20)
            let record =
                isDependency
                ? record(
                    "dependency", random.chance(50) ? "shop-db:5432" : "orders-v2", random.chance(50) ? .database : .consumerGroup,
                    namespace: "", at: seconds)
                : record(
                    rule, name, at: seconds, reasons.randomElement(using: &random) ?? nil, node: random.chance(70) ? "n1" : nil,
                    log: random.chance(50) ? ["ERROR cannot reach shop-db:5432"] : [],
                    events: random.chance(40) ? [scaled("\(name)-7c9", at: max(0, seconds - 100), of: name)] : [])
            records[record.id] = record
        }
        return records.values.sorted { $0.id < $1.id }
    }

    /// No circles, no chains, nothing explained by what is unknown; the same answer in whatever order they came, also when each answer was
    /// written down before the next came.
    @Test func propertiesOfAnyHistory() {
        let correlation = Correlation([
            Rule(name: "oom", check: CheckID("c"), tiers: [], remediations: [], inhibits: ["crash-loop"]),
            Rule(name: "crash-loop", check: CheckID("c"), tiers: [], remediations: [], inhibits: ["slow", "errors"]),
        ])
        let now = Self.noon + .seconds(1600)
        var explained = 0
        for seed in 0..<400 {
            var random = SplitMix64(UInt64(seed), "correlation")
            let records = history(&random)
            let answer = correlation.explanations(of: records, at: now)
            explained += answer.count
            for (id, by) in answer {
                #expect(id != by && answer[by] == nil, "seed \(seed): who explains is not explained")
                #expect(records.contains { $0.id == by }, "seed \(seed)")
            }
            #expect(correlation.explanations(of: records.shuffled(using: &random), at: now) == answer, "seed \(seed)")
            var came: [IncidentRecord] = []
            for record in records.shuffled(using: &random) {
                came.append(record)
                let soFar = correlation.explanations(of: came, at: now)
                for index in came.indices { came[index].explainedBy = soFar[came[index].id] }
            }
            let written = Dictionary(uniqueKeysWithValues: came.compactMap { record in record.explainedBy.map { (record.id, $0) } })
            #expect(written == answer, "seed \(seed): one after the other")
            // Long after, too: what is settled is neither lost nor in a chain.
            let later = correlation.explanations(of: came, at: now + .hours(5))
            #expect(later == answer, "seed \(seed): settled")
        }
        #expect(explained > 1000, "the histories must have something to explain: \(explained)")
    }
}
