/// Which workload a rule mends when its check reports on something else: `deployment/email-service`, `deployment/{group}`, or
/// `deployment[kafka-group={group}]` for the one that carries a label.
///
/// `{group}`, `{database}`, `{volume}` and `{name}` all stand for the name of what the check reports on.
public struct SubjectTemplate: Hashable, Codable, Sendable, CustomStringConvertible {
    /// How the workload is named.
    public enum Name: Hashable, Codable, Sendable {
        /// By its own name; may hold a placeholder.
        case name(String)
        /// By a label that exactly one workload carries; the value may hold a placeholder.
        case label(key: String, value: String)
    }

    /// The words that stand for the name of what the check reports on.
    public static let placeholders = ["name"] + placeholderKinds.map(\.word)
    /// Those that stand for one kind of subject only.
    public static let placeholderKinds: [(word: String, kind: Subject.Kind)] = [
        ("group", .consumerGroup), ("database", .database), ("volume", .volume),
    ]

    /// The kind of the workload.
    public var kind: Subject.Kind
    /// Its namespace.
    public var namespace: String
    /// How it is named.
    public var name: Name

    /// Makes a template.
    public init(_ kind: Subject.Kind, namespace: String, name: Name) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// As rules write it.
    public var description: String {
        let prefix = namespace.isEmpty ? "" : "\(namespace)/"
        return switch name {
        case .name(let name): "\(prefix)\(kind.rawValue)/\(name)"
        case .label(let key, let value): "\(prefix)\(kind.rawValue)[\(key)=\(value)]"
        }
    }

    /// The subject that is mended for a finding; nil for a label, which somebody must look up.
    public func subject(for source: Subject) -> Subject? {
        guard case .name(let name) = name else { return nil }
        return Subject(kind, namespace: namespace, name: Self.fill(name, source))
    }

    /// The label's value for a finding; nil when the workload is named.
    public func labelValue(for source: Subject) -> String? {
        guard case .label(_, let value) = name else { return nil }
        return Self.fill(value, source)
    }

    private static func fill(_ text: String, _ source: Subject) -> String {
        guard text.utf8.contains(0x7B) else { return text }
        var filled = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let word = String(rest[rest.index(after: open)..<close])
            filled += placeholders.contains(word) ? source.name : "{\(word)}"
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
