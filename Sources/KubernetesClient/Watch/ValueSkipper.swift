/// Finds the end of one JSON value in bytes that arrive in chunks, without understanding it.
///
/// Keeps depth, and whether it stands in a string. The value is assumed to be well formed: whoever decodes it will say if it is not.
struct ValueSkipper {
    private enum State {
        case start
        case scalar
        case container
        case string
        case escape
    }

    private var state = State.start
    private var depth = 0

    /// Goes on from `index` and returns the index after the value, or nil when the value goes on beyond the chunk.
    ///
    /// A number or literal ends before the byte that cannot belong to it, so that byte must be in the chunk.
    mutating func advance(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        let count = bytes.count
        while index < count {
            switch state {
            case .string:
                index = Self.endOfPlainText(bytes, from: index)
                guard index < count else { return nil }
                if bytes[index] == UInt8(ascii: "\\") {
                    state = .escape
                } else if depth == 0 {
                    return index + 1
                } else {
                    state = .container
                }
                index += 1
            case .escape:
                state = .string
                index += 1
            case .container:
                switch bytes[index] {
                case UInt8(ascii: "\""): state = .string
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return index + 1 }
                default: break
                }
                index += 1
            case .start:
                switch bytes[index] {
                case UInt8(ascii: "\""): state = .string
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    state = .container
                    depth = 1
                default: state = .scalar
                }
                index += 1
            case .scalar:
                switch bytes[index] {
                case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0A, 0x0D: return index
                default: index += 1
                }
            }
        }
        return nil
    }

    /// The index of the next quote or backslash, eight bytes at a time ("Bit Twiddling Hacks", determine if a word has a byte equal to n).
    @inline(__always)
    private static func endOfPlainText(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = bytes.bytes
        var index = start
        while index + 8 <= bytes.count {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let found = ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & highs
            if found != 0 { return index + UInt64(littleEndian: found).trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5C { index += 1 }
        return index
    }
}
