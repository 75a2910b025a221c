import AutomatonCore
import BlockingTests
import Foundation
import Testing

@testable import KafkaClient

/// Against a broker in a process of its own. Skipped, and said so, where its package cannot be had.
@BlockingTests @Suite(.serialized, .enabled(if: TestTools.folder != nil, "noida-db cannot be installed from PyPI here"))
struct BrokerProcessTests {
    private func read(
        _ selection: ConsumerGroupSelection, _ broker: BrokerProcess, timeout: Duration = .seconds(10),
        _ client: KafkaConsumerGroups = KafkaConsumerGroups(environment: [:])
    ) async throws -> [ConsumerGroupReading] {
        let readings = try await client.read(selection, in: KafkaCluster(bootstrapServers: [broker.server], timeout: timeout))
        await client.shutdown()
        return readings
    }

    /// `partition:committed:end` of each, as the script says it.
    private func text(_ reading: ConsumerGroupReading?) -> String {
        (reading?.partitions.value ?? []).map { partition in
            let committed = partition.committed.value.map { $0 ?? -1 } ?? -2
            return "\(partition.partition):\(committed):\(partition.latest.value ?? -2)"
        }.joined(separator: " ")
    }

    @Test func agreesWithIndependentClientsOnALiveGroup() async throws {
        let broker = try BrokerProcess()
        let group = try Child(TestTools.python, [TestTools.script("group"), broker.server, "email.received", "7", "email-service"])
        #expect(group.readLine() == "ready")
        #expect(group.ask("produce 1000") == "produced 1000")
        let consumed = try #require(group.ask("consume 333"))
        // Both members have a share.
        #expect(consumed.hasPrefix("consumed ") && !consumed.hasSuffix(" 0") && !consumed.contains(" 0 "), "\(consumed)")
        #expect(group.ask("produce 500") == "produced 500")
        for selection in [
            ConsumerGroupSelection(groups: ["email-service"], topics: ["email.received"]),
            ConsumerGroupSelection(groups: ["email-*"], topics: ["email.*"]), ConsumerGroupSelection(groups: ["email-service"]),
        ] {
            let own = text(try await read(selection, broker).first)
            #expect(own == group.ask("lag"), "kafka-python")
            #expect(own == group.readLine(), "confluent-kafka")
        }
        let listed = try await read(ConsumerGroupSelection(groups: ["*"]), broker)
        #expect(listed.map(\.group) == ["email-service"])
        #expect(listed.first?.state == "Stable")
    }

    @Test func whatIsNotThere() async throws {
        let broker = try BrokerProcess()
        let group = try Child(TestTools.python, [TestTools.script("group"), broker.server, "email.received", "2", "email-service"])
        #expect(group.readLine() == "ready")
        let nobody = try await read(ConsumerGroupSelection(groups: ["nobody"]), broker)
        #expect(nobody == [ConsumerGroupReading(group: "nobody", partitions: .known([]))])
        #expect(try await read(ConsumerGroupSelection(groups: ["nobody-*"]), broker).isEmpty)
        let noTopic = try await read(ConsumerGroupSelection(groups: ["email-service"], topics: ["sms"]), broker)
        #expect(
            noTopic.map(\.partitions) == [.unknown("topic sms: it is not there, or this user may not describe it")])
    }

    @Test func aFrozenBrokerIsUnknownInTimeAndComesBack() async throws {
        let broker = try BrokerProcess()
        let group = try Child(TestTools.python, [TestTools.script("group"), broker.server, "email.received", "2", "email-service"])
        #expect(group.readLine() == "ready")
        #expect(group.ask("produce 10") == "produced 10")
        let client = KafkaConsumerGroups(environment: [:])
        let selection = ConsumerGroupSelection(groups: ["email-service"], topics: ["email.received"])
        func read(_ timeout: Duration) async throws -> [ConsumerGroupReading] {
            try await client.read(selection, in: KafkaCluster(bootstrapServers: [broker.server], timeout: timeout))
        }
        #expect(try await read(.seconds(10)).first?.partitions.value?.map(\.latest) == [.known(5), .known(5)])
        try broker.freeze()
        let start = ContinuousClock.now
        let error = await #expect(throws: PortError.self) { _ = try await read(.seconds(1)) }
        #expect(start.duration(to: .now) < .seconds(30))
        guard case .unavailable(let why, _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(why.hasPrefix("brokers unreachable: "))
        broker.thaw()
        #expect(try await read(.seconds(10)).first?.partitions.value?.map(\.latest) == [.known(5), .known(5)])
        await client.shutdown()
    }
}
