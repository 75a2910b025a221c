import AutomatonCore
import Foundation
import Synchronization
import Testing

@testable import Checks

/// Consumer groups as the test tells them.
private final class FakeGroups: ConsumerGroups {
    private let answer = Mutex<Result<[ConsumerGroupReading], PortError>>(.success([]))
    private let asked = Mutex<[(ConsumerGroupSelection, KafkaCluster)]>([])

    var questions: [(ConsumerGroupSelection, KafkaCluster)] { asked.withLock { $0 } }

    func tell(_ readings: ConsumerGroupReading...) { answer.withLock { $0 = .success(readings) } }
    func fail(_ error: PortError) { answer.withLock { $0 = .failure(error) } }

    func read(_ selection: ConsumerGroupSelection, in cluster: KafkaCluster) async throws(PortError) -> [ConsumerGroupReading] {
        asked.withLock { $0.append((selection, cluster)) }
        return try answer.withLock { $0 }.get()
    }
}

private func partition(
    _ number: Int32, _ committed: Reading<Int64?>, _ latest: Reading<Int64>, earliest: Reading<Int64>? = nil,
    topic: String = "email.received"
) -> PartitionReading {
    PartitionReading(topic: topic, partition: number, committed: committed, latest: latest, earliest: earliest)
}

private func group(_ partitions: PartitionReading..., name: String = "email", state: String? = nil) -> ConsumerGroupReading {
    ConsumerGroupReading(group: name, partitions: .known(partitions), state: state)
}

@Suite struct KafkaLagTests {
    private let groups = FakeGroups()
    private let clock = TestClock()

    private func run(_ check: KafkaLag) async throws -> [Finding] {
        var environment = Environment(
            pods: FakePods(), workloads: FakeWorkloads(), limits: { SafetyPolicy() }, now: { [clock] in clock.now })
        environment.consumerGroups = groups
        let findings = try await check.run(in: environment)
        expectDocumented(findings, of: KafkaLag.self)
        return findings
    }

    private func observation(_ check: KafkaLag) async throws -> Observation {
        try #require(try await run(check).first).observation
    }

