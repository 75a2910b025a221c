extension [UInt8] {
    /// Appends a JSON string (RFC 8259, section 7), quotes included: only what must be escaped is escaped.
    package mutating func appendJSON(_ text: String) {
        append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                append(0x5C)
                append(byte)
            case 0x0A: appendEscape(0x6E)
            case 0x0D: appendEscape(0x72)
            case 0x09: appendEscape(0x74)
            case 0x00..<0x20, 0x7F:
                append(contentsOf: "\\u00".utf8)
                append(Self.hexDigit(byte >> 4))
                append(Self.hexDigit(byte & 15))
            default: append(byte)
            }
        }
        append(0x22)
    }

    /// Appends a JSON array of strings.
    package mutating func appendJSON(_ texts: [String]) {
        append(0x5B)
        for (index, text) in texts.enumerated() {
            if index > 0 { append(0x2C) }
            appendJSON(text)
        }
        append(0x5D)
    }

    private mutating func appendEscape(_ letter: UInt8) {
        append(0x5C)
        append(letter)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
