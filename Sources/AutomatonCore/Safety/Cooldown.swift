/// Quiet time after an attempt. Kept for each incident and for each (subject, remediation).
struct Cooldown: Hashable, Codable, Sendable {
    /// When the attempt was authorised, never later than now.
    var since: Instant
    /// The attempt; one may go on with itself.
    var attempt: AttemptID

    /// When the quiet time ends.
    func end(_ length: Duration) -> Instant { since + length }

    /// The later of two. One that belongs to `own`, an attempt that lost against this one, goes on under this one's name: an attempt may
    /// go on with itself, and must not hide the one that came first.
    func joined(_ other: Cooldown?, over own: AttemptID?) -> Cooldown {
        guard let other, other.since > since else { return self }
        return other.attempt == own ? Cooldown(since: other.since, attempt: attempt) : other
    }

    /// Whether nothing may be done yet; never for this very attempt.
    func refuses(_ length: Duration, at now: Instant, unless own: AttemptID?) -> Bool { now < end(length) && attempt != own }

    /// Why nothing may be done yet, with what is left.
    func reason(_ length: Duration, at now: Instant) -> String {
        "cooldown: \((end(length) - now).readable) left since the attempt at \(since.timeOfDay)"
    }
}
