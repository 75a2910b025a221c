/// What a byte of ASCII text is.
extension UInt8 {
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let backslash = UInt8(ascii: "\\")
    static let at = UInt8(ascii: "@")
    static let colon = UInt8(ascii: ":")
    static let slash = UInt8(ascii: "/")
    static let dash = UInt8(ascii: "-")
    static let underscore = UInt8(ascii: "_")
    static let dot = UInt8(ascii: ".")
    static let equals = UInt8(ascii: "=")
    static let newline = UInt8(ascii: "\n")

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isUpper: Bool { self >= 0x41 && self <= 0x5A }
    var isLower: Bool { self >= 0x61 && self <= 0x7A }
    var isLetter: Bool { isUpper || isLower }
    var isLetterOrDigit: Bool { isLetter || isDigit }
    /// White space or a control character.
    var isBlank: Bool { self <= 0x20 || self == 0x7F }
    var isHex: Bool { isDigit || (self | 0x20 >= 0x61 && self | 0x20 <= 0x66) }
    var lowered: UInt8 { isUpper ? self | 0x20 : self }
    /// Letters, digits, `-` and `_`.
    var isToken: Bool { isLetterOrDigit || self == .dash || self == .underscore }
    /// Letters, digits, `-`, `_` and `.`: what names of settings are made of.
    var isName: Bool { isToken || self == .dot }
}

extension [UInt8] {
    /// Whether the bytes from an index on are these, in lower case where `ignoringCase`.
    func has(_ word: StaticString, at index: Int, ignoringCase: Bool = false) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        return word.withUTF8Buffer { wanted in
            for offset in 0..<length {
                let byte = self[index + offset]
                if (ignoringCase ? byte.lowered : byte) != wanted[offset] { return false }
            }
            return true
        }
    }

    /// The first index from one on, and before a limit, whose byte does not hold.
    func end(from index: Int, limit: Int? = nil, while holds: (UInt8) -> Bool) -> Int {
        var index = index
        let limit = Swift.min(limit ?? count, count)
        while index < limit, holds(self[index]) { index += 1 }
        return index
    }
}
