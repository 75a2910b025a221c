/// An amount of bytes in Kubernetes' quantity notation (`1Gi`, `512Mi`, `1500M`, `134217728`).
///
/// Source: the "resource.Quantity" format of the Kubernetes API (`k8s.io/apimachinery/pkg/api/resource`).
/// A fraction of a byte is rounded up, as the scheduler does.
public struct ByteQuantity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The amount in bytes.
    public var bytes: Int64

    /// Makes a quantity from bytes.
    public init(bytes: Int64) { self.bytes = bytes }

    /// Reads the Kubernetes notation: a decimal number with an optional suffix (`Ki`…`Ei`, `k`…`E`, `m`, `u`, `n`, or an exponent
    /// such as `1e9`). Nil when it is not one, is negative, or is too large for 64 bits.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var index = 0
        if index < bytes.count, bytes[index] == 0x2B { index += 1 }
        var mantissa: Int64 = 0
        var fractionDigits = 0
        var seenDigits = 0
        var inFraction = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E, !inFraction {
                inFraction = true
            } else if byte >= 0x30, byte <= 0x39 {
                let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, carried) = product.addingReportingOverflow(Int64(byte - 0x30))
                guard !overflow, !carried else { return nil }
                mantissa = sum
                seenDigits += 1
                if inFraction { fractionDigits += 1 }
            } else {
                break
            }
            index += 1
        }
        guard seenDigits > 0 else { return nil }
        guard let (factor, exponent) = Self.scale(of: String(decoding: bytes[index...], as: UTF8.self)) else { return nil }
        // Up to 128 bits on the way: 1.2345678901Gi has more digits than 64 bits hold before the fraction is cut.
        var value = UInt64(mantissa).multipliedFullWidth(by: UInt64(factor))
        var power = exponent - fractionDigits
        while power > 0, value.high > 0 || value.low > 0 {
            let product = value.low.multipliedFullWidth(by: 10)
            guard value.high == 0, product.high == 0 else { return nil }
            value = product
            power -= 1
        }
        while power < 0 {
            let (high, rest) = value.high.quotientAndRemainder(dividingBy: 10)
            let (low, remainder) = UInt64(10).dividingFullWidth((rest, value.low))
            // Rounding up at each digit is rounding up once.
            let (rounded, carry) = low.addingReportingOverflow(remainder > 0 ? 1 : 0)
            value = (high + (carry ? 1 : 0), rounded)
            power += 1
        }
        guard value.high == 0, let value = Int64(exactly: value.low) else { return nil }
        self.bytes = value
    }

    /// The multiplier and the decimal exponent that a suffix stands for.
    private static func scale(of suffix: String) -> (factor: Int64, exponent: Int)? {
        switch suffix {
        case "": (1, 0)
        case "Ki": (1 << 10, 0)
        case "Mi": (1 << 20, 0)
        case "Gi": (1 << 30, 0)
        case "Ti": (1 << 40, 0)
        case "Pi": (1 << 50, 0)
        case "Ei": (1 << 60, 0)
        case "n": (1, -9)
        case "u": (1, -6)
        case "m": (1, -3)
        case "k": (1, 3)
        case "M": (1, 6)
        case "G": (1, 9)
        case "T": (1, 12)
        case "P": (1, 15)
        case "E": (1, 18)
        default:
            if let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()), (-18...18).contains(exponent)
            {
                (1, exponent)
            } else {
                nil
            }
        }
    }

    public static func < (lhs: ByteQuantity, rhs: ByteQuantity) -> Bool { lhs.bytes < rhs.bytes }

    /// The amount in the largest binary unit that leaves a whole number: `2Gi`, `1536Mi`, `1000`.
    public var description: String {
        let units: [(Int64, String)] = [
            (1 << 60, "Ei"), (1 << 50, "Pi"), (1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"),
        ]
        for (size, name) in units where bytes >= size && bytes % size == 0 { return "\(bytes / size)\(name)" }
        return String(bytes)
    }
}

extension ByteQuantity {
    /// The amount as a person reads it, with one decimal where it helps: `3.4Gi`, `12Mi`, `900`. Not exact: never parsed again.
    public var readable: String {
        let units: [(Int64, String)] = [
            (1 << 60, "Ei"), (1 << 50, "Pi"), (1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"),
        ]
        for (size, name) in units where bytes.magnitude >= UInt64(size) {
            let tenths = (Double(bytes) / Double(size) * 10).rounded()
            let whole = Int64(tenths / 10)
            let rest = Int64(tenths) - 10 * whole
            return rest == 0 || whole.magnitude >= 100 ? "\(whole)\(name)" : "\(whole).\(rest.magnitude)\(name)"
        }
        return String(bytes)
    }
}
