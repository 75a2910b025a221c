/// JSON as it is written: for bodies of a few members, without an encoder.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// Appends punctuation, or members whose text is known to be right.
    mutating func append(raw text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends a string, quoted, with its escapes (RFC 8259, section 7).
    mutating func append(string text: String) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(byte)
            case 0x0A:
                bytes.append(0x5C)
                bytes.append(0x6E)
            case 0..<0x20:
                append(raw: "\\u00")
                bytes.append(0x30 + byte >> 4)
                bytes.append(byte & 15 < 10 ? 0x30 + byte & 15 : 0x61 + byte & 15 - 10)
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    /// Appends a number.
    mutating func append(integer: Int) { bytes.append(contentsOf: String(integer).utf8) }

    /// Appends a number with a fraction; it must be finite.
    mutating func append(number: Double) { bytes.append(contentsOf: "\(number)".utf8) }

    /// The text.
    var string: String { String(decoding: bytes, as: UTF8.self) }
}
