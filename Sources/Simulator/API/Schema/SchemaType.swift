/// How the API server reads and writes one type: what decoding, defaulting, strategic merge patches and managed fields need of Go's structs.
indirect enum SchemaType: Sendable {
    /// A string, a truth value, an integer of so many bits, any JSON.
    case string, bool, integer(bits: Int), number, any
    /// `resource.Quantity`, `intstr.IntOrString`, `metav1.Time`, `metav1.MicroTime`, base64.
    case quantity, intOrString, time, microTime, bytes
    /// A struct by name.
    case object(String)
    /// A map of strings to something.
    case map(SchemaType)
    /// A list; `keys` are its merge keys (strategic merge patches know the first alone), `set` one that merges by value.
    case list(SchemaType, keys: [String], isSet: Bool)

    /// The type as Go's decoder calls it.
    var goName: String {
        switch self {
        case .string: "string"
        case .bool: "bool"
        case .integer(let bits): "int\(bits)"
        case .number: "float64"
        case .any: "interface {}"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .bytes: "[]uint8"
        case .object(let name): "v1.\(name)"
        case .map(let element): "map[string]\(element.goName)"
        case .list(let element, _, _): "[]\(element.goName)"
        }
    }
}

/// A field of a struct.
struct SchemaField: Sendable {
    /// When the field is written although it is empty.
    enum Presence: Sendable {
        /// Never: `omitempty`.
        case whenNotEmpty
        /// When it was given: a pointer with `omitempty`.
        case whenGiven
        /// Always, as the zero value.
        case always
        /// Always, as null if it was not given: a pointer without `omitempty`.
        case alwaysOrNull
    }

    let type: SchemaType
    let presence: Presence

    /// Whether it is written even if nobody set it.
    var isAlwaysWritten: Bool { presence == .always || presence == .alwaysOrNull }
}

/// The types, by name, read from `SchemaText`.
struct Schema: Sendable {
    static let shared = Schema(SchemaText.types)

    private let structs: [String: [String: SchemaField]]

    /// The fields of a struct; nil if its fields are not known, so that it is taken as it comes.
    func fields(_ name: String) -> [String: SchemaField]? { structs[name] }

    /// Reads lines of `Name: field type, field type`. A type is a scalar's or a struct's name, `[]T` (with `@key+key`, or `@` for a
    /// set) or `{}T`; then `?` for a pointer, `!` for a field that is always
    /// written, `?!` for one that is null when it is not given.
    init(_ text: String) {
        var structs: [String: [String: SchemaField]] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = String(line[..<colon])
            var fields = structs[name] ?? [:]
            for item in line[line.index(after: colon)...].split(separator: ",") {
                let words = item.split(separator: " ")
                guard words.count == 2 else { continue }
                var type = words[1]
                var presence = SchemaField.Presence.whenNotEmpty
                if type.hasSuffix("?!") {
                    type.removeLast()
                    presence = .alwaysOrNull
                } else if type.last == "!" {
                    presence = .always
                } else if type.last == "?" {
                    presence = .whenGiven
                }
                if presence != .whenNotEmpty { type.removeLast() }
                fields[String(words[0])] = SchemaField(type: Self.type(type), presence: presence)
            }
            structs[name] = fields
        }
        self.structs = structs
    }

    private static func type(_ text: Substring) -> SchemaType {
        if text.hasPrefix("{}") { return .map(type(text.dropFirst(2))) }
        if text.hasPrefix("[]") {
            let parts = text.dropFirst(2).split(separator: "@", omittingEmptySubsequences: false)
            let keys = parts.count > 1 ? parts[1].split(separator: "+").map(String.init) : []
            return .list(type(parts[0]), keys: keys, isSet: parts.count > 1 && keys.isEmpty)
        }
        switch text {
        case "string": return .string
        case "bool": return .bool
        case "int32": return .integer(bits: 32)
        case "int64": return .integer(bits: 64)
        case "number": return .number
        case "any": return .any
        case "quantity": return .quantity
        case "intstr": return .intOrString
        case "time": return .time
        case "microtime": return .microTime
        case "bytes": return .bytes
        default: return .object(String(text))
        }
    }
}
