/// When a figure will cross a bound if its trend goes on.
public struct Forecast: Hashable, Sendable {
    /// The bound, in the figure's unit.
    public var bound: Double
    /// When the forecast was made.
    public var madeAt: Instant
    /// When the trend's line, with its most likely slope, reaches the bound; never before `madeAt`.
    public var crossesAt: Instant
    /// The most likely slope, in the figure's unit a second; negative when the figure falls.
    public var slopePerSecond: Double
    /// The slope on the safe side: with 99 % confidence the figure moves towards the bound at least this fast. Same sign as the slope.
    public var slopeAtLeast: Double
    /// The figure's newest value.
    public var value: Double
    /// The observations that the trend was taken over.
    public var observations: Int

    /// `grows 22/s (at least 18/s) over 9 observations, crosses 15000 in about 4 min`.
    public var summary: String {
        let (unit, scale) = Self.unit(of: slopePerSecond)
        let slope = Self.rounded(slopePerSecond.magnitude * scale)
        let least = Self.rounded(slopeAtLeast.magnitude * scale)
        let word = slopePerSecond < 0 ? "falls" : "grows"
        let time = Self.rounded(crossesAt - madeAt).readable
        return "\(word) \(slope)/\(unit) (at least \(least)/\(unit)) over \(observations) observations, "
            + "crosses \(Figure("", bound).summary.dropFirst()) in about \(time)"
    }

    /// The time unit in which a slope reads best, and its seconds.
    private static func unit(of slope: Double) -> (String, Double) {
        switch slope.magnitude {
        case 1...: ("s", 1)
        case (1 / 60.0)...: ("min", 60)
        default: ("h", 3600)
        }
    }

    /// Two digits that count, or all before the point.
    private static func rounded(_ value: Double) -> String {
        guard value < 1e15 else { return "\(value)" }
        guard value < 10 else { return String(Int64(value.rounded())) }
        let step = value < 1 ? 100.0 : 10.0
        let whole = Int64((value * step).rounded())
        let (left, right) = whole.quotientAndRemainder(dividingBy: Int64(step))
        if right == 0 { return String(left) }
        let digits = step == 100 && right < 10 ? "0\(right)" : String(right)
        return "\(left)." + (digits.hasSuffix("0") ? String(digits.dropLast()) : digits)
    }

    /// To the minute, or to the second within the last two minutes: more would claim to be exact.
    private static func rounded(_ time: Duration) -> Duration {
        let seconds = time.inSeconds
        return seconds < 120 ? .seconds(Int64(seconds.rounded())) : .seconds(60 * Int64((seconds / 60).rounded()))
    }
}
