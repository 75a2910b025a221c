/// A field selector (`status.phase=Running,spec.nodeName!=a`): only the fields that a collection indexes.
public struct FieldSelector: Sendable {
    private struct Term: Sendable {
        let field: String
        let value: String
        let isEqual: Bool
    }

    private var terms: [Term] = []

    /// Selects everything.
    public init() {}

    /// Whether everything is selected.
    public var isEmpty: Bool { terms.isEmpty }

    /// Reads a query's selector, with the messages of k8s.io/apimachinery/pkg/fields.
    public init(parsing text: String, for resource: ServedResource) throws(APIError) {
        for part in Self.split(text) where !part.isEmpty {
            let term: Term
            if let range = part.firstRange(of: "!=") {
                term = Term(field: String(part[..<range.lowerBound]), value: Self.unescaped(part[range.upperBound...]), isEqual: false)
            } else if let range = part.firstRange(of: "==") ?? part.firstRange(of: "=") {
                term = Term(field: String(part[..<range.lowerBound]), value: Self.unescaped(part[range.upperBound...]), isEqual: true)
            } else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
            }
            guard Self.common.contains(term.field) || resource.selectableFields.contains(term.field) else {
                throw .badRequest(Self.unsupported(term.field, resource))
            }
            let field = resource.view == nil ? term.field : EventView.selectableFields[term.field] ?? term.field
            terms.append(Term(field: field, value: term.value, isEqual: term.isEqual))
        }
    }

    private static let common = ["metadata.name", "metadata.namespace"]

    private static func unsupported(_ field: String, _ resource: ServedResource) -> String {
        switch resource.type {
        case .pods, .events, .namespaces, .nodes, .secrets, .services, .replicaSets, .jobs:
            let prefix = resource.type == .jobs ? "field label not supported for batchv1.Job: " : "field label not supported: "
            return (resource.type == .replicaSets ? "field label \"\(field)\" not supported for appsv1.ReplicaSet" : prefix + field)
        default: return "\"\(field)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        }
    }

    /// The name, if the selector asks for just one object.
    var exactName: String? { terms.first { $0.field == "metadata.name" && $0.isEqual }?.value }

    /// Whether an object is selected.
    public func matches(_ object: StoredObject) -> Bool {
        terms.allSatisfy { (Self.value(of: $0.field, object) == $0.value) == $0.isEqual }
    }

    private static func value(of field: String, _ object: StoredObject) -> String {
        switch field {
        case "metadata.name": return object.name
        case "metadata.namespace": return object.namespace
        case "reportingComponent": return object["reportingComponent"]?.string ?? ""
        case "source":
            let source = object["source", "component"]?.string ?? ""
            return source.isEmpty ? object["reportingComponent"]?.string ?? "" : source
        case "spec.unschedulable", "spec.hostNetwork":
            return String(object.json[path: field.split(separator: ".").map { .member(String($0)) }]?.bool ?? false)
        case "status.successful": return String(object["status", "succeeded"]?.int ?? 0)
        case "status.podIPs": return object["status", "podIP"]?.string ?? ""
        default:
            switch object.json[path: field.split(separator: ".").map { .member(String($0)) }] {
            case .string(let text)?: return text
            case .integer(let number)?: return String(number)
            default: return ""
            }
        }
    }

    /// Commas separate; a backslash escapes the next character.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if isEscaped {
                parts[parts.count - 1].append("\\")
                parts[parts.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
