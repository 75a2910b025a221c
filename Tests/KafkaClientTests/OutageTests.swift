import AutomatonCore
import BlockingTests
import Foundation
import Testing

@testable import KafkaClient

/// Clusters that cannot be reached: a clear error within the time-out, and nothing left behind.
@BlockingTests @Suite(.serialized) struct OutageTests {
    private let selection = ConsumerGroupSelection(groups: ["email"], topics: ["email.received"])

    private func failure(_ cluster: KafkaCluster, environment: [String: String] = [:]) async -> PortError? {
        let client = KafkaConsumerGroups(environment: environment)
        let start = ContinuousClock.now
        var failure: PortError?
        do { _ = try await client.read(selection, in: cluster) } catch { failure = error }
        // The bound is on hanging, not on a busy machine.
        #expect(start.duration(to: .now) < cluster.timeout + .seconds(300))
        await client.shutdown()
        return failure
    }

    @Test func nobodyListens() async throws {
        let port = try Loopback.freePort()
        let error = await failure(KafkaCluster(bootstrapServers: ["127.0.0.1:\(port)"], timeout: .seconds(1)))
        guard case .unavailable(let why, _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(why.hasPrefix("brokers unreachable: 127.0.0.1:\(port)"))
        #expect(why.contains("Connection refused"))
        #expect(!why.contains("in state"), "a text that changes each time would be news each time")
    }

    @Test func noSuchHost() async throws {
        let error = await failure(KafkaCluster(bootstrapServers: ["kafka.invalid:9092"], timeout: .seconds(2)))
        guard case .unavailable(let why, _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(why.hasPrefix("brokers unreachable: ") && why.contains("kafka.invalid:9092"))
    }

    @Test func halfOpenNetwork() async throws {
        let listener = try SilentListener()
        let error = await failure(KafkaCluster(bootstrapServers: ["127.0.0.1:\(listener.port)"], timeout: .seconds(1)))
        #expect(error == .unavailable("brokers unreachable: no answer from 127.0.0.1:\(listener.port)", retryAfter: nil))
    }

    @Test func aBrokerWithoutTLSOrCredentials() async throws {
        let broker = try EmbeddedBroker(topics: ["email.received": 1])
        let environment = ["KAFKA_SASL_USERNAME": "healer", "KAFKA_SASL_PASSWORD": "hunter2-secret", "KAFKA_SASL_MECHANISM": "PLAIN"]
        for (protocolName, word) in [("ssl", "PLAINTEXT broker listener"), ("sasl_plaintext", "authentication failed: ")] {
            let error = await failure(
                KafkaCluster(
                    bootstrapServers: [broker.bootstrapServers], properties: ["security.protocol": protocolName], timeout: .seconds(3)),
                environment: environment)
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func aCertificateThatNobodyTrusts() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("kafka-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (key, certificate) = (directory + "/key.pem", directory + "/certificate.pem")
        let maker = try Child(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                "-days", "1", "-subj", "/CN=127.0.0.1",
            ])
        maker.process.waitUntilExit()
        let port = try Loopback.freePort()
        let server = try Child(
            "/usr/bin/openssl", ["s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", certificate, "-quiet"])
        for _ in 0..<500 where !Loopback.accepts(port) { try await Task.sleep(for: .milliseconds(10)) }
        let start = ContinuousClock.now
        let error = await failure(
            KafkaCluster(
                bootstrapServers: ["127.0.0.1:\(port)"], properties: ["security.protocol": "ssl"], timeout: .seconds(100)))
        guard case .refused(let why) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(why.hasPrefix("TLS failed: ") && why.contains("certificate verify failed"), "\(why)")
        #expect(start.duration(to: .now) < .seconds(80), "waiting longer would not help")
        server.kill()
    }

    @Test func whoWaitedForTheSameFailureFailsWithIt() async throws {
        let listener = try SilentListener()
        let client = KafkaConsumerGroups(environment: [:])
        let cluster = KafkaCluster(bootstrapServers: ["127.0.0.1:\(listener.port)"], timeout: .seconds(8))
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let error = await #expect(throws: PortError.self) { _ = try await client.read(selection, in: cluster) }
                    #expect(error?.description.hasPrefix("brokers unreachable: ") == true)
                }
            }
        }
        #expect(start.duration(to: .now) < cluster.timeout * 4)
        await client.shutdown()
    }

    @Test func cancellationIsHeeded() async throws {
        let listener = try SilentListener()
        let client = KafkaConsumerGroups(environment: [:])
        let cluster = KafkaCluster(bootstrapServers: ["127.0.0.1:\(listener.port)"], timeout: .seconds(200))
        let start = ContinuousClock.now
        let task = Task { try await client.read(selection, in: cluster) }
        task.cancel()
        _ = await task.result
        #expect(start.duration(to: .now) < .seconds(90))
        await client.shutdown()
    }

    @Test func unusedHandlesAreClosed() async throws {
        let listener = try SilentListener()
        let client = KafkaConsumerGroups(environment: [:], idleFor: .milliseconds(200), mostClusters: 2)
        for number in 0..<4 {
            let cluster = KafkaCluster(
                bootstrapServers: ["127.0.0.1:\(listener.port)"], properties: ["client.id": "\(number)"], timeout: .milliseconds(50))
            _ = try? await client.read(selection, in: cluster)
            #expect(await client.openHandles <= 2)
        }
        for _ in 0..<500 where await client.openHandles > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await client.openHandles == 0)
    }

    /// In a process of its own: what others open and close meanwhile is not a leak. `KAFKA_LEAK_ROUNDS=1000` for the whole number.
    @Test func nothingLeaks() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let listener = try SilentListener()
            let cluster = KafkaCluster(bootstrapServers: ["127.0.0.1:\(listener.port)"], timeout: .milliseconds(20))
            func round() async {
                let client = KafkaConsumerGroups(environment: [:])
                _ = try? await client.read(ConsumerGroupSelection(groups: ["email"], topics: ["email.received"]), in: cluster)
                await client.shutdown()
            }
            for _ in 0..<30 { await round() }
            let before = ProcessUse.now
            let rounds = ProcessInfo.processInfo.environment["KAFKA_LEAK_ROUNDS"].flatMap { Int($0) } ?? 150
            for _ in 0..<rounds { await round() }
            // The last threads may be on their way out.
            var after = ProcessUse.now
            for _ in 0..<500 where after.threads > before.threads || after.descriptors > before.descriptors {
                try await Task.sleep(for: .milliseconds(10))
                after = .now
            }
            #expect(after.threads <= before.threads)
            #expect(after.descriptors <= before.descriptors)
            #expect(after.memory < before.memory + 12, "MB, after \(rounds) rounds")
            print(
                "leaks: \(rounds) rounds: threads \(before.threads) → \(after.threads), descriptors \(before.descriptors) → "
                    + "\(after.descriptors), \(before.memory) → \(after.memory) MB")
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        print(output.split(separator: "\n").first { $0.hasPrefix("leaks: ") } ?? "leaks: not told")
    }
}
