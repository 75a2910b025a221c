import AutomatonCore

/// The delay before failed I/O is tried again: doubles from try to try up to a bound, with "equal jitter" (half fixed, half random), so
/// that many clients do not come back at once.
public struct Backoff: Hashable, Sendable {
    /// The upper end of the first delay.
    public var base: Duration
    /// No delay is longer.
    public var maximum: Duration

    /// Makes a backoff.
    public init(base: Duration = .milliseconds(100), maximum: Duration = .seconds(30)) {
        self.base = base
        self.maximum = maximum
    }

    /// The delay before try number `attempt`, counted from 1.
    /// - Parameter jitter: Between 0 and 1.
    public func delay(before attempt: Int, jitter: Double) -> Duration {
        var full = base.microseconds
        for _ in 1..<max(1, min(attempt, 40)) where full < maximum.microseconds { full *= 2 }
        full = min(full, maximum.microseconds)
        return .microseconds(full / 2 + Int64(Double(full / 2) * min(1, max(0, jitter))))
    }
}

/// How often and how long a request that changes nothing is tried again.
public struct RetryPolicy: Hashable, Sendable {
    /// Tries in all, the first included.
    public var attempts: Int
    /// The delays between them.
    public var backoff: Backoff
    /// No new try starts later than this after the first, whatever `Retry-After` says.
    public var total: Duration

    /// Makes a policy.
    public init(
        attempts: Int = 4, backoff: Backoff = Backoff(base: .milliseconds(100), maximum: .seconds(5)), total: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.backoff = backoff
        self.total = total
    }

    /// One try and no more.
    public static let never = RetryPolicy(attempts: 1)
}
