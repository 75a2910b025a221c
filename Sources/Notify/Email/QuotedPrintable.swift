/// Text as quoted-printable (RFC 2045, section 6.7): lines of at most 76 ASCII characters, ended by CRLF.
enum QuotedPrintable {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Encodes text whose lines end with LF. The result ends with CRLF.
    static func encode(_ text: String) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count + text.utf8.count / 16)
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = Array(line)
            var length = 0
            for (index, byte) in line.enumerated() {
                let isLast = index + 1 == line.count
                let unit = unit(byte, isFirst: length == 0, isLast: isLast)
                // A soft line break takes one.
                if length + unit.count > (isLast ? 76 : 75) {
                    encoded += [0x3D, 0x0D, 0x0A]
                    length = 0
                    let again = Self.unit(byte, isFirst: true, isLast: isLast)
                    encoded += again
                    length += again.count
                } else {
                    encoded += unit
                    length += unit.count
                }
            }
            encoded += [0x0D, 0x0A]
        }
        return encoded
    }

    private static func unit(_ byte: UInt8, isFirst: Bool, isLast: Bool) -> [UInt8] {
        switch byte {
        // Relays take spaces off the ends of lines, change ".", and put ">" before "From".
        case 0x20 where !isLast, 0x21...0x2D, 0x2F...0x3C, 0x3E...0x45, 0x47...0x7E: [byte]
        case 0x2E where !isFirst, 0x46 where !isFirst: [byte]
        default: [0x3D, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
