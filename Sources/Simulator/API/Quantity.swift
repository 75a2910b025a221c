/// A resource quantity (k8s.io/apimachinery/pkg/api/resource): a decimal number with a binary, decimal or exponent suffix.
///
/// Held in billionths, which is as fine as the API server keeps it (it rounds up below that).
public struct Quantity: Sendable, Hashable, Comparable {
    /// How it was written, and will be written again.
    public enum Format: Sendable, Hashable {
        /// `Ki`, `Mi`, …
        case binary
        /// `m`, `k`, `M`, …
        case decimal
        /// `e3`, `E6`
        case exponent
    }

    /// The value in billionths.
    public let nanos: Int128
    /// The format.
    public let format: Format

    /// Two quantities are equal if their values are, however they are written.
    public static func == (lhs: Quantity, rhs: Quantity) -> Bool { lhs.nanos == rhs.nanos }
    /// By value.
    public static func < (lhs: Quantity, rhs: Quantity) -> Bool { lhs.nanos < rhs.nanos }
    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }

    private static let one: Int128 = 1_000_000_000
    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    private static let decimalSuffixes: [(String, Int)] = [
        ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
    ]

    /// Makes a quantity of a value in billionths.
    public init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    /// Reads a quantity; nil if it is none.
    public init?(_ text: String) {
        var rest = Substring(text)
        var isNegative = false
        if let first = rest.first, first == "-" || first == "+" {
            isNegative = first == "-"
            rest.removeFirst()
        }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[whole.endIndex...]
        var fraction = Substring()
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[fraction.endIndex...]
        }
        guard !(whole.isEmpty && fraction.isEmpty), whole.count <= 20 else { return nil }
        var exponent = 0
        var multiplier: Int128 = 1
        let suffix = String(rest)
        if let power = Self.binarySuffixes.firstIndex(of: suffix), power > 0 {
            multiplier = Int128(1) << Int128(10 * power)
            format = .binary
        } else if let (_, power) = Self.decimalSuffixes.first(where: { $0.0 == suffix }) {
            exponent = power
            format = .decimal
        } else if let first = suffix.first, first == "e" || first == "E", let power = Int(suffix.dropFirst()), abs(power) <= 18 {
            exponent = power
            format = .exponent
        } else {
            return nil
        }
        guard var digits = Int128(whole.isEmpty ? "0" : whole) else { return nil }
        for digit in fraction.prefix(9) {
            digits = digits * 10 + Int128(digit.wholeNumberValue ?? 0)
            exponent -= 1
        }
        var value = digits * multiplier * Self.one
        while exponent > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
            exponent -= 1
        }
        while exponent < 0 {
            value = value / 10 + (value % 10 == 0 ? 0 : 1)
            exponent += 1
        }
        nanos = isNegative ? -value : value
    }

    /// The canonical text: no fraction, the largest suffix that keeps the value whole.
    public var text: String {
        if nanos == 0 { return "0" }
        var format = format
        // Binary suffixes are not used below 1024, nor for what is not whole.
        if format == .binary, abs(nanos) < 1024 * Self.one || nanos % Self.one != 0 { format = .decimal }
        switch format {
        case .binary:
            var value = nanos / Self.one
            var power = 0
            while value % 1024 == 0, power < Self.binarySuffixes.count - 1 {
                value /= 1024
                power += 1
            }
            return "\(value)\(Self.binarySuffixes[power])"
        case .decimal, .exponent:
            var value = nanos
            var index = 0
            while value % 1000 == 0, index < Self.decimalSuffixes.count - 1 {
                value /= 1000
                index += 1
            }
            let (suffix, power) = Self.decimalSuffixes[index]
            return format == .exponent && power != 0 ? "\(value)e\(power)" : "\(value)\(suffix)"
        }
    }
}
