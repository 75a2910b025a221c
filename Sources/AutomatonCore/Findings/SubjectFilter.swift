/// A subject as people name it: `deployment/email-service`, or `production/deployment/email-service`.
public struct SubjectFilter: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The kind.
    public var kind: Subject.Kind
    /// The namespace; nil for any.
    public var namespace: String?
    /// The name.
    public var name: String

    /// Names subjects.
    public init(kind: Subject.Kind, namespace: String? = nil, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Reads `KIND/NAME` or `NAMESPACE/KIND/NAME`; nil when it is neither.
    public init?(_ text: String) {
        // By scalars: a character that combines with what stands before it must not hide a slash.
        let parts = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        if parts.count >= 3, let kind = Subject.Kind(word: parts[1]), Subject.Kind(word: parts[0]).map(Self.inNamespaces.contains) ?? false
        {
            // A namespace may be called as a kind is: no name of such a kind has a slash.
            self.init(kind: kind, namespace: parts[0], name: parts[2...].joined(separator: "/"))
        } else if parts.count >= 2, let kind = Subject.Kind(word: parts[0]) {
            self.init(kind: kind, name: parts[1...].joined(separator: "/"))
        } else if parts.count >= 3, let kind = Subject.Kind(word: parts[1]) {
            self.init(kind: kind, namespace: parts[0], name: parts[2...].joined(separator: "/"))
        } else {
            return nil
        }
        // Names of objects in namespaces have no slash (RFC 1123); those of groups, servers and hosts may.
        if name.isEmpty || (name.unicodeScalars.contains("/") && Self.inNamespaces.contains(kind)) { return nil }
    }

    private static let inNamespaces: Set<Subject.Kind> = Set<Subject.Kind>.workloads.union([.volume])

    /// Whether a subject is meant.
    public func matches(_ subject: Subject) -> Bool {
        subject.kind == kind && subject.name == name && (namespace.map { $0 == subject.namespace } ?? true)
    }

    public var description: String { (namespace.map { "\($0)/" } ?? "") + "\(kind.rawValue)/\(name)" }
}
