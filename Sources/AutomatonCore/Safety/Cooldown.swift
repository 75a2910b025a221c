/// Quiet time after an attempt. Kept for each incident and for each (subject, remediation).
struct Cooldown: Hashable, Sendable {
    /// When the attempt was authorised, never later than now.
    var since: Instant
    /// The attempt; one may go on with itself.
    var attempt: AttemptID

    /// When the quiet time ends.
    func end(_ length: Duration) -> Instant { since + length }

    /// Why nothing may be done yet; nil when the quiet time is over or belongs to this very attempt.
    func refusal(_ length: Duration, at now: Instant, unless own: AttemptID?) -> String? {
        guard attempt != own, now < end(length) else { return nil }
        return "cooldown: \((end(length) - now).readable) left since the attempt at \(since.timeOfDay)"
    }
}
