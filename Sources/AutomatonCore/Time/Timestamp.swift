/// A time in JSON that people read: RFC 3339, UTC, to the millisecond.
public struct Timestamp: Hashable, Comparable, Codable, Sendable {
    /// The time.
    public var instant: Instant

    /// Makes a timestamp.
    public init(_ instant: Instant) { self.instant = instant }

    /// Reads RFC 3339.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no time in RFC 3339 form")
        }
        self.instant = instant
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(instant.rfc3339Milli)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.instant < right.instant }
}
