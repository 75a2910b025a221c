import AutomatonCore

/// Times as one reads them beside another: the time of day alone on the same day, all UTC.
struct TimeText {
    let now: Instant

    func callAsFunction(_ time: Timestamp) -> String {
        let (text, today) = (time.instant.rfc3339, now.rfc3339)
        if text.prefix(10) == today.prefix(10) { return String(text.dropFirst(11)) }
        if text.prefix(4) == today.prefix(4) { return text.dropFirst(5).prefix(5) + " " + text.dropFirst(11) }
        return text
    }

    /// `12 min ago`
    func ago(_ time: Timestamp) -> String {
        let length = now - time.instant
        return length < .seconds(1) ? "just now" : "\(length.rounded.readable) ago"
    }

    /// `12:11:51Z, in 2 min`
    func coming(_ time: Timestamp) -> String {
        let left = time.instant - now
        return left > .zero ? "\(self(time)), in \(left.rounded.readable)" : "\(self(time)), which is due"
    }
}

extension Duration {
    /// To whole seconds, upwards.
    fileprivate var rounded: Duration { .seconds((microseconds + 999_999) / 1_000_000) }
}
