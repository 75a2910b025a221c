/// A label selector, read from a query (`app=web,tier in (a,b),!old`) or from an object's `matchLabels` and `matchExpressions`.
public struct LabelSelector: Sendable, Hashable {
    private enum Operator: Sendable, Hashable {
        case isIn, notIn, exists, notExists, greater, less
    }

    private struct Requirement: Sendable, Hashable {
        let key: String
        let operation: Operator
        let values: [String]
    }

    private var requirements: [Requirement] = []

    /// Selects everything.
    public init() {}

    /// Whether everything is selected.
    public var isEmpty: Bool { requirements.isEmpty }

    /// The selector of a workload's `spec.selector`.
    public init(object: JSON?) {
        for (key, value) in object?["matchLabels"]?.object ?? JSONObject() {
            requirements.append(Requirement(key: key, operation: .isIn, values: [value.string ?? ""]))
        }
        for expression in object?["matchExpressions"]?.array ?? [] {
            let values = expression["values"]?.array?.compactMap(\.string) ?? []
            let operation: Operator
            switch expression["operator"]?.string {
            case "In": operation = .isIn
            case "NotIn": operation = .notIn
            case "Exists": operation = .exists
            default: operation = .notExists
            }
            requirements.append(Requirement(key: expression["key"]?.string ?? "", operation: operation, values: values))
        }
    }

    /// Whether labels are selected.
    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            let value = labels[requirement.key]
            switch requirement.operation {
            case .isIn: return value.map(requirement.values.contains) ?? false
            case .notIn: return !(value.map(requirement.values.contains) ?? false)
            case .exists: return value != nil
            case .notExists: return value == nil
            case .greater, .less:
                guard let number = value.flatMap(Int64.init), let bound = requirement.values.first.flatMap(Int64.init) else { return false }
                return requirement.operation == .greater ? number > bound : number < bound
            }
        }
    }

    /// Reads a query's selector as k8s.io/apimachinery/pkg/labels does, with its messages.
    public init(parsing text: String) throws(APIError) {
        var tokens = Self.tokens(text)[...]
        guard !tokens.isEmpty else { return }
        func message(_ detail: String) -> APIError { .badRequest("unable to parse requirement: \(detail)") }
        while true {
            guard let first = tokens.popFirst() else { throw message("found '', expected: !, identifier, or 'end of string'") }
            if first == "!" {
                guard let key = tokens.popFirst(), Self.isIdentifier(key) else { throw message("found '\(first)', expected: identifier") }
                requirements.append(Requirement(key: key, operation: .notExists, values: []))
            } else {
                guard Self.isIdentifier(first) else {
                    throw message("found '\(first)', expected: !, identifier, or 'end of string'")
                }
                try Self.validateKey(first)
                switch tokens.first {
                case nil, ",": requirements.append(Requirement(key: first, operation: .exists, values: []))
                case let sign? where ["=", "==", "!=", ">", "<"].contains(sign):
                    tokens.removeFirst()
                    let value = tokens.first.map(Self.isIdentifier) ?? false ? tokens.removeFirst() : ""
                    if sign == ">" || sign == "<" {
                        guard Int64(value) != nil else {
                            throw message(
                                "values[0][\(first)]: Invalid value: \"\(value)\": for 'Gt', 'Lt' operators, the value must be an integer")
                        }
                    } else {
                        try Self.validateValue(value, key: first)
                    }
                    let operation: Operator = sign == "!=" ? .notIn : sign == ">" ? .greater : sign == "<" ? .less : .isIn
                    requirements.append(Requirement(key: first, operation: operation, values: [value]))
                case "in", "notin":
                    let operation: Operator = tokens.removeFirst() == "in" ? .isIn : .notIn
                    guard tokens.first == "(" else { throw message("found '\(tokens.first ?? "")' expected: '('") }
                    tokens.removeFirst()
                    var values: [String] = []
                    while true {
                        guard let value = tokens.popFirst() else { throw message("found '', expected: ',', or ')'") }
                        if value == ")" { break }
                        if value == "," { continue }
                        try Self.validateValue(value, key: first)
                        values.append(value)
                    }
                    requirements.append(Requirement(key: first, operation: operation, values: values.isEmpty ? [""] : values))
                case let other?: throw message("found '\(other)', expected: in, notin, =, ==, !=, gt, lt")
                }
            }
            guard let separator = tokens.popFirst() else { return }
            guard separator == "," else { throw .badRequest("found '\(separator)', expected: ',' or 'end of string'") }
            if tokens.isEmpty { throw .badRequest("found '', expected: identifier after ','") }
        }
    }

    private static func isIdentifier(_ token: String) -> Bool { !["!", "=", "==", "!=", ">", "<", "(", ")", ","].contains(token) }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        func isSpecial(_ character: Character) -> Bool { "=!(),<>".contains(character) }
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character.isWhitespace || isSpecial(character) {
                if !word.isEmpty { tokens.append(word) }
                word = ""
                if character == "=" || character == "!", rest.first == "=" {
                    rest.removeFirst()
                    tokens.append("\(character)=")
                } else if isSpecial(character) {
                    tokens.append(String(character))
                }
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { tokens.append(word) }
        // "b!" at the end is one word to the real lexer, which reads special characters only where a word may begin.
        return tokens
    }

    private static func validateKey(_ key: String) throws(APIError) {
        if let problem = NameRules.qualifiedName(key) {
            throw .badRequest("unable to parse requirement: key: Invalid value: \(JSON.string(key).text): \(problem)")
        }
    }

    private static func validateValue(_ value: String, key: String) throws(APIError) {
        if let problem = NameRules.labelValue(value) {
            throw .badRequest("unable to parse requirement: values[0][\(key)]: Invalid value: \(JSON.string(value).text): \(problem)")
        }
    }
}
