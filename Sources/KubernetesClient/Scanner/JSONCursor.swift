/// A place in JSON bytes, which moves over what is wanted and jumps over what is not.
///
/// What is wanted is held against the grammar of RFC 8259, and more strictly: integers must be written as such. What is jumped over is
/// only held against its quotes and the number of its brackets, as much as is needed to find its end: a bad escape or a misspelled
/// `true` in there goes unnoticed (Foundation's JSONDecoder does not look there either).
///
/// The bytes are passed to each call, since a type that stores a `Span` cannot be made without experimental features.
struct JSONCursor {
    /// The deepest nesting that is jumped over; what JSONDecoder allows.
    static let maximumDepth = 512

    /// A key of an object: the bytes between its quotes.
    struct Key {
        var start: Int
        var end: Int
        var isEscaped: Bool
    }

    /// The next byte to read.
    var offset: Int
    /// Whether a member or an element stands before the cursor in the innermost object or array that was entered.
    private var followsValue = false

    init(at offset: Int = 0) { self.offset = offset }

    /// The next byte after white space, not consumed.
    @inline(__always)
    mutating func peek(_ bytes: Span<UInt8>) throws(ScanError) -> UInt8 {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            offset += 1
        }
        throw ScanError(.truncated, at: offset)
    }

    /// Consumes the literal if it is next (`null`, `true`, `false`).
    mutating func consume(_ literal: StaticString, _ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        let first = try peek(bytes)
        return literal.withUTF8Buffer { text in
            guard first == text[0], bytes.count - offset >= text.count else { return false }
            for index in 1..<text.count where bytes[offset + index] != text[index] { return false }
            offset += text.count
            return true
        }
    }

    // MARK: Objects and arrays

    /// Steps into an object; false for null, which stands for an absent one.
    mutating func enterObject(_ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        try enter(0x7B, "an object or null", bytes)
    }

    /// Steps into an array; false for null, which stands for an empty one.
    mutating func enterArray(_ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        try enter(0x5B, "an array or null", bytes)
    }

    private mutating func enter(_ bracket: UInt8, _ what: String, _ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        guard try peek(bytes) == bracket else {
            if try consume("null", bytes) { return false }
            throw ScanError(.expected(what), at: offset)
        }
        offset += 1
        followsValue = false
        return true
    }

    /// The key of the next member, the cursor before its value, which the caller must read or skip; nil after the last one.
    @inline(__always)
    mutating func nextKey(_ bytes: Span<UInt8>) throws(ScanError) -> Key? {
        var byte = try peek(bytes)
        if byte == 0x7D {
            offset += 1
            followsValue = true
            return nil
        }
        if followsValue {
            guard byte == 0x2C else { throw ScanError(.expected("`,` or `}`"), at: offset) }
            offset += 1
            byte = try peek(bytes)
        }
        guard byte == 0x22 else { throw ScanError(.expected("a key"), at: offset) }
        let start = offset + 1
        let isEscaped = try skipString(bytes)
        let end = offset - 1
        guard try peek(bytes) == 0x3A else { throw ScanError(.expected("`:`"), at: offset) }
        offset += 1
        followsValue = true
        return Key(start: start, end: end, isEscaped: isEscaped)
    }

    /// Whether another element follows, the cursor before it; the caller must read or skip it.
    @inline(__always)
    mutating func nextElement(_ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        let byte = try peek(bytes)
        if byte == 0x5D {
            offset += 1
            followsValue = true
            return false
        }
        if followsValue {
            guard byte == 0x2C else { throw ScanError(.expected("`,` or `]`"), at: offset) }
            offset += 1
            guard try peek(bytes) != 0x5D else { throw ScanError(.expected("an element"), at: offset) }
        }
        followsValue = true
        return true
    }

    /// Whether the key is this one; compares the bytes, and only for a key with escapes the text.
    @inline(__always)
    func matches(_ key: Key, _ name: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let count = name.utf8CodeUnitCount
        if key.end - key.start == count {
            for index in 0..<count where bytes[key.start + index] != name.utf8Start[index] { return false }
            return true
        }
        return key.isEscaped && matchesEscaped(key, name, bytes)
    }

    @inline(never)
    private func matchesEscaped(_ key: Key, _ name: StaticString, _ bytes: Span<UInt8>) -> Bool {
        guard let text = try? Self.unescape(bytes, from: key.start, to: key.end) else { return false }
        return text == name.description
    }

    // MARK: Jumping

    /// Jumps over a value of any kind.
    mutating func skipValue(_ bytes: Span<UInt8>) throws(ScanError) {
        switch try peek(bytes) {
        case 0x22: _ = try skipString(bytes)
        case 0x7B, 0x5B: try skipNested(bytes)
        case 0x2C, 0x3A, 0x7D, 0x5D: throw ScanError(.expected("a value"), at: offset)
        default:
            // A number or a literal: up to what can follow a value.
            while offset < bytes.count {
                switch bytes[offset] {
                case 0x2C, 0x7D, 0x5D, 0x20, 0x0A, 0x0D, 0x09: return
                case 0x22, 0x3A, 0x7B, 0x5B: throw ScanError(.expected("`,`, `}` or `]`"), at: offset)
                default: offset += 1
                }
            }
        }
    }

    /// Jumps over an object or an array by counting brackets outside strings. The hot loop: all it needs is in local variables.
    private mutating func skipNested(_ bytes: Span<UInt8>) throws(ScanError) {
        let count = bytes.count
        var index = offset
        var depth = 0
        while index < count {
            let byte = bytes[index]
            if byte == 0x22 {
                index = try Self.endOfString(bytes, from: index &+ 1).end
                // A colon or a comma follows nearly always.
                if index < count, bytes[index] == 0x3A || bytes[index] == 0x2C { index &+= 1 }
                continue
            }
            index &+= 1
            // The brackets of arrays and objects differ in one bit.
            let bracket = byte | 0x20
            if bracket == 0x7B {
                depth &+= 1
                guard depth <= Self.maximumDepth else { throw ScanError(.tooDeep, at: index - 1) }
            } else if bracket == 0x7D {
                depth &-= 1
                if depth == 0 {
                    offset = index
                    return
                }
            }
        }
        throw ScanError(.truncated, at: count)
    }

    /// Jumps over a string, the cursor on its opening quote; tells whether a backslash is in it.
    @inline(__always)
    mutating func skipString(_ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        let (end, isEscaped) = try Self.endOfString(bytes, from: offset + 1)
        offset = end
        return isEscaped
    }

    /// The index after the quote that ends the string whose text begins at `start`, and whether a backslash is in it.
    @inline(__always)
    private static func endOfString(_ bytes: Span<UInt8>, from start: Int) throws(ScanError) -> (end: Int, isEscaped: Bool) {
        let raw = bytes.bytes
        let count = bytes.count
        var index = start
        var isEscaped = false
        while true {
            // Eight bytes at once.
            if index &+ 8 <= count {
                let hits = hits(raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
                if hits == 0 {
                    index &+= 8
                    continue
                }
                index &+= hits.trailingZeroBitCount &>> 3
            }
            guard index < count else { throw ScanError(.truncated, at: count) }
            let byte = bytes[index]
            index &+= 1
            if byte == 0x22 { return (index, isEscaped) }
            if byte == 0x5C {
                isEscaped = true
                index &+= 1
            }
        }
    }

    /// Marks, by its highest bit, the first byte of a word that is a quote or a backslash: a byte of `word ^ pattern` is zero where the byte
    /// sought stands ("Hacker's Delight", 6-1). A borrow can only mark bytes above a true hit, so the lowest mark is right.
    @inline(__always)
    private static func hits(_ word: UInt64) -> UInt64 {
        let quotes = UInt64(littleEndian: word) ^ 0x2222_2222_2222_2222
        let slashes = UInt64(littleEndian: word) ^ 0x5C5C_5C5C_5C5C_5C5C
        return (((quotes &- 0x0101_0101_0101_0101) & ~quotes) | ((slashes &- 0x0101_0101_0101_0101) & ~slashes)) & 0x8080_8080_8080_8080
    }
}
