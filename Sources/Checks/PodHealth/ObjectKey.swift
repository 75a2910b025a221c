/// A uid in 16 bytes, to remember ten thousand of them cheaply.
///
/// The API server's uids are UUIDs, which fit exactly. Any other text is hashed to 128 bits, where two different ones do not meet
/// by chance.
struct ObjectKey: Hashable, Comparable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(_ uid: String) {
        var uid = uid
        (high, low) = uid.withUTF8 { bytes in Self.parse(bytes) ?? Self.digest(bytes) }
    }

    static func < (lhs: ObjectKey, rhs: ObjectKey) -> Bool { (lhs.high, lhs.low) < (rhs.high, rhs.low) }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64)? {
        guard bytes.count == 36 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            case 0x2D where index == 8 || index == 13 || index == 18 || index == 23: continue
            default: return nil
            }
            if digits < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
            digits += 1
        }
        return digits == 32 ? words : nil
    }

    /// FNV-1a with 64 bits, twice: from the standard basis, and from another one backwards.
    private static func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64) {
        let prime: UInt64 = 0x100_0000_01B3
        var forward: UInt64 = 0xCBF2_9CE4_8422_2325
        var backward: UInt64 = 0x6C62_272E_07BB_0142
        for byte in bytes { forward = (forward ^ UInt64(byte)) &* prime }
        for byte in bytes.reversed() { backward = (backward ^ UInt64(byte)) &* prime }
        return (forward, backward)
    }
}
