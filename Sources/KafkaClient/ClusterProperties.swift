import AutomatonCore
import CKafka

/// What a handle is configured with, gathered from the environment, mounted files and the rule.
///
/// Later ones win: the adapter's defaults, `KAFKA_…` of the environment, the rule's `propertyFiles` and `properties`, and last what the
/// adapter needs to be so.
///
/// A variable `KAFKA_SASL_PASSWORD` sets librdkafka's property `sasl.password`: without the prefix, in small letters, `.` for `_`.
/// Variables that name no property are not meant for librdkafka (`KAFKA_LAG_THRESHOLD`, the `KAFKA_SERVICE_HOST` that Kubernetes sets
/// for a Service named kafka) and are passed over.
struct ClusterProperties {
    /// `host:port`, comma-separated.
    let bootstrapServers: String
    /// Names and values, in the order in which they are to be set.
    private(set) var settings: [(name: String, value: String)]
    /// The values that no text may show.
    private(set) var secrets: [String] = []

    /// What the adapter needs to be so, and what would load or run a program. Neither a rule nor the environment sets these.
    private static let reserved: [String: String] = [
        "bootstrap.servers": "write bootstrapServers",
        "metadata.broker.list": "write bootstrapServers",
        "isolation.level": "the check reads every message's offset (read_uncommitted)",
        "log.queue": "the client takes librdkafka's log itself",
        "group.id": "the check joins no group; write group",
        "plugin.library.paths": "no code is loaded",
        "ssl.engine.location": "no code is loaded",
        "ssl.providers": "no code is loaded",
        "sasl.kerberos.kinit.cmd": "no program is run",
        "test.mock.num.brokers": "it would replace the cluster by a simulated one",
    ]
    /// A frozen broker is noticed and a lost one found again within seconds.
    private static let defaults = [
        ("client.id", "self-healing-automaton"), ("socket.timeout.ms", "10000"), ("socket.connection.setup.timeout.ms", "10000"),
        ("socket.keepalive.enable", "true"), ("reconnect.backoff.max.ms", "2000"), ("topic.metadata.refresh.interval.ms", "-1"),
    ]
    /// A client without a group ends the process in librdkafka 2.0 when a coordinator answers NOT_COORDINATOR: it asks its own group's
    /// coordinator anew, and there is none. The group is never joined and nothing is committed to it, so that no broker keeps it.
    private static let needed = [("isolation.level", "read_uncommitted"), ("log.queue", "true"), ("group.id", "self-healing-automaton")]
    /// Most bytes of a mounted file.
    private static let largestFile = 1 << 20

    /// Gathers what the cluster is reached with. Reads the files anew.
    /// - Throws: ``PortError/refused(_:)`` that names the property and what would be right, never a value.
    init(_ cluster: KafkaCluster, environment: [String: String]) throws(PortError) {
        let servers = cluster.bootstrapServers.isEmpty ? [environment["KAFKA_BOOTSTRAP_SERVERS"] ?? ""] : cluster.bootstrapServers
        bootstrapServers = servers.joined(separator: ",")
        guard bootstrapServers.contains(where: { $0 != "," && $0 != " " }) else {
            throw .refused("no Kafka broker is named: write bootstrapServers (kafka:9092), or set KAFKA_BOOTSTRAP_SERVERS")
        }
        settings = Self.defaults
        for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard let name = Self.property(ofVariable: variable), Self.reserved[name] == nil else { continue }
            add(name, value)
        }
        for name in cluster.properties.keys.sorted() where KafkaCluster.isSecret(name) {
            throw .refused(
                "properties: \(name) is a secret: set \(Self.variable(of: name)) in the environment, or name a mounted file under propertyFiles"
            )
        }
        for name in (Array(cluster.properties.keys) + cluster.propertyFiles.keys).sorted() {
            if let why = Self.reserved[name] { throw .refused("properties: \(name) cannot be set: \(why)") }
            guard Self.isProperty(name) else {
                throw .refused("properties: librdkafka \(String(cString: rd_kafka_version_str())) has no property '\(name)'")
            }
            switch (cluster.properties[name], cluster.propertyFiles[name]) {
            case (_?, _?): throw .refused("\(name) stands both under properties and under propertyFiles: write it once")
            case (let value?, nil): add(name, value)
            case (nil, let path?): add(name, try Self.read(path, for: name))
            case (nil, nil): break
            }
        }
        settings += Self.needed + [("bootstrap.servers", bootstrapServers)]
    }

    /// The text without any secret.
    func scrubbed(_ text: String) -> String {
        secrets.reduce(text) { Scrubber.replace($1, in: $0) }
    }

    private mutating func add(_ name: String, _ value: String) {
        if KafkaCluster.isSecret(name), !value.isEmpty { secrets.append(value) }
        settings.append((name, value))
    }

    /// `sasl.password` → `KAFKA_SASL_PASSWORD`.
    private static func variable(of name: String) -> String {
        "KAFKA_" + String(name.map { $0 == "." ? "_" : $0 }).uppercased()
    }

    /// `KAFKA_SASL_PASSWORD` → `sasl.password`; nil when that is no property of librdkafka.
    private static func property(ofVariable variable: String) -> String? {
        guard variable.hasPrefix("KAFKA_") else { return nil }
        let name = String(variable.dropFirst(6).map { $0 == "_" ? "." : $0 }).lowercased()
        return isProperty(name) ? name : nil
    }

    /// Whether librdkafka knows a property of the name that a text can set.
    private static func isProperty(_ name: String) -> Bool {
        guard let configuration = rd_kafka_conf_new() else { return false }
        defer { rd_kafka_conf_destroy(configuration) }
        // The value may be refused; the name is what counts.
        return !name.hasSuffix("_cb") && rd_kafka_conf_set(configuration, name, "", nil, 0) != RD_KAFKA_CONF_UNKNOWN
    }

    /// The file's text without the line end at its end.
    private static func read(_ path: String, for name: String) throws(PortError) -> String {
        guard path.hasPrefix("/") else { throw .refused("propertyFiles: \(name): '\(path)' is not an absolute path") }
        switch MountedFile.read(path, atMost: largestFile) {
        case .success(let bytes):
            var text = String(decoding: bytes, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            guard !text.isEmpty else { throw .refused("propertyFiles: \(name): \(path) is empty") }
            guard !text.utf8.contains(0) else { throw .refused("propertyFiles: \(name): \(path) is not a text file") }
            return text
        case .failure(let failure):
            throw .refused("propertyFiles: \(name): \(path) \(failure.problem)")
        }
    }
}
