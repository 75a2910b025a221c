/// A JSON value that is written (RFC 8259). Whatever a text holds, it stays inside of its quotes.
enum JSON: Hashable, Sendable {
    case text(String)
    case whole(Int)
    case flag(Bool)
    case null
    case list([JSON])
    /// In the order in which it is written.
    case object([Pair])

    struct Pair: Hashable, Sendable {
        var key: String
        var value: JSON
    }

    /// An object; keys without a value are left out.
    static func keys(_ pairs: KeyValuePairs<String, JSON?>) -> JSON {
        .object(pairs.compactMap { key, value in value.map { Pair(key: key, value: $0) } })
    }

    /// The value as UTF-8.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    /// A text as it stands between the quotes of a JSON string.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        escape(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text):
            bytes.append(0x22)
            Self.escape(text, to: &bytes)
            bytes.append(0x22)
        case .whole(let number): bytes += String(number).utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .null: bytes += "null".utf8
        case .list(let items):
            bytes.append(0x5B)
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                item.write(to: &bytes)
            }
            bytes.append(0x5D)
        case .object(let pairs):
            bytes.append(0x7B)
            for (index, pair) in pairs.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                JSON.text(pair.key).write(to: &bytes)
                bytes.append(0x3A)
                pair.value.write(to: &bytes)
            }
            bytes.append(0x7D)
        }
    }

    private static func escape(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x09: bytes += [0x5C, 0x74]
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }
}

extension JSON: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .text(value) }
}
