/// A time span as rules write it: `300` (seconds), `5m`, `1h30m`.
public struct ConfiguredDuration: Decodable, Hashable, Sendable {
    /// The span.
    public var duration: Duration

    /// Makes one.
    public init(_ duration: Duration) { self.duration = duration }

    /// Reads `5m` or a number of seconds.
    /// - Throws: `DecodingError` that says what would be right.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let duration = Duration(configured: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a time span: write seconds (300) or units (90s, 5m, 1h30m, 2d)")
        }
        self.duration = duration
    }
}

extension ByteQuantity: Decodable {
    /// Reads Kubernetes' quantity notation.
    /// - Throws: `DecodingError` that says what would be right.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let quantity = ByteQuantity(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not an amount of bytes: write it as Kubernetes does (512Mi, 2Gi, 1500M)")
        }
        self = quantity
    }
}

extension ByteQuantity: Encodable {
    /// Writes the bytes as a quantity without a suffix, which is exact.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(bytes))
    }
}
