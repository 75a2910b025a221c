import AutomatonCore
import Foundation
import Testing

@testable import KafkaClient

@Suite struct ClusterPropertiesTests {
    private func value(_ properties: ClusterProperties, _ name: String) -> String? {
        properties.settings.last { $0.name == name }?.value
    }

    private func refusal(_ cluster: KafkaCluster, environment: [String: String] = [:]) -> String {
        do {
            let properties = try ClusterProperties(cluster, environment: environment)
            _ = try KafkaHandle(properties)
            return ""
        } catch { return error.description }
    }

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("kafka-test-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func environmentFilesAndRule() throws {
        let path = try file("s3cret-of-a-file\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let environment = [
            "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": "healer", "KAFKA_SSL_CA_LOCATION": "/etc/ca.pem", "KAFKA_SSL_KEY_PASSWORD": "s3cret-of-env",
            // None of these is meant for librdkafka.
            "KAFKA_LAG_THRESHOLD": "15000", "KAFKA_SERVICE_HOST": "10.0.0.1", "KAFKA_PORT": "tcp://10.0.0.1:9092", "KAFKA_GROUP_ID": "g",
            "SASL_PASSWORD": "no",
        ]
        let properties = try ClusterProperties(
            KafkaCluster(properties: ["sasl.mechanism": "SCRAM-SHA-512"], propertyFiles: ["sasl.password": path]),
            environment: environment)
        #expect(properties.bootstrapServers == "kafka:9092")
        #expect(value(properties, "security.protocol") == "SASL_SSL")
        #expect(value(properties, "sasl.mechanism") == "SCRAM-SHA-512", "the rule wins")
        #expect(value(properties, "sasl.username") == "healer")
        #expect(value(properties, "ssl.ca.location") == "/etc/ca.pem")
        #expect(value(properties, "sasl.password") == "s3cret-of-a-file")
        #expect(value(properties, "group.id") == "self-healing-automaton")
        #expect(properties.settings.allSatisfy { !["lag.threshold", "service.host", "port"].contains($0.name) })
        #expect(properties.scrubbed("a s3cret-of-a-file b s3cret-of-env") == "a <redacted> b <redacted>")
    }

    @Test func theRulesServersWin() throws {
        let properties = try ClusterProperties(
            KafkaCluster(bootstrapServers: ["a:1", "b:2"]), environment: ["KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"])
        #expect(value(properties, "bootstrap.servers") == "a:1,b:2")
    }

    @Test(arguments: [
        ("sasl.password", "KAFKA_SASL_PASSWORD"), ("ssl.key.password", "propertyFiles"), ("ssl.key.pem", "propertyFiles"),
        ("sasl.oauthbearer.client.secret", "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"), ("group.id", "cannot be set"),
        ("plugin.library.paths", "no code is loaded"), ("sasl.kerberos.kinit.cmd", "no program is run"),
        ("bootstrap.servers", "write bootstrapServers"), ("no.such.property", "has no property 'no.such.property'"),
        ("socket.timeout.ms", "Invalid value"),
    ])
    func refusedInARule(_ name: String, _ text: String) {
        let why = refusal(KafkaCluster(bootstrapServers: ["a:1"], properties: [name: "hunter2"]))
        #expect(why.contains(text) && why.contains(name), "\(why)")
        #expect(!why.contains("hunter2") || !KafkaCluster.isSecret(name))
    }

    @Test func filesThatAreNotRight() throws {
        #expect(
            refusal(KafkaCluster(bootstrapServers: ["a:1"], propertyFiles: ["sasl.password": "/no/such"])).contains(
                "/no/such cannot be read: No such file"))
        #expect(
            refusal(KafkaCluster(bootstrapServers: ["a:1"], propertyFiles: ["sasl.password": "relative"])).contains("not an absolute path"))
        let empty = try file("\n")
        defer { try? FileManager.default.removeItem(atPath: empty) }
        #expect(refusal(KafkaCluster(bootstrapServers: ["a:1"], propertyFiles: ["sasl.password": empty])).contains("is empty"))
        #expect(refusal(KafkaCluster(bootstrapServers: ["a:1"], propertyFiles: ["sasl.password": "/dev/zero"])).contains("is larger than"))
        let key = try file("-----BEGIN hunter2 KEY-----")
        defer { try? FileManager.default.removeItem(atPath: key) }
        let why = refusal(
            KafkaCluster(bootstrapServers: ["a:1"], properties: ["security.protocol": "ssl"], propertyFiles: ["ssl.key.pem": key]))
        #expect(!why.isEmpty && !why.contains("hunter2"), "\(why)")
    }

    @Test func noBrokerNamed() {
        #expect(refusal(KafkaCluster()).contains("KAFKA_BOOTSTRAP_SERVERS"))
        #expect(refusal(KafkaCluster(), environment: ["KAFKA_BOOTSTRAP_SERVERS": " , "]).contains("KAFKA_BOOTSTRAP_SERVERS"))
    }
}
