/// A point of wall time, in whole microseconds since 1970-01-01T00:00:00Z (the resolution of Kubernetes' MicroTime).
///
/// The core never reads a clock: each call is given the instant at which it happens.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    /// Microseconds since the Unix epoch.
    public var microseconds: Int64

    /// Makes an instant from microseconds since the Unix epoch.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes an instant from seconds since the Unix epoch; saturates instead of overflowing.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        self.microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// The Unix epoch.
    public static let epoch = Instant(microseconds: 0)

    /// Seconds since the Unix epoch, with the fraction.
    public var secondsSinceEpoch: Double { Double(microseconds) / 1_000_000 }

    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.microseconds < rhs.microseconds }

    /// The instant a duration later; saturates instead of overflowing.
    public static func + (lhs: Instant, rhs: Duration) -> Instant {
        let (sum, overflow) = lhs.microseconds.addingReportingOverflow(rhs.microseconds)
        return Instant(microseconds: overflow ? (rhs.microseconds < 0 ? .min : .max) : sum)
    }

    /// The instant a duration earlier; saturates instead of overflowing.
    public static func - (lhs: Instant, rhs: Duration) -> Instant {
        let (difference, overflow) = lhs.microseconds.subtractingReportingOverflow(rhs.microseconds)
        return Instant(microseconds: overflow ? (rhs.microseconds < 0 ? .max : .min) : difference)
    }

    /// The time from `rhs` to `lhs`; negative when `rhs` is later. Saturates instead of overflowing.
    public static func - (lhs: Instant, rhs: Instant) -> Duration {
        let (difference, overflow) = lhs.microseconds.subtractingReportingOverflow(rhs.microseconds)
        return .microseconds(overflow ? (lhs < rhs ? .min : .max) : difference)
    }
}

extension Duration {
    /// The duration in whole microseconds, truncated towards zero; saturates at the ends of Int64.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, with the fraction.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Minutes as a duration.
    public static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

    /// Hours as a duration.
    public static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }
}

extension Instant {
    /// Reads microseconds since the Unix epoch.
    public init(from decoder: any Decoder) throws { self.init(microseconds: try decoder.singleValueContainer().decode(Int64.self)) }

    /// Writes microseconds since the Unix epoch.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }
}