    private func figures(_ check: KafkaLag) async throws -> [String: Double] {
        guard case .seen(let evidence) = try await observation(check) else { return [:] }
        return Dictionary(evidence.figures.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    private func why(_ check: KafkaLag) async throws -> String {
        guard case .unknown(let why) = try await observation(check) else { return "" }
        return why
    }

    @Test func sumsPartitions() async throws {
        let check = try KafkaLag(.init(group: "email"))
        groups.tell(group(partition(0, .known(100), .known(350)), partition(1, .known(7), .known(7))))
        let finding = try #require(try await run(check).first)
        #expect(finding.subject == Subject(.consumerGroup, namespace: "", name: "email"))
        #expect(finding.observedAt == start)
        #expect(ReportText.of(finding.observation) == "lag 250 totalLag 250 maxPartitionLag 250 partitions 2 stuckPartitions 0")
        clock.advance(.seconds(50))
        groups.tell(group(partition(0, .known(100), .known(450)), partition(1, .known(7), .known(7))))
        #expect(try await figures(check)["lagPerSecond"] == 2)
    }

    @Test func anUnknownPartitionMakesTheGroupUnknown() async throws {
        let check = try KafkaLag(.init(group: "email"))
        groups.tell(
            group(
                partition(0, .known(1), .known(90_000)), partition(1, .known(1), .unknown("its leader, broker 2, is away")),
                partition(2, .unknown("not authorised"), .known(5))))
        #expect(
            try await why(check)
                == "2 of 3 partitions unknown: email.received[1]: its leader, broker 2, is away; email.received[2]: not authorised")
    }

    @Test(arguments: [
        (LagPolicy.NoCommit.latest, 0.0 as Double?), (.earliest, 60), (.unknown, nil),
    ])
    func partitionWithoutCommit(_ policy: LagPolicy.NoCommit, _ expected: Double?) async throws {
        let check = try KafkaLag(.init(group: "email", onNoCommit: policy))
        groups.tell(group(partition(0, .known(5), .known(5)), partition(1, .known(nil), .known(100), earliest: .known(40))))
        #expect(try await figures(check)["lag"] == expected)
        if expected == nil { #expect(try await why(check).contains("email.received[1]: it has no commit")) }
        #expect(groups.questions.allSatisfy { $0.0.readsEarliest == (policy != .latest) })
    }

    @Test func emptyLogsAreNotBehind() async throws {
        let check = try KafkaLag(.init(group: "email"))
        groups.tell(
            group(
                partition(0, .known(5), .known(5)), partition(1, .known(nil), .known(0), earliest: .known(0)),
                partition(2, .known(nil), .known(9), earliest: .known(9))))
        #expect(try await figures(check)["lag"] == 0)
    }

    @Test func aGroupThatIsNotThere() async throws {
        for policy in [LagPolicy.NoCommit.latest, .unknown] {
            let check = try KafkaLag(.init(group: "email", onNoCommit: policy))
            groups.tell(group())
            #expect(try await why(check).contains("group email has no commits: it is not there, or never committed"))
            groups.tell(group(partition(0, .known(nil), .known(100), earliest: .known(0))))
            #expect(
                try await why(check) == "group email has no commit for any partition of email.received: it is not there, or never committed"
            )
        }
        let check = try KafkaLag(.init(group: "email", onNoCommit: .earliest))
        #expect(try await figures(check)["lag"] == 100)
        groups.tell(ConsumerGroupReading(group: "email", partitions: .unknown("topic email.received: it is not there")))
        #expect(try await why(check) == "topic email.received: it is not there")
    }

    @Test func aCommitBeyondTheEnd() async throws {
        let check = try KafkaLag(.init(group: "email"))
        groups.tell(group(partition(0, .known(500), .known(20))))
        #expect(try await why(check).contains("its commit 500 is beyond the end of the log, 20"))
    }

    @Test func brokersDownIsOneFailureAndNoSubject() async throws {
        let check = try KafkaLag(.init(group: "email-*"))
        groups.fail(.unavailable("brokers unreachable: kafka:9092: Connection refused", retryAfter: nil))
        let error = await #expect(throws: PortError.self) { _ = try await self.run(check) }
        #expect(error.map { String(describing: $0) } == "brokers unreachable: kafka:9092: Connection refused")
    }

    @Test func persistentLagIsLeftOutOfTheMainFigure() async throws {
        let check = try KafkaLag(.init(group: "email", excludePersistentLag: true))
        groups.tell(group(partition(0, .known(0), .known(9000)), partition(1, .known(0), .known(500))))
        #expect(try await figures(check)["lag"] == 9500)
        clock.advance(.seconds(60))
        groups.tell(group(partition(0, .known(0), .known(9000)), partition(1, .known(100), .known(500))))
        let figures = try await figures(check)
        #expect(figures["lag"] == 400)
        #expect(figures["totalLag"] == 9400)
        guard case .seen(let evidence) = try await observation(check) else { Issue.record("unknown"); return }
        #expect(evidence.unread?.hasPrefix("1 partition does not move, 9000 messages behind") == true)
        #expect(evidence.unreadFigures.first == Figure("lag", 9400, unit: "messages"))
        let rule = Rule(
            name: "r", check: CheckID("kafka-lag"), tiers: [Tier([.above(figure: nil, 5000)], priority: .high)], remediations: [])
        #expect(rule.verdict(.seen(evidence)) == .unknown(evidence.unread ?? ""), "a stopped consumer has not caught up")
    }

    @Test func namesStuckPartitionsWorstFirst() async throws {
        let check = try KafkaLag(.init(group: "email"))
        for minute in 0..<11 {
            let late = Int64(minute)
            groups.tell(
                group(
                    partition(3, .known(120), .known(3500)), partition(4, .known(10 + late), .known(500 + 2 * late)),
                    partition(5, .known(1), .known(9)), partition(6, .known(7), .known(7)), state: "Stable"))
            if minute < 10 {
                _ = try await run(check)
                clock.advance(.minutes(1))
            }
        }
        guard case .seen(let evidence) = try await observation(check) else { Issue.record("unknown"); return }
        #expect(
            evidence.reasons.map(\.summary) == ["STALL on email.received[3]", "STALL on email.received[5]", "WARN on email.received[4]"])
        #expect(evidence.reasons.first?.message == "committed 120, end 3500: 3380 behind, has not moved for 10 min")
        #expect(evidence.reasons.first?.since == start)
        #expect(evidence.figure("stuckPartitions") == 2)
    }

