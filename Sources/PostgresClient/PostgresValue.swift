/// A value of a row, or one that travels beside a statement.
public enum PostgresValue: Hashable, Sendable {
    /// No value.
    case null
    /// `int2`, `int4` or `int8`.
    case integer(Int64)
    /// Any other type, as its text. A zero byte, which the server cannot hold, becomes U+FFFD.
    case text(String)
    /// `bytea`.
    case bytes([UInt8])

    /// As the server writes it; nil for null.
    var text: String? {
        switch self {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
