/// Finds the end of one JSON value in bytes that arrive in chunks, without understanding it.
///
/// Keeps depth, and whether it stands in a string. The value is assumed to be well formed: whoever decodes it will say if it is not.
struct ValueSkipper {
    private enum State {
        case start
        case scalar
        /// In an object or array.
        case container
        /// In a string, on its own or in a container.
        case string
        /// In a string, after a backslash.
        case escape
    }

    private var state = State.start
    private var depth = 0

    /// Goes on from `index` and returns the index after the value, or nil when the value goes on beyond the chunk.
    ///
    /// A number or literal ends before the byte that cannot belong to it, so that byte must be in the chunk.
    mutating func advance(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        var index = start
        if case .start = state {
            switch bytes[index] {
            case UInt8(ascii: "\""): state = .string
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                state = .container
                depth = 1
            default: state = .scalar
            }
            index += 1
        }
        if case .scalar = state {
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0A, 0x0D: return index
                default: index += 1
                }
            }
            return nil
        }
        if case .escape = state, index < bytes.count {
            state = .string
            index += 1
        }
        return advanceNested(bytes, from: index)
    }

    /// The hot loop: everything it needs is in local variables.
    private mutating func advanceNested(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        let count = bytes.count
        var index = start
        var depth = depth
        var isString = if case .string = state { true } else { false }
        while index < count {
            if isString {
                index = Self.endOfPlainText(bytes, from: index)
                guard index < count else { break }
                if bytes[index] == UInt8(ascii: "\\") {
                    index &+= 2
                    continue
                }
                index &+= 1
                if depth == 0 { return index }
                isString = false
                // A colon or a comma follows nearly always.
                if index < count, bytes[index] == UInt8(ascii: ":") || bytes[index] == UInt8(ascii: ",") { index &+= 1 }
                continue
            }
            let byte = bytes[index]
            index &+= 1
            if byte == UInt8(ascii: "\"") {
                isString = true
                continue
            }
            // The brackets of arrays and objects differ in one bit.
            let bracket = byte | 0x20
            if bracket == UInt8(ascii: "{") {
                depth &+= 1
            } else if bracket == UInt8(ascii: "}") {
                depth &-= 1
                if depth == 0 { return index }
            }
        }
        self.depth = depth
        // An escape whose second byte is in the next chunk took the index beyond this one.
        state = isString ? (index > count ? .escape : .string) : .container
        return nil
    }

    /// The index of the next quote or backslash, eight bytes at a time ("Hacker's Delight", 6-1: a byte of `word ^ pattern` is zero where
    /// the byte sought stands; a borrow can only mark bytes above a true hit, so the lowest mark is right).
    @inline(__always)
    private static func endOfPlainText(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = bytes.bytes
        var index = start
        while index &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ 0x2222_2222_2222_2222
            let slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let hits = ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & 0x8080_8080_8080_8080
            if hits != 0 { return index &+ (hits.trailingZeroBitCount &>> 3) }
            index &+= 8
        }
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index &+= 1 }
        return index
    }
}
