/// Delay before failed reading or writing is tried again: 2 s, doubled each time, at most 5 min.
///
/// Deterministic: the jitter that keeps many clients apart belongs to the adapters.
struct Backoff: Hashable, Codable, Sendable {
    /// Failures in a row.
    private(set) var failures = 0

    /// Counts a failure and says when to try again; never earlier than the world asked for.
    mutating func failed(at now: Instant, retryAfter: Duration?) -> Instant {
        let delay = min(Duration.seconds(2) * (1 << min(failures, 8)), .minutes(5))
        failures += 1
        return now + max(delay, min(retryAfter ?? .zero, .hours(1)))
    }
}
