/// Figures are mostly whole, often with few decimals, and near to what they were.
enum FigureCoding {
    private static let largest = 9_007_199_254_740_992.0
    private static let decimals = 1000.0

    /// The value as a whole number, when that says all of it.
    private static func whole(_ value: Double) -> Int64? {
        guard value.magnitude < largest, value.rounded(.towardZero) == value, value != 0 || value.sign == .plus else { return nil }
        return Int64(value)
    }

    /// Thousandths, when they say all of it.
    private static func thousandths(_ value: Double) -> Int64? {
        guard value.magnitude < 1e12 else { return nil }
        let scaled = (value * decimals).rounded()
        guard scaled / decimals == value, value != 0 || value.sign == .plus else { return nil }
        return Int64(scaled)
    }

    /// Writes a value by its difference to another.
    static func write(_ value: Double, after before: Double, to writer: inout ByteWriter) {
        if let number = whole(value) {
            writer.number(folded(number - (whole(before) ?? 0)) << 2)
        } else if let number = thousandths(value) {
            writer.number(folded(number - (thousandths(before) ?? 0)) << 2 | 1)
        } else {
            // Bits that are as before are zero: at the top (sign and exponent), and at the bottom of short fractions.
            let bits = value.bitPattern ^ before.bitPattern
            let leading = min(7, bits.leadingZeroBitCount / 8)
            let trailing = min(7 - leading, bits.trailingZeroBitCount / 8)
            writer.number(UInt64(leading << 3 | trailing) << 2 | 2)
            for place in trailing..<(8 - leading) { writer.byte(UInt8(truncatingIfNeeded: bits >> UInt64(8 * place))) }
        }
    }

    /// Reads a value by its difference to another.
    static func read(after before: Double, from reader: inout ByteReader) throws(ObservationError) -> Double {
        let head = try reader.number()
        switch head & 3 {
        case 0: return Double(unfolded(head >> 2) &+ (whole(before) ?? 0))
        case 1: return Double(unfolded(head >> 2) &+ (thousandths(before) ?? 0)) / decimals
        case 2:
            let (leading, trailing) = (Int(head >> 5), Int(head >> 2 & 7))
            guard leading + trailing <= 7 else { throw .damaged("a figure has no such bits") }
            var bits: UInt64 = 0
            for place in trailing..<(8 - leading) { bits |= UInt64(try reader.byte()) << UInt64(8 * place) }
            return Double(bitPattern: bits ^ before.bitPattern)
        default: throw .damaged("a figure is of no known kind")
        }
    }

    private static func folded(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }
    private static func unfolded(_ value: UInt64) -> Int64 { Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1))) }
}
