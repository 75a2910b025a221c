/// Quiet time after an attempt. Kept for each incident and for each (subject, remediation).
struct Cooldown: Hashable, Sendable {
    /// When the attempt was authorised, never later than now.
    var since: Instant
    /// The attempt; one may go on with itself.
    var attempt: AttemptID

    /// When the quiet time ends.
    func end(_ length: Duration) -> Instant { since + length }

    /// Whether nothing may be done yet; never for this very attempt.
    func refuses(_ length: Duration, at now: Instant, unless own: AttemptID?) -> Bool { now < end(length) && attempt != own }

    /// Why nothing may be done yet, with what is left.
    func reason(_ length: Duration, at now: Instant) -> String {
        "cooldown: \((end(length) - now).readable) left since the attempt at \(since.timeOfDay)"
    }
}
