/// An amount of processor time in thousandths of a core (`250m`, `1`, `0.5`).
struct CPUQuantity: Hashable, Comparable, Sendable {
    var milli: Int64

    /// Reads the Kubernetes notation; nil when it is not one. Fractions of a thousandth round up.
    init?(_ text: String) {
        if text.hasSuffix("m") {
            guard let value = Int64(text.dropLast()), value >= 0 else { return nil }
            milli = value
        } else {
            guard let value = Double(text), value >= 0, value < 1e12 else { return nil }
            milli = Int64((value * 1000).rounded(.up))
        }
    }

    init(milli: Int64) { self.milli = milli }

    static func < (lhs: CPUQuantity, rhs: CPUQuantity) -> Bool { lhs.milli < rhs.milli }
}
