/// A JSON value (RFC 8259). Objects keep their keys sorted by their UTF-8 bytes, so that equal values serialise to equal bytes.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case double(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object.
    case object(JSONObject)

    /// An empty object.
    public static let emptyObject = JSON.object(JSONObject())
    /// An empty array.
    public static let emptyArray = JSON.array([])
}

extension JSON: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Makes a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Makes an object; of two equal keys the last wins.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
    /// Makes an integer from an `Int`.
    public init(_ value: Int) { self = .integer(Int64(value)) }
    /// Makes an object of strings, as labels and annotations are.
    public init(_ strings: [String: String]) { self = .object(JSONObject(strings.map { ($0.key, JSON.string($0.value)) })) }
}

extension JSON {
    /// The string, if it is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The integer as `Int`, if it is one.
    public var int: Int? { if case .integer(let value) = self { Int(value) } else { nil } }
    /// The truth value, if it is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, if it is an array.
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    /// The members, if it is an object.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// Whether it is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }
    /// Whether it is an object, an array or a string without content, or `null`.
    public var isEmpty: Bool {
        switch self {
        case .null: true
        case .string(let value): value.isEmpty
        case .array(let value): value.isEmpty
        case .object(let value): value.isEmpty
        default: false
        }
    }
    /// The members that are strings, as labels and annotations are; empty if it is no object.
    public var strings: [String: String] {
        var result: [String: String] = [:]
        for (key, value) in object ?? JSONObject() { if case .string(let text) = value { result[key] = text } }
        return result
    }

    /// The member of an object; nil if there is none or this is no object. Assigning nil removes it; assigning to a value that is
    /// no object makes it one.
    public subscript(key: String) -> JSON? {
        get { if case .object(let members) = self { members[key] } else { nil } }
        _modify {
            var members: JSONObject
            if case .object(let existing) = self { members = existing } else { members = JSONObject() }
            self = .null
            defer { self = .object(members) }
            yield &members[key]
        }
    }

    /// The element of an array; nil if there is none. Assigning nil removes it, assigning at the end appends, assigning beyond
    /// the end or to something that is no array changes nothing.
    public subscript(index: Int) -> JSON? {
        get { if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil } }
        _modify {
            var elements: [JSON] = []
            var element: JSON?
            let isArray: Bool
            if case .array(let existing) = self {
                elements = existing
                isArray = true
                self = .null
                if elements.indices.contains(index) {
                    element = elements[index]
                    elements[index] = .null
                }
            } else {
                isArray = false
            }
            defer {
                if isArray {
                    if elements.indices.contains(index) {
                        if let element { elements[index] = element } else { elements.remove(at: index) }
                    } else if let element, index == elements.count {
                        elements.append(element)
                    }
                    self = .array(elements)
                }
            }
            yield &element
        }
    }

    /// The value at a path of member names and array indices; nil where the path ends early. Assigning makes the objects on
    /// the way, assigning nil removes the last step and makes nothing.
    public subscript(first: Step, second: Step, rest: Step...) -> JSON? {
        get { self[path: [first, second] + rest] }
        set { self[path: [first, second] + rest] = newValue }
    }

    /// The value at a path; see the variadic form.
    public subscript(path path: [Step]) -> JSON? {
        get {
            var value = self
            for step in path {
                guard let next = value[step] else { return nil }
                value = next
            }
            return value
        }
        set { set(path[...], newValue) }
    }

    private subscript(step: Step) -> JSON? {
        switch step {
        case .member(let key): self[key]
        case .element(let index): self[index]
        }
    }

    private mutating func set(_ path: ArraySlice<Step>, _ newValue: JSON?) {
        guard let step = path.first else {
            if let newValue { self = newValue }
            return
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            switch step {
            case .member(let key): self[key] = newValue
            case .element(let index): self[index] = newValue
            }
            return
        }
        if newValue == nil, self[step] == nil { return }
        switch step {
        case .member(let key):
            if self[key] == nil { self[key] = .emptyObject }
            self[key]?.set(rest, newValue)
        case .element(let index):
            if self[index] == nil { self[index] = .emptyObject }
            self[index]?.set(rest, newValue)
        }
    }

    /// One step of a path into a value: a member's name or an element's index.
    public enum Step: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        /// The member of an object.
        case member(String)
        /// The element of an array.
        case element(Int)

        /// Makes a member's step.
        public init(stringLiteral value: String) { self = .member(value) }
        /// Makes an element's step.
        public init(integerLiteral value: Int) { self = .element(value) }
    }
}
