/// The fields of a fix as people write them, in `fixes.yaml` and over the API: texts by name.
public enum FixFields {
    /// What is wrong with one of them.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Which.
        public var field: String
        /// What is wrong.
        public var problem: String
        /// What would be right.
        public var expected: String

        public var description: String { "\(field) \(problem); write \(expected)" }
    }

    /// All of them, in the order in which they are written.
    public static let names = [
        "namespace", "resource", "container", "type", "value", "request", "before", "requestBefore", "timestamp", "imported", "rule",
        "remediation", "incident", "attempt",
    ]

    /// A clock that runs ahead of this one is borne as far as this.
    private static let mostAhead: Duration = .minutes(5)

    /// Reads a fix strictly. Fields that ``names`` does not have are for the caller to refuse.
    /// - Parameters:
    ///   - now: no fix is from later.
    ///   - text: a field's text; nil when it is not there.
    public static func fix(now: Instant, _ text: (String) -> String?) throws(Fault) -> Fix {
        func required(_ field: String, _ expected: String) throws(Fault) -> String {
            guard let value = text(field), !value.isEmpty else { throw Fault(field: field, problem: "is missing", expected: expected) }
            return value
        }
        let kinds = Fix.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        let type = try required("type", "one of \(kinds)")
        guard let kind = Fix.Kind(rawValue: type) else {
            let near = NearestName.of(type, among: Fix.Kind.allCases.map(\.rawValue)).map { "; did you mean '\($0)'?" } ?? ""
            throw Fault(field: "type", problem: "'\(type.prefix(60))' is no kind of fix\(near)", expected: "one of \(kinds)")
        }
        let namespace = try required("namespace", "the namespace of the workload")
        guard isName(namespace, most: 63, points: false) else {
            throw Fault(
                field: "namespace", problem: "is not the name of a namespace", expected: "a-z, 0-9 and '-', at most 63 characters")
        }
        let subject = try subject(try required("resource", kind.resourceForm), namespace, kind)
        let container = text("container")
        if kind == .memory {
            let name = try required("container", "the container whose memory it is")
            guard isName(name, most: 63, points: false) else {
                throw Fault(
                    field: "container", problem: "is not the name of a container", expected: "a-z, 0-9 and '-', at most 63 characters")
            }
        } else if container != nil {
            throw Fault(field: "container", problem: "is of no use for \(kind.rawValue)", expected: "it for memory alone")
        }
        let stamp = try required("timestamp", "when it helped: \"2026-03-01T12:00:00Z\"")
        guard let at = Instant(rfc3339: stamp) else {
            throw Fault(field: "timestamp", problem: "'\(stamp.prefix(60))' is no time", expected: "one such as \"2026-03-01T12:00:00Z\"")
        }
        guard at <= now + mostAhead else {
            throw Fault(field: "timestamp", problem: "'\(stamp.prefix(60))' is yet to come", expected: "a time that is past")
        }
        _ = try required("value", kind.valueForm)
        guard let value = try value(kind, text, "value", "request") else {
            throw Fault(field: "value", problem: "is missing", expected: kind.valueForm)
        }
        let before = try Self.value(kind, text, "before", "requestBefore")
        var origin = Fix.Origin(
            rule: try line("rule", text), remediation: try line("remediation", text),
            incident: try line("incident", text).map { IncidentID($0) }, attempt: try line("attempt", text).map { AttemptID($0) })
        switch text("imported") {
        case nil, "false": break
        case "true": origin.isImported = true
        case let word?:
            throw Fault(field: "imported", problem: "'\(word.prefix(60))' is neither true nor false", expected: "true, or leave it out")
        }
        return Fix(subject, container: container, value, before: before, at: at, origin: origin)
    }

    private static func subject(_ text: String, _ namespace: String, _ kind: Fix.Kind) throws(Fault) -> Subject {
        let fault = Fault(field: "resource", problem: "'\(text.prefix(120))' has no \(kind.rawValue) to keep", expected: kind.resourceForm)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let word = Subject.Kind(rawValue: parts[0]), kind.subjects.contains(word) else { throw fault }
        guard isName(parts[1], most: 253, points: true) else { throw fault }
        return Subject(word, namespace: namespace, name: parts[1])
    }

    private static func value(
        _ kind: Fix.Kind, _ text: (String) -> String?, _ field: String, _ requestField: String
    ) throws(Fault) -> Fix.Value? {
        let request = try text(requestField).map { (value) throws(Fault) in try quantity(value, requestField) }
        if request != nil, kind != .memory {
            throw Fault(field: requestField, problem: "is of no use for \(kind.rawValue)", expected: "it for memory alone")
        }
        guard let text = text(field) else {
            if request != nil {
                throw Fault(field: requestField, problem: "comes without \(field)", expected: "the limit as \(field), too")
            }
            return nil
        }
        switch kind {
        case .memory:
            let limit = try quantity(text, field)
            if let request, request > limit {
                throw Fault(field: requestField, problem: "(\(request)) is above \(field) (\(limit))", expected: "at most the limit")
            }
            return .memory(limit: limit, request: request)
        case .storage: return .storage(try quantity(text, field))
        case .replicas:
            guard let count = Int(text), (1...10_000).contains(count) else {
                throw Fault(
                    field: field, problem: "'\(text.prefix(60))' is no number of replicas", expected: "a whole number from 1 to 10000")
            }
            return .replicas(count)
        }
    }

    private static func quantity(_ text: String, _ field: String) throws(Fault) -> ByteQuantity {
        guard let quantity = ByteQuantity(text), quantity.bytes > 0 else {
            throw Fault(field: field, problem: "'\(text.prefix(60))' is no amount of bytes", expected: "one such as 512Mi or 2Gi")
        }
        return quantity
    }

    private static func line(_ field: String, _ text: (String) -> String?) throws(Fault) -> String? {
        guard let line = text(field), !line.isEmpty else { return nil }
        guard line.utf8.count <= 200, line.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault(field: field, problem: "is no such name", expected: "printable ASCII without spaces, at most 200 characters")
        }
        return line
    }

    /// RFC 1123: a label, or with points between labels a subdomain.
    private static func isName(_ text: String, most: Int, points: Bool) -> Bool {
        let labels = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        return text.utf8.count <= most && (points || labels.count == 1)
            && labels.allSatisfy { label in
                !label.isEmpty && label.first != 0x2D && label.last != 0x2D
                    && label.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            }
    }
}

