#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A JSON value of which nothing need be known: to compare pod templates and to write them back. Members that are null are left out.
enum JSONTree: Hashable, Decodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Name.self) {
            var object: [String: JSONTree] = [:]
            for key in members.allKeys {
                let value = try members.decode(JSONTree.self, forKey: key)
                if value != .null { object[key.stringValue] = value }
            }
            self = .object(object)
        } else if var elements = try? decoder.unkeyedContainer() {
            var array: [JSONTree] = []
            while !elements.isAtEnd { array.append(try elements.decode(JSONTree.self)) }
            self = .array(array)
        } else {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let text = try? value.decode(String.self) {
                self = .string(text)
            } else if let truth = try? value.decode(Bool.self) {
                self = .bool(truth)
            } else if let whole = try? value.decode(Int64.self) {
                self = .integer(whole)
            } else {
                self = .double(try value.decode(Double.self))
            }
        }
    }

    /// The member of an object; nil when there is none, or this is no object. Setting makes no object of what is none.
    subscript(_ key: String) -> JSONTree? {
        get { if case .object(let members) = self { members[key] } else { nil } }
        set {
            guard case .object(var members) = self else { return }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The string; nil when it is none.
    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The elements; none when it is no array.
    var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }

    /// The members; none when it is no object.
    var members: [String: JSONTree] { if case .object(let members) = self { members } else { [:] } }
}

extension JSONText {
    /// Appends a value, the members of objects by name.
    mutating func append(_ tree: JSONTree) {
        switch tree {
        case .null: append(raw: "null")
        case .bool(let value): append(raw: value ? "true" : "false")
        case .integer(let value): append(integer: Int(value))
        case .double(let value): append(number: value)
        case .string(let text): append(string: text)
        case .array(let elements):
            append(raw: "[")
            for (index, element) in elements.enumerated() {
                if index > 0 { append(raw: ",") }
                append(element)
            }
            append(raw: "]")
        case .object(let members):
            append(raw: "{")
            append(members)
            append(raw: "}")
        }
    }

    /// Appends the members of an object, by name, without its braces.
    mutating func append(_ members: [String: JSONTree]) {
        var isFirst = true
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            if !isFirst { append(raw: ",") }
            isFirst = false
            append(string: key)
            append(raw: ":")
            append(value)
        }
    }
}
