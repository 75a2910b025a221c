/// Why bytes are not JSON, and where.
public struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var reason: String
    /// The byte at which it is wrong, from 0.
    public var offset: Int
    /// The line of that byte, from 1.
    public var line: Int

    /// The reason with line and offset.
    public var description: String { "line \(line), byte \(offset): \(reason)" }
}

extension JSON {
    /// The deepest nesting that the parser accepts.
    public static let maximumDepth = 200

    /// Reads one JSON value with nothing but white space around it.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONSyntaxError) {
        let result = bytes.withContiguousStorageIfAvailable { Self.parse($0) } ?? Array(bytes).withUnsafeBufferPointer { Self.parse($0) }
        self = try result.get()
    }

    /// Reads one JSON value from text.
    public init(parsing text: String) throws(JSONSyntaxError) { try self.init(parsing: Array(text.utf8)) }

    /// The paths of the keys that objects in valid JSON hold twice: `spec.replicas`, `spec.containers[0].name`.
    static func duplicateKeys(in bytes: [UInt8]) -> [String] {
        bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            guard (try? parser.document()) != nil, parser.hasDuplicates else { return [] }
            parser = JSONParser(bytes: buffer, path: [])
            _ = try? parser.document()
            return parser.duplicates
        }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSONSyntaxError> {
        Result { () throws(JSONSyntaxError) -> JSON in
            var parser = JSONParser(bytes: bytes)
            return try parser.document()
        }
    }
}

/// A recursive-descent parser over borrowed bytes; it lives only inside the call that lends them.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0
    /// Where the parser is, kept only by a pass that looks for duplicate keys.
    var path: [String]?
    var hasDuplicates = false
    var duplicates: [String] = []

    init(bytes: UnsafeBufferPointer<UInt8>, path: [String]? = nil) {
        self.bytes = bytes
        self.path = path
    }

    func failure(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
        let offset = min(offset ?? index, bytes.count)
        return JSONSyntaxError(reason: reason, offset: offset, line: 1 + bytes[..<offset].count { $0 == 0x0A })
    }

    /// The error of a byte that does not belong there, in the words of Go's decoder.
    func unexpected(_ context: String) -> JSONSyntaxError {
        guard index < bytes.count else { return failure("unexpected end of JSON input") }
        return failure("invalid character '\(Character(UnicodeScalar(bytes[index])))' \(context)")
    }

    mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw unexpected("after top-level value") }
        return value
    }

    mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        skipSpace()
        guard depth <= JSON.maximumDepth else { throw failure("nested deeper than \(JSON.maximumDepth)") }
        guard index < bytes.count else { throw unexpected("") }
        switch bytes[index] {
        case 0x7B: return try object(depth: depth)
        case 0x5B: return try array(depth: depth)
        case 0x22: return .string(try string())
        case 0x74: return try literal("true", .bool(true))
        case 0x66: return try literal("false", .bool(false))
        case 0x6E: return try literal("null", .null)
        case 0x2D, 0x30...0x39: return try number()
        default: throw unexpected("looking for beginning of value")
        }
    }

    mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        let count = text.utf8CodeUnitCount
        for offset in 0..<count where index + offset >= bytes.count || bytes[index + offset] != text.utf8Start[offset] {
            index += offset
            throw unexpected("in literal \(text)")
        }
        index += count
        return value
    }

    mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
        index += 1
        var elements: [JSON] = []
        skipSpace()
        if index < bytes.count, bytes[index] == 0x5D {
            index += 1
            return .array(elements)
        }
        while true {
            path?.append("[\(elements.count)]")
            elements.append(try value(depth: depth + 1))
            path?.removeLast()
            skipSpace()
            guard index < bytes.count else { throw unexpected("") }
            index += 1
            switch bytes[index - 1] {
            case 0x2C: continue
            case 0x5D: return .array(elements)
            default:
                index -= 1
                throw unexpected("after array element")
            }
        }
    }

    mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
        index += 1
        var members: [(String, JSON)] = []
        skipSpace()
        if index < bytes.count, bytes[index] == 0x7D {
            index += 1
            return .emptyObject
        }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == 0x22 else {
                throw unexpected("looking for beginning of object key string")
            }
            let key = try string()
            skipSpace()
            guard index < bytes.count, bytes[index] == 0x3A else { throw unexpected("after object key") }
            index += 1
            if let path, members.contains(where: { $0.0 == key }) { duplicates.append(String((path.joined() + "." + key).dropFirst())) }
            path?.append("." + key)
            members.append((key, try value(depth: depth + 1)))
            path?.removeLast()
            skipSpace()
            guard index < bytes.count else { throw unexpected("") }
            index += 1
            switch bytes[index - 1] {
            case 0x2C: continue
            case 0x7D:
                let object = JSONObject(members)
                if object.count < members.count { hasDuplicates = true }
                return .object(object)
            default:
                index -= 1
                throw unexpected("after object key:value pair")
            }
        }
    }

    mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = index
        var isInteger = true
        if bytes[index] == 0x2D { index += 1 }
        guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else { throw unexpected("in numeric literal") }
        if bytes[index] == 0x30 { index += 1 } else { skipDigits() }
        if index < bytes.count, bytes[index] == 0x2E {
            isInteger = false
            index += 1
            guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else {
                throw unexpected("after decimal point in numeric literal")
            }
            skipDigits()
        }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 {
            isInteger = false
            index += 1
            if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
            guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else {
                throw unexpected("in exponent of numeric literal")
            }
            skipDigits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw failure("number out of range", at: start) }
        return .double(value)
    }

    mutating func skipDigits() { while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 } }

    mutating func string() throws(JSONSyntaxError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 {
                index += 1
                return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
            }
            if byte == 0x5C { break }
            guard byte >= 0x20 else { throw failure("unescaped control character in string") }
            index += 1
        }
        var text = Array(bytes[start..<min(index, bytes.count)])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x22: return String(decoding: text, as: UTF8.self)
            case 0x5C: try escape(into: &text)
            case 0..<0x20: throw failure("unescaped control character in string", at: index - 1)
            default: text.append(byte)
            }
        }
        throw failure("unexpected end of JSON input")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard index < bytes.count else { throw failure("unexpected end of JSON input") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: text.append(byte)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.count, bytes[index] == 0x5C, bytes[index + 1] == 0x75 {
                let mark = index
                index += 2
                let low = try hexadecimal()
                if (0xDC00..<0xE000).contains(low) { unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) } else { index = mark }
            }
            text.append(contentsOf: String(UnicodeScalar(unit) ?? "\u{FFFD}").utf8)
        default: throw failure("invalid escape in string", at: index - 1)
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue else {
                throw failure("invalid \\u escape in string")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
