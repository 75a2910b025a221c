/// Names a fix: what is kept of a subject. Of each there is one fix at most.
public struct FixKey: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// What was mended.
    public let subject: Subject
    /// Which kind of field is kept.
    public let kind: Fix.Kind
    /// Its container, where the field is one of a container.
    public let container: String?

    /// Names a fix.
    public init(_ subject: Subject, _ kind: Fix.Kind, container: String? = nil) {
        (self.subject, self.kind, self.container) = (subject, kind, container)
    }

    /// `production/deployment/catalog memory of catalog`.
    public var description: String { "\(subject) \(kind.rawValue)\(container.map { " of \($0)" } ?? "")" }

    /// By what it is asked for: the same in every process.
    public var id: FixID { FixID("f-" + StableHash.word(description)) }

    public static func < (left: FixKey, right: FixKey) -> Bool {
        (left.subject, left.kind.rawValue, left.container ?? "") < (right.subject, right.kind.rawValue, right.container ?? "")
    }
}

/// A short name of a ``FixKey``: `f-8c1f0be2a67d33f1`.
public struct FixID: Hashable, Codable, Sendable, CustomStringConvertible {
    /// As people write it.
    public let text: String

    /// Takes a name as it was written.
    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A value that helped, and is kept as desired: what an attempt raised, and what somebody else's deploy is not to undo unseen.
public struct Fix: Hashable, Codable, Sendable {
    /// Which kind of field.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// Memory limit and request of a container.
        case memory
        /// Desired replicas.
        case replicas
        /// The size of a volume. No remediation expands one: such a fix comes from people, is listed and exported, and never applied.
        case storage
    }

    /// A value of such a field.
    public enum Value: Hashable, Codable, Sendable {
        /// Limit, and request where one is set.
        case memory(limit: ByteQuantity, request: ByteQuantity?)
        /// A number of replicas.
        case replicas(Int)
        /// The size that is asked for.
        case storage(ByteQuantity)
    }

    /// Of what.
    public let key: FixKey
    /// What is kept.
    public var value: Value
    /// What it was before; nil where that is not known.
    public var before: Value?
    /// When it was seen to help, or was written down by a person; in whole milliseconds, as people read it.
    public var at: Instant
    /// Where it comes from.
    public var origin: Origin

    /// Where a fix comes from; all nil where a person wrote it down.
    public struct Origin: Hashable, Codable, Sendable {
        /// Whether a person imported it, or wrote it where people edit fixes: the rest is what they say, and nobody saw it.
        public var isImported = false

        /// The rule whose attempt it was.
        public var rule: String?
        /// What was used: `raise-memory`.
        public var remediation: String?
        /// The incident that it healed.
        public var incident: IncidentID?
        /// The attempt.
        public var attempt: AttemptID?

        /// Names an origin.
        public init(rule: String? = nil, remediation: String? = nil, incident: IncidentID? = nil, attempt: AttemptID? = nil) {
            (self.rule, self.remediation, self.incident, self.attempt) = (rule, remediation, incident, attempt)
        }

        /// Reads what was remembered; older journals do not tell what was imported.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            isImported = try container.decodeIfPresent(Bool.self, forKey: .isImported) ?? false
            rule = try container.decodeIfPresent(String.self, forKey: .rule)
            remediation = try container.decodeIfPresent(String.self, forKey: .remediation)
            incident = try container.decodeIfPresent(IncidentID.self, forKey: .incident)
            attempt = try container.decodeIfPresent(AttemptID.self, forKey: .attempt)
        }

        private enum CodingKeys: CodingKey { case isImported, rule, remediation, incident, attempt }

        /// For people, in a word: the rule whose attempt it was, `imported`, or `by hand`.
        public var word: String { isImported ? "imported" : rule ?? "by hand" }
    }

    /// Makes a fix of a subject. The kind follows from the value.
    public init(
        _ subject: Subject, container: String? = nil, _ value: Value, before: Value? = nil, at: Instant, origin: Origin = Origin()
    ) {
        key = FixKey(subject, value.kind, container: container)
        self.value = value
        self.before = before
        self.at = Instant(microseconds: at.microseconds / 1000 * 1000)
        self.origin = origin
    }

    /// `memory limit 2Gi, request 1Gi of catalog`.
    public var summary: String { "\(value.summary)\(key.container.map { " of \($0)" } ?? "")" }

    /// The same fix, as a person brought it.
    public var imported: Fix {
        var fix = self
        fix.origin.isImported = true
        return fix
    }

    /// Tells whether somebody changed what it says: the same for the same fix in every process, whoever brought it.
    public var digest: String {
        let parts = [key.description, value.summary, before?.summary ?? "", at.rfc3339Milli] + origin.parts
        return StableHash.word(parts.joined(separator: "\u{0}"))
    }
}

extension Fix.Value {
    /// The kind of the field.
    public var kind: Fix.Kind {
        switch self {
        case .memory: .memory
        case .replicas: .replicas
        case .storage: .storage
        }
    }

    /// The number that speaks for it: bytes of the limit or the volume, or replicas.
    public var amount: Int64 {
        switch self {
        case .memory(let limit, _): limit.bytes
        case .replicas(let count): Int64(count)
        case .storage(let size): size.bytes
        }
    }

    /// `memory limit 2Gi, request 1Gi`.
    public var summary: String {
        switch self {
        case .memory(let limit, let request): "memory limit \(limit)\(request.map { ", request \($0)" } ?? "")"
        case .replicas(let count): "replicas \(count)"
        case .storage(let size): "storage \(size)"
        }
    }
}

extension Fix.Origin {
    fileprivate var parts: [String] { [rule, remediation, incident?.text, attempt?.text].map { $0 ?? "" } }
}

extension StableHash {
    /// A text's hash as 16 hexadecimal digits.
    static func word(_ text: String) -> String {
        var hash = StableHash()
        hash.add(text.utf8)
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
