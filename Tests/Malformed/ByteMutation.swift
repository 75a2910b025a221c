public import SeededRandom

/// Breaks bytes at random places: some are changed, left out, put in, said twice, or everything ends too early.
public enum ByteMutation {
    /// What is likely to be taken for something.
    private static let tokens: [[UInt8]] = [
        [0], [0xFF], [0xFE, 0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF], [0x0D], [0x0A],
        [0x0D, 0x0A, 0x0D, 0x0A], Array("%00".utf8), Array("%ff".utf8), Array("%".utf8), Array(":".utf8), Array(" ".utf8), Array("\t".utf8),
        Array("\"".utf8), Array("\\".utf8), Array("{".utf8), Array("]".utf8), Array(",".utf8), Array("-1".utf8), Array("1e999".utf8),
        Array("18446744073709551616".utf8), Array("../".utf8), Array("null".utf8), Array("\u{202E}".utf8),
    ]

    /// Between one and four changes.
    public static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(4) { change(&bytes, &random) }
        return bytes
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let start = random.place(in: bytes)
        let end = min(bytes.count, start + random.below(12))
        switch random.below(6) {
        case 0 where start < bytes.count: bytes[start] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: random.pick(tokens), at: start)
        case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 4 where start < bytes.count: bytes[start] ^= 1 << UInt8(random.below(8))
        case 5 where random.below(4) == 0: bytes.removeSubrange(start...)
        default: bytes.replaceSubrange(start..<end, with: random.pick(tokens))
        }
    }
}