    @Test func reasonsAreBounded() async throws {
        var history = LagHistory()
        let reading = ConsumerGroupReading(
            group: "email", partitions: .known((0..<500).map { partition($0, .known(0), .known(100 + Int64($0))) }))
        for minute in 0..<10 { _ = history.observe(reading, at: start + .minutes(minute), LagPolicy()) }
        guard case .seen(let evidence) = history.observe(reading, at: start + .minutes(10), LagPolicy()) else { return }
        #expect(evidence.reasons.count == 10)
        #expect(evidence.reasons.first?.part == "email.received[499]")
        #expect(evidence.figure("stuckPartitions") == 500)
    }

    @Test func forgetsGroupsThatAreGone() async throws {
        let check = try KafkaLag(.init(group: "*", excludePersistentLag: true))
        let email = group(partition(0, .known(0), .known(9)))
        groups.tell(email, group(partition(0, .known(0), .known(9)), name: "cart"))
        _ = try await run(check)
        groups.tell(group(partition(0, .known(0), .known(9)), name: "cart"))
        clock.advance(.minutes(1))
        _ = try await run(check)
        groups.tell(email)
        clock.advance(.minutes(1))
        #expect(try await figures(check)["lag"] == 9, "a group that comes back begins anew")
    }

    @Test(arguments: [
        (KafkaLag.Parameters(group: ""), "group"), (.init(group: "a b"), "group"), (.init(group: "g", topics: []), "topics"),
        (.init(group: "g", topics: ["a/b"]), "topics"), (.init(group: "g", topics: ["@"]), "topics"),
        (.init(bootstrapServers: [], group: "g"), "bootstrapServers"), (.init(bootstrapServers: ["kafka"], group: "g"), "bootstrapServers"),
        (.init(bootstrapServers: [":9092"], group: "g"), "bootstrapServers"),
        (.init(properties: ["sasl.password": "hunter2"], group: "g"), "properties"),
        (.init(properties: ["ssl.key.pem": "x"], group: "g"), "properties"),
        (.init(propertyFiles: ["sasl.password": "secret"], group: "g"), "propertyFiles"),
        (.init(properties: ["client.id": "a"], propertyFiles: ["client.id": "/a"], group: "g"), "propertyFiles"),
        (.init(timeout: .init(.milliseconds(500)), group: "g"), "timeout"), (.init(timeout: .init(.seconds(26)), group: "g"), "timeout"),
    ])
    func senseless(_ parameters: KafkaLag.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try KafkaLag(parameters) }
        #expect(error?.key == key)
        #expect(error?.problem.contains("hunter2") == false)
    }

    @Test func parametersReachThePort() async throws {
        let check = try KafkaLag(
            .init(
                bootstrapServers: ["kafka-0:9092", "[::1]:9092"], properties: ["security.protocol": "SASL_SSL"],
                propertyFiles: ["sasl.password": "/run/p"], timeout: .init(.seconds(5)), group: "email-*", topics: ["email.*"]))
        groups.tell()
        #expect(try await run(check).isEmpty)
        let (selection, cluster) = try #require(groups.questions.first)
        #expect(selection == ConsumerGroupSelection(groups: ["email-*"], topics: ["email.*"], readsEarliest: true))
        #expect(
            cluster
                == KafkaCluster(
                    bootstrapServers: ["kafka-0:9092", "[::1]:9092"], properties: ["security.protocol": "SASL_SSL"],
                    propertyFiles: ["sasl.password": "/run/p"], timeout: .seconds(5)))
        let names = Mirror(reflecting: KafkaLag.Parameters(group: "g")).children.compactMap(\.label)
        #expect(names.sorted() == KafkaLag.parameterNames.sorted())
    }

    @Test(arguments: [
        (#"{"group": "email-*, orders", "topics": "email.*,orders"}"#, ["email-*", "orders"], ["email.*", "orders"]),
        (#"{"group": "email", "topics": "*"}"#, ["email"], []), (#"{"group": "*"}"#, ["*"], []),
        (#"{"group": "email", "topics": ["a", "b"]}"#, ["email"], ["a", "b"]),
    ])
    func namesMayBeSeparatedByCommas(_ parameters: String, _ names: [String], _ topics: [String]) async throws {
        groups.tell()
        _ = try await run(KafkaLag(JSONDecoder().decode(KafkaLag.Parameters.self, from: Data(parameters.utf8))))
        let selection = try #require(groups.questions.first).0
        #expect(selection.groups == names && selection.topics == topics)
    }
}
