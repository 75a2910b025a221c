public import AutomatonCore

extension KafkaLag {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// `host:port` of brokers to begin with, as a list or separated by commas; nil for `KAFKA_BOOTSTRAP_SERVERS` of the environment.
        public var bootstrapServers: TextList?
        /// librdkafka's properties by name (`security.protocol: SASL_SSL`); none that is a secret.
        public var properties: [String: PropertyValue]?
        /// Properties whose value stands in a mounted file (`sasl.password: /run/secrets/kafka/password`).
        public var propertyFiles: [String: String]?
        /// How long a reading may take; nil for 10 s.
        public var timeout: ConfiguredDuration?
        /// A group, or a pattern of groups (`*` any characters, `?` one).
        public var group: String
        /// Names or patterns of topics; nil for those that the group has committed to.
        public var topics: TextList?
        /// What a partition without a commit counts as; nil for unknown.
        public var onNoCommit: LagPolicy.NoCommit?
        /// Whether `lag` leaves out partitions whose commit has not moved since the last observation; nil for no.
        public var excludePersistentLag: Bool?

        /// Makes parameters.
        public init(
            bootstrapServers: [String]? = nil, properties: [String: String]? = nil, propertyFiles: [String: String]? = nil,
            timeout: ConfiguredDuration? = nil, group: String, topics: [String]? = nil, onNoCommit: LagPolicy.NoCommit? = nil,
            excludePersistentLag: Bool? = nil
        ) {
            self.bootstrapServers = bootstrapServers.map { TextList(items: $0) }
            self.properties = properties?.mapValues { PropertyValue(text: $0) }
            self.propertyFiles = propertyFiles
            self.timeout = timeout
            self.group = group
            self.topics = topics.map { TextList(items: $0) }
            self.onNoCommit = onNoCommit
            self.excludePersistentLag = excludePersistentLag
        }

        /// The groups, one by one.
        var groups: [String] { group.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingSpaces) } }

        /// The topics; none when all that the group has committed to are meant.
        var chosenTopics: [String] { topics?.items == ["*"] ? [] : topics?.items ?? [] }

        /// - Throws: ``ParameterError`` when a value makes no sense.
        func validate() throws {
            for group in groups {
                guard (1...255).contains(group.utf8.count), group.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                    throw ParameterError("group", "'\(group)' is not the name of a group: write email-service, or a pattern (email-*)")
                }
            }
            if topics?.items.isEmpty == true { throw ParameterError("topics", "the list is empty: name topics, or leave the key out") }
            for topic in topics?.items ?? [] where !Self.isTopic(topic) {
                throw ParameterError(
                    "topics",
                    "'\(topic)' is not the name of a topic: write a-z, A-Z, 0-9, '.', '_' and '-', or a pattern with * and ?; at most 249")
            }
            if bootstrapServers?.items.isEmpty == true { throw ParameterError("bootstrapServers", "no broker is named: write host:port") }
            for server in bootstrapServers?.items ?? [] where !Self.isServer(server) {
                throw ParameterError("bootstrapServers", "'\(server)' is not a broker: write host:port (kafka.example:9092)")
            }
            for name in (properties ?? [:]).keys.sorted() where KafkaCluster.isSecret(name) {
                let variable = "KAFKA_" + String(name.map { $0 == "." ? "_" : $0 }).uppercased()
                throw ParameterError(
                    "properties", "\(name) is a secret: set \(variable) in the environment, or name a mounted file under propertyFiles")
            }
            for (name, path) in (propertyFiles ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard path.hasPrefix("/") else {
                    throw ParameterError("propertyFiles", "\(name): '\(path)' is not an absolute path: write /run/secrets/…")
                }
                guard properties?[name] == nil else {
                    throw ParameterError("propertyFiles", "\(name) stands under properties as well: write it once")
                }
            }
            if let timeout = timeout?.duration, !(.seconds(1)...(.seconds(25))).contains(timeout) {
                throw ParameterError("timeout", "\(timeout.readable) is out of range: write 1s to 25s (a run of a check may take 30 s)")
            }
        }

        private static func isTopic(_ text: String) -> Bool {
            (1...249).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte | 0x20) && byte >= 0x41 || (0x30...0x39).contains(byte) || "._-*?".utf8.contains(byte)
                }
        }

        /// `host:port`, `[::1]:9092`; a scheme (`SASL_SSL://`) may stand before.
        private static func isServer(_ text: String) -> Bool {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return false }
            return colon > text.startIndex && text.utf8.count <= 300 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2C }
        }
    }

    /// Texts, as a list or separated by commas.
    public struct TextList: Decodable, Hashable, Sendable {
        /// Each of them.
        public var items: [String]

        /// Makes a list.
        public init(items: [String]) { self.items = items }

        /// Reads a list, or a text with commas.
        public init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                items = text.split(separator: ",").map { String($0.trimmingSpaces) }.filter { !$0.isEmpty }
            } else {
                items = try [String](from: decoder)
            }
        }
    }

    /// The value of a property: a text, a number or a truth value, as librdkafka takes its text.
    public struct PropertyValue: Decodable, Hashable, Sendable {
        /// `SASL_SSL`, `500`, `true`.
        public var text: String

        /// Makes a value.
        public init(text: String) { self.text = text }

        /// Reads what YAML writes without quotes, too.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = flag ? "true" : "false"
            } else if let number = try? container.decode(Int.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}

extension Substring {
    /// Without the spaces at both ends.
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
