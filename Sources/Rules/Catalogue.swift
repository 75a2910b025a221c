import AutomatonCore

/// The plugins that rules may name, and how they are made from what a rule writes under `with:`.
struct Catalogue: Sendable {
    let checks: [String: any Check.Type]
    let remediations: [String: any Remediation.Type]

    init(checks: [any Check.Type], remediations: [any Remediation.Type]) {
        self.checks = Dictionary(checks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.remediations = Dictionary(remediations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Makes a check. `fallback` is the place for what is missing.
    static func make(_ type: any Check.Type, with: YAMLNode?, fallback: Position) throws(Failures) -> any Check {
        func make<C: Check>(_ type: C.Type) throws -> any Check { try C(ParameterDecoder.decode(C.Parameters.self, from: node)) }
        let node = with ?? YAMLNode(content: .mapping([]), position: fallback)
        try refuseUnknown(node, known: type.parameterNames)
        do { return try make(type) } catch { throw Failures(error, in: node) }
    }

    /// Makes a remediation. `fallback` is the place for what is missing.
    static func make(_ type: any Remediation.Type, with: YAMLNode?, fallback: Position) throws(Failures) -> any Remediation {
        func make<R: Remediation>(_ type: R.Type) throws -> any Remediation {
            try R(ParameterDecoder.decode(R.Parameters.self, from: node))
        }
        let node = with ?? YAMLNode(content: .mapping([]), position: fallback)
        try refuseUnknown(node, known: type.parameterNames)
        do { return try make(type) } catch { throw Failures(error, in: node) }
    }

    /// The places and texts of what is wrong with parameters.
    struct Failures: Error {
        var list: [(position: Position, message: String)]

        init(_ list: [(position: Position, message: String)]) { self.list = list }

        init(_ error: any Error, in node: YAMLNode) {
            switch error {
            case let failure as Failures: self = failure
            case let error as ParameterError: list = [(node.position(of: [error.key]), error.description)]
            case DecodingError.keyNotFound(let key, let context):
                let path = context.codingPath.map(\.stringValue)
                list = [(node.position(of: path), "\(Self.name(of: path)): the key '\(key.stringValue)' is missing")]
            case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
                DecodingError.valueNotFound(_, let context):
                let path = context.codingPath.map(\.stringValue)
                list = [(node.position(of: path), "\(Self.name(of: path)): \(context.debugDescription)")]
            default: list = [(node.position, "with: \(error)")]
            }
        }

        private static func name(of path: [String]) -> String { path.isEmpty ? "with" : path.joined(separator: ".") }
    }

    private static func refuseUnknown(_ node: YAMLNode, known: [String]) throws(Failures) {
        guard case .mapping(let pairs) = node.content else {
            throw Failures([(node.position, "with: must be a mapping of parameters, not \(node.kind)")])
        }
        let unknown = pairs.filter { !known.contains($0.key) }
        guard unknown.isEmpty else {
            throw Failures(unknown.map { ($0.position, NearestName.unknown("parameter", $0.key, known: known)) })
        }
        let empty = node.emptyPairs
        guard empty.isEmpty else {
            throw Failures(empty.map { ($0.position, "\($0.key): nothing is written; give a value, or leave the key out") })
        }
    }
}

extension YAMLNode {
    /// The place of the value at a path, or of the last part of the path that is there.
    fileprivate func position(of path: [String]) -> Position {
        var node = self
        var position = self.position
        for part in path {
            switch node.content {
            case .scalar: return position
            case .mapping(let pairs):
                guard let pair = pairs.first(where: { $0.key == part }) else { return position }
                (node, position) = (pair.value, pair.value.isNull ? pair.position : pair.value.position)
            case .sequence(let items):
                guard let index = Int(part), items.indices.contains(index) else { return position }
                (node, position) = (items[index], items[index].position)
            }
        }
        return position
    }

    /// The keys, at any depth, after which nothing is written: most likely a value that was forgotten.
    fileprivate var emptyPairs: [Pair] {
        switch content {
        case .scalar: []
        case .sequence(let items): items.flatMap(\.emptyPairs)
        case .mapping(let pairs): pairs.flatMap { $0.value.isNull ? [$0] : $0.value.emptyPairs }
        }
    }

    /// The value in one line with sorted keys, so that equal parameters have equal text.
    var canonical: String {
        switch content {
        case .scalar(let text, let style):
            let isBare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\,:{}[]#&*!|>'%@`".utf8.contains($0) }
            let isText = style == .quoted && (ScalarReading.looksNumeric(text) || ScalarReading.isBooleanWord(text))
            if isBare, !isText { return text }
            return isNull ? "null" : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        case .sequence(let items): return "[" + items.map(\.canonical).joined(separator: ", ") + "]"
        case .mapping: return "{" + canonicalPairs + "}"
        }
    }

    /// The pairs of a mapping without the braces.
    var canonicalPairs: String {
        guard case .mapping(let pairs) = content else { return canonical }
        return pairs.sorted { $0.key < $1.key }.map { pair in
            let key = YAMLNode(content: .scalar(pair.key, .plain), position: position).canonical
            return "\(key): \(pair.value.canonical)"
        }.joined(separator: ", ")
    }
}
