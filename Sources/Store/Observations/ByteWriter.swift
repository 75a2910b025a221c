/// Writes the small numbers and short texts that observations are made of.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Seven bits a byte, the lowest first.
    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func number(_ value: Int) { number(UInt64(value)) }

    /// Small below zero as well as above.
    mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    mutating func fixed(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func fixed(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            number(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }
}

/// Reads what ``ByteWriter`` wrote. Whatever the bytes are, it reads within them, and answers with nothing larger than they.
struct ByteReader {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var index: Int

    /// Reads bytes up to `end`.
    init(_ bytes: [UInt8], end: Int) {
        self.bytes = bytes
        self.end = min(end, bytes.count)
        index = 0
    }

    var isAtEnd: Bool { index >= end }
    var remaining: Int { end - index }

    mutating func byte() throws(ObservationError) -> UInt8 {
        guard index < end else { throw .damaged("it ends in the middle of a report") }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func number() throws(ObservationError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw .damaged("a number is too large") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift <= 63 else { throw .damaged("a number is too long") }
        }
    }

    /// A number of things of which each takes at least one byte, beside those that are known already.
    mutating func count(beside known: Int = 0) throws(ObservationError) -> Int {
        let value = try number()
        guard value <= UInt64(remaining + known) else { throw .damaged("it speaks of more than it holds") }
        return Int(value)
    }

    mutating func signed() throws(ObservationError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
    }

    mutating func fixed64() throws(ObservationError) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<8 { value |= UInt64(try byte()) << UInt64(8 * place) }
        return value
    }

    mutating func text() throws(ObservationError) -> String {
        let count = try count()
        defer { index += count }
        guard let text = String(validating: bytes[index..<(index + count)], as: UTF8.self) else { throw .damaged("a text is not UTF-8") }
        return text
    }
}

/// Why recorded observations cannot be read.
public enum ObservationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The block is not what was written.
    case damaged(String)
    /// It was written by a newer version of this program.
    case newer(UInt8)
    /// It continues a block that is not there.
    case incomplete

    public var description: String {
        switch self {
        case .damaged(let why): "a block of observations is damaged: \(why)"
        case .newer(let version): "a block of observations was written by a newer version of this program (format \(version))"
        case .incomplete: "a block of observations continues one that is missing or damaged"
        }
    }
}
