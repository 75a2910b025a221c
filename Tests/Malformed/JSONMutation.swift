internal import SeededRandom

/// Makes JSON that is not what somebody expects of one that is: values of other types, names that are missing or there twice, numbers
/// and depths beyond all measure, texts that are none, and bytes that are no JSON.
public struct JSONMutation: Sendable {
    private let good: [UInt8]
    /// Where the values and names stand.
    private let values: [Range<Int>]
    private var random: SplitMix64

    /// Begins with one that is right.
    public init(_ good: String, seed: UInt64) {
        self.good = Array(good.utf8)
        values = Self.values(in: self.good)
        random = SplitMix64(seed)
    }

    /// The next one; a few of them may still be right.
    public mutating func next() -> [UInt8] {
        switch random.below(8) {
        case 0, 1: return ByteMutation.mutated(good, &random)
        case 2:
            var other = replaced()
            other = ByteMutation.mutated(other, &random)
            return other
        case 3: return Array(good[..<random.below(good.count)])
        case 4: return moved()
        default: return replaced()
        }
    }

    /// With a value that does not belong there.
    private mutating func replaced() -> [UInt8] {
        let value = random.pick(values)
        var other = good
        other.replaceSubrange(value, with: strange())
        return other
    }

    /// With a value of another place, so that its shape is known but not there.
    private mutating func moved() -> [UInt8] {
        let (from, to) = (random.pick(values), random.pick(values))
        var other = good
        other.replaceSubrange(to, with: good[from])
        return other
    }

    private mutating func strange() -> [UInt8] {
        switch random.below(12) {
        case 0: return Self.nested(random.pick([40, 600, 3000]), open: "[", close: "]")
        case 1: return Self.nested(random.pick([40, 600, 3000]), open: "{\"a\":", close: "}", inside: "1")
        case 2: return [0x22] + [UInt8](repeating: 0x78, count: random.pick([1, 1025, 70_000])) + [0x22]
        case 3: return Array("[\(repeatElement("{}", count: random.pick([1, 65, 1001])).joined(separator: ","))]".utf8)
        case 4: return [0x22] + (0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) } + [0x22]
        case 5: return (0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        default: return Array(random.pick(Self.fragments).utf8)
        }
    }

    private static let fragments = [
        "null", "true", "false", "0", "-0", "-1", "4", "1e999", "-1E400", "1e-999", "99999999999999999999999", "0.1", "01", "+1", ".5",
        "NaN",
        "Infinity", "\"\"", "\"4\"", #""\u0000""#, #""\ud800""#, #""\udfff\ud800""#, #""\uffff""#, #""\u202e\u2028""#, #""\x""#, "\"a\nb\"",
        "\"", "'a'", "[]", "{}", "[null]", "[[]]", "[1,\"a\",{}]", "{\"a\":1,\"a\":2}", "{\"\":\"\"}", "{1:2}", "[1,]", "{,}", "// no\n1",
        "\"2026-11-22T06:00:00Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-99-99T99:99:99Z\"", "\"-1s\"", "\"1e999s\"", "\"99999999999999d\"",
        "\"<script>alert(1)</script>\"", "\"\u{1B}[2J\"", "\u{FEFF}1", "",
    ]

    private static func nested(_ depth: Int, open: String, close: String, inside: String = "") -> [UInt8] {
        Array((String(repeating: open, count: depth) + inside + String(repeating: close, count: depth)).utf8)
    }

    /// Texts (also those that are names), numbers, words, lists and objects.
    private static func values(in json: [UInt8]) -> [Range<Int>] {
        var (found, open, index): ([Range<Int>], [Int], Int) = ([], [], 0)
        while index < json.count {
            let start = index
            index += 1
            switch json[start] {
            case 0x22:
                while index < json.count, json[index] != 0x22 { index += json[index] == 0x5C ? 2 : 1 }
                index = min(json.count, index + 1)
                found.append(start..<index)
            case 0x7B, 0x5B: open.append(start)
            case 0x7D, 0x5D: if let begin = open.popLast() { found.append(begin..<index) }
            case 0x2D, 0x30...0x39, 0x61...0x7A:
                while index < json.count, ![0x2C, 0x7D, 0x5D, 0x20, 0x0A].contains(json[index]) { index += 1 }
                found.append(start..<index)
            default: break
            }
        }
        return found
    }
}