extension Fix {
    /// As people write it: the fields that there are, in order.
    public var texts: [(name: String, text: String)] {
        let all: [String: String?] = [
            "namespace": key.subject.namespace, "resource": "\(key.subject.kind.rawValue)/\(key.subject.name)", "container": key.container,
            "type": key.kind.rawValue, "value": value.amountText, "request": value.request?.description, "before": before?.amountText,
            "requestBefore": before?.request?.description, "timestamp": at.rfc3339Milli,
            "imported": origin.isImported ? "true" : nil, "rule": origin.rule, "remediation": origin.remediation,
            "incident": origin.incident?.text, "attempt": origin.attempt?.text,
        ]
        return FixFields.names.compactMap { name in (all[name] ?? nil).map { (name, $0) } }
    }
}

extension Fix.Value {
    /// The main figure as Kubernetes writes it: `2Gi`, `6`.
    public var amountText: String {
        switch self {
        case .memory(let limit, _): limit.description
        case .replicas(let count): "\(count)"
        case .storage(let size): size.description
        }
    }

    /// The memory request; nil where there is none.
    public var request: ByteQuantity? { if case .memory(_, let request) = self { request } else { nil } }
}

extension Fix.Kind {
    /// What can have such a field.
    public var subjects: Set<Subject.Kind> {
        switch self {
        case .memory: .rollouts
        case .replicas: [.deployment, .statefulSet]
        case .storage: [.volume]
        }
    }

    fileprivate var resourceForm: String {
        "KIND/NAME with the kind \(subjects.map(\.rawValue).sorted().joined(separator: ", ")), such as \(self == .storage ? "volume/data" : "deployment/catalog")"
    }

    fileprivate var valueForm: String {
        switch self {
        case .memory: "the limit, such as 2Gi"
        case .replicas: "a whole number from 1 to 10000"
        case .storage: "the size, such as 20Gi"
        }
    }
}
