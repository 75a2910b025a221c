/// A value of Grafana's JSON, for what differs from panel to panel and is only handed on.
enum GrafanaValue: Encodable, Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([GrafanaValue])
    case map([String: GrafanaValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number):
            if let whole = Int(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .map(let map): try container.encode(map)
        }
    }
}

extension GrafanaValue: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension GrafanaValue: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .number(Double(value)) }
}

extension GrafanaValue: ExpressibleByFloatLiteral {
    init(floatLiteral value: Double) { self = .number(value) }
}

extension GrafanaValue: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .text(value) }
}

extension GrafanaValue: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: GrafanaValue...) { self = .list(elements) }
}

extension GrafanaValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, GrafanaValue)...) { self = .map(Dictionary(elements) { _, last in last }) }
}
