internal import Engine

/// A value of the document's JSON. Keys stay in the order of the source: it is the one in which people read them.
enum OpenAPIValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case whole(Int)
    case text(String)
    case list([OpenAPIValue])
    case map([Member])

    struct Member: Hashable, Sendable {
        var key: String
        var value: OpenAPIValue
    }

    /// A map without the keys that have no value.
    static func keys(_ pairs: KeyValuePairs<String, OpenAPIValue?>) -> OpenAPIValue { .map(members(pairs)) }

    /// The members of a map, without those that have no value.
    static func members(_ pairs: KeyValuePairs<String, OpenAPIValue?>) -> [Member] {
        pairs.compactMap { key, value in value.map { Member(key: key, value: $0) } }
    }

    /// It as JSON.
    var json: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .flag(let flag): bytes += "\(flag)".utf8
        case .whole(let number): bytes += "\(number)".utf8
        case .text(let text): bytes.appendJSON(text)
        case .list(let items):
            bytes.append(0x5B)
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                item.write(to: &bytes)
            }
            bytes.append(0x5D)
        case .map(let members):
            bytes.append(0x7B)
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                bytes.appendJSON(member.key)
                bytes.append(0x3A)
                member.value.write(to: &bytes)
            }
            bytes.append(0x7D)
        }
    }
}

extension OpenAPIValue: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension OpenAPIValue: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .text(value) }
}

extension OpenAPIValue: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: OpenAPIValue...) { self = .list(elements) }
}

extension OpenAPIValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, OpenAPIValue)...) { self = .map(elements.map { Member(key: $0.0, value: $0.1) }) }
}
