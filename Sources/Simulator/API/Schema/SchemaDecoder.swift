import AutomatonCore

/// Reads JSON as Go's decoder and encoder would pass it through the API server's structs: wrong types are errors, unknown fields are
/// dropped and reported, nulls and empty optional fields vanish, quantities and times take their canonical form.
struct SchemaDecoder {
    /// Why the JSON cannot be this type, in the decoder's words.
    struct Failure: Error {
        let message: String
    }

    /// `unknown field "spec.replica"`, in the order of the fields.
    private(set) var unknownFields: [String] = []
    private let schema = Schema.shared

    /// Decodes an object of a kind; apiVersion and kind are kept.
    mutating func decode(_ value: JSON, kind: String) throws(Failure) -> JSON {
        guard case .object = value else { throw mismatch(value, "", "", "v1.\(kind)") }
        var result = try decode(value, .object(kind), container: kind, field: "", path: "")
        for key in ["apiVersion", "kind"] { result[key] = value[key] }
        return result
    }

    private func mismatch(_ value: JSON, _ container: String, _ field: String, _ type: String) -> Failure {
        let found =
            switch value {
            case .null: "null"
            case .bool: "bool"
            case .integer, .double: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        let place = field.isEmpty ? "value" : "struct field \(container).\(field)"
        return Failure(message: "json: cannot unmarshal \(found) into Go \(place) of type \(type)")
    }

    /// - Parameters:
    ///   - field: the path in the decoder's errors, without indices and map keys.
    ///   - path: the path in reports of unknown fields, with them.
    private mutating func decode(_ value: JSON, _ type: SchemaType, container: String, field: String, path: String) throws(Failure) -> JSON
    {
        switch (type, value) {
        case (.any, _), (.string, .string), (.bool, .bool), (.number, .double), (.number, .integer): return value
        case (.integer(let bits), .integer(let number)):
            guard bits == 64 || Int32(exactly: number) != nil else {
                throw Failure(
                    message: "json: cannot unmarshal number \(number) into Go struct field \(container).\(field) of type \(type.goName)")
            }
            return value
        case (.integer, .double(let number)):
            if let whole = Int64(exactly: number) { return .integer(whole) }
            throw Failure(
                message: "json: cannot unmarshal number \(number) into Go struct field \(container).\(field) of type \(type.goName)")
        case (.quantity, .string(let text)): return .string(try quantity(text))
        case (.quantity, .integer(let number)): return .string(try quantity(String(number)))
        case (.quantity, .double(let number)): return .string(try quantity(number.description))
        case (.quantity, _): throw Failure(message: Self.quantityMismatch)
        case (.intOrString, .string), (.intOrString, .integer): return value
        case (.time, .string(let text)): return .string(try GoTime.parse(text, isMicro: false).rfc3339)
        case (.microTime, .string(let text)): return .string(try GoTime.parse(text, isMicro: true).rfc3339Micro)
        case (.bytes, .string(let text)):
            if let offset = Base64.firstIllegal(in: text) { throw Failure(message: "illegal base64 data at input byte \(offset)") }
            return value
        case (.list(let element, _, _), .array(let values)):
            var result: [JSON] = []
            result.reserveCapacity(values.count)
            for (index, item) in values.enumerated() {
                let place = "\(path)[\(index)]"
                result.append(
                    item.isNull ? zero(element) : try decode(item, element, container: container, field: field, path: place))
            }
            return .array(result)
        case (.map(let element), .object(let members)):
            var result: [(String, JSON)] = []
            for (key, item) in members {
                if item.isNull {
                    result.append((key, zero(element)))
                } else {
                    result.append((key, try decode(item, element, container: container, field: field, path: "\(path).\(key)")))
                }
            }
            return .object(JSONObject(result))
        case (.object(let name), .object(let members)): return try decode(members, name, field: field, path: path)
        default: throw mismatch(value, container, field, type.goName)
        }
    }

    private mutating func decode(_ members: JSONObject, _ name: String, field: String, path: String) throws(Failure) -> JSON {
        guard let fields = schema.fields(name) else { return .object(members) }
        var result: [(String, JSON)] = []
        var seen = 0
        for (key, value) in members {
            guard let known = fields[key] else {
                if path.isEmpty, key == "apiVersion" || key == "kind" { continue }
                unknownFields.append("unknown field \"\(path.isEmpty ? key : "\(path).\(key)")\"")
                continue
            }
            if known.isAlwaysWritten { seen += 1 }
            let place = field.isEmpty ? key : "\(field).\(key)"
            let decoded: JSON? =
                value.isNull
                ? nil : try decode(value, known.type, container: name, field: place, path: path.isEmpty ? key : "\(path).\(key)")
            switch known.presence {
            case .always: result.append((key, decoded ?? zero(known.type)))
            case .alwaysOrNull: result.append((key, decoded ?? .null))
            case .whenGiven: if let decoded { result.append((key, decoded)) }
            case .whenNotEmpty: if let decoded, !isEmpty(decoded, known.type) { result.append((key, decoded)) }
            }
        }
        if seen < fields.count {
            for (key, known) in fields where known.isAlwaysWritten && members[key] == nil { result.append((key, zero(known))) }
        }
        return .object(JSONObject(result))
    }

    private func isEmpty(_ value: JSON, _ type: SchemaType) -> Bool {
        switch (type, value) {
        case (.string, .string(let text)): text.isEmpty
        case (.bool, .bool(let flag)): !flag
        case (.integer, .integer(let number)): number == 0
        case (.list, .array(let values)): values.isEmpty
        case (.map, .object(let members)): members.isEmpty
        default: false
        }
    }

    /// What Go writes of a field that was never set.
    private func zero(_ type: SchemaType) -> JSON {
        switch type {
        case .string: ""
        case .bool: false
        case .integer, .number, .intOrString: 0
        case .any: .emptyObject
        case .quantity: "0"
        case .time, .microTime, .bytes, .list, .map: .null
        case .object(let name):
            .object(
                JSONObject(
                    (schema.fields(name) ?? [:]).filter { $0.value.isAlwaysWritten }.map { ($0.key, zero($0.value)) }))
        }
    }

    private func zero(_ field: SchemaField) -> JSON { field.presence == .alwaysOrNull ? .null : zero(field.type) }

    /// The object of a kind that has no field set, as bookmarks carry it.
    func zero(kind: String) -> JSON { zero(.object(kind)) }

    static let quantityMismatch = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    private func quantity(_ text: String) throws(Failure) -> String {
        if let quantity = Quantity(text) { return quantity.text }
        let number = text.drop { $0 == "+" || $0 == "-" }.drop { $0.isNumber || $0 == "." }
        let isShaped = text != number && number.allSatisfy { "eEinumkKMGTP".contains($0) }
        throw Failure(message: isShaped && !number.isEmpty ? "unable to parse quantity's suffix" : Self.quantityMismatch)
    }
}

/// Times as Go's `time.Parse` reads them for `metav1.Time` (RFC 3339) and `metav1.MicroTime` (exactly six fraction digits).
enum GoTime {
    static func parse(_ text: String, isMicro: Bool) throws(SchemaDecoder.Failure) -> Instant {
        let layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"
        func failure(_ rest: Substring, _ expected: String) -> SchemaDecoder.Failure {
            SchemaDecoder.Failure(message: "parsing time \"\(text)\" as \"\(layout)\": cannot parse \"\(rest)\" as \"\(expected)\"")
        }
        var rest = Substring(text)
        for (digits, expected) in [
            (4, "2006"), (0, "-"), (2, "01"), (0, "-"), (2, "02"), (0, "T"), (2, "15"), (0, ":"), (2, "04"), (0, ":"), (2, "05"),
        ] {
            let count = max(1, digits)
            let part = rest.prefix(count)
            let fits = digits == 0 ? part == expected : part.count == count && part.allSatisfy { $0.isASCII && $0.isNumber }
            guard fits else { throw failure(rest, expected) }
            rest = rest.dropFirst(count)
        }
        let fraction = rest.first == "." ? rest.dropFirst().prefix { $0.isASCII && $0.isNumber } : Substring()
        if isMicro {
            guard fraction.count >= 6 else { throw failure(rest, ".000000") }
            rest = rest.dropFirst(7)
        } else if !fraction.isEmpty {
            rest = rest.dropFirst(1 + fraction.count)
        }
        let isZone = rest == "Z" || (rest.count == 6 && (rest.first == "+" || rest.first == "-"))
        guard isZone else { throw failure(rest, "Z07:00") }
        guard let instant = Instant(rfc3339: text) else {
            throw SchemaDecoder.Failure(message: "parsing time \"\(text)\": day out of range")
        }
        return instant
    }
}

/// Standard base64 (RFC 4648 section 4), as Secret data carries it.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of bytes.
    static func encode(_ bytes: some Sequence<UInt8>, isPadded: Bool = true) -> String {
        var output: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(alphabet[buffer >> bits & 63])
            }
        }
        if bits > 0 { output.append(alphabet[buffer << (6 - bits) & 63]) }
        while isPadded, output.count % 4 != 0 { output.append(0x3D) }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes of a text, with or without padding; nil if it is not base64.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var output: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in text.utf8 where byte != 0x3D {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            buffer = (buffer << 6 | value) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(buffer >> bits & 255))
            }
        }
        return output
    }

    /// Where a padded text stops being base64; nil if it is.
    static func firstIllegal(in text: String) -> Int? {
        let bytes = Array(text.utf8)
        let body = bytes.prefix { $0 != 0x3D }
        if let index = body.firstIndex(where: { !alphabet.contains($0) }) { return index }
        let padding = bytes.count - body.count
        guard bytes.count % 4 == 0, padding <= 2, bytes.dropFirst(body.count).allSatisfy({ $0 == 0x3D }) else { return body.count }
        return nil
    }
}
