import ArgumentParser
import AutomatonCore

/// A time span of the command line: `30m`, `2h`, `1d`.
struct TimeSpan {
    let text: String
    let duration: Duration

    /// Reads it for a suspension.
    /// - Throws: `ValidationError`, which says what would be right.
    static func ofSuspension(_ argument: String) throws -> TimeSpan {
        let longest = Suspension.longest
        guard let duration = Duration(configured: argument), duration > .zero, duration <= longest else {
            throw ValidationError("write a time span of at most \(longest.readable): 30m, 2h, 1d")
        }
        return TimeSpan(text: argument, duration: duration)
    }
}

/// A time, or how long ago: `2026-03-01T12:00:00Z`, `1h`.
struct PastTime: CustomStringConvertible {
    private enum Form {
        case instant(Instant)
        case ago(Duration)
    }
    private let form: Form

    init(ago duration: Duration) { form = .ago(duration) }

    /// Reads it.
    /// - Throws: `ValidationError`, which says what would be right.
    init(argument: String) throws {
        if let duration = Duration(configured: argument) {
            form = .ago(duration)
        } else if let instant = Instant(rfc3339: argument) {
            form = .instant(instant)
        } else {
            throw ValidationError("write how long ago (30m, 1h, 2d; at most ten years), or a time (2026-03-01T12:00:00Z)")
        }
    }

    var description: String {
        switch form {
        case .instant(let instant): instant.rfc3339
        case .ago(let duration): "\(duration.readable) ago"
        }
    }

    func instant(before now: Instant) -> Instant {
        switch form {
        case .instant(let instant): instant
        case .ago(let duration): now - duration
        }
    }
}
