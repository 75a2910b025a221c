extension String {
    /// The text with control characters, and those that turn the direction of text, as escapes: what comes from the world cannot move a
    /// terminal's cursor, change its colours or feign another line.
    package var harmless: String {
        func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        guard unicodeScalars.contains(where: isHarmful) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if isHarmful(scalar) {
                result.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
