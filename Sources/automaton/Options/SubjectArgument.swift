public import ArgumentParser
public import AutomatonCore

extension SubjectFilter: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// A time span of the command line: `30m`, `2h`, `1d`.
struct TimeSpan: ExpressibleByArgument {
    let text: String
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(configured: argument), duration > .zero else { return nil }
        (text, self.duration) = (argument, duration)
    }
}

/// A time, or how long ago: `2026-03-01T12:00:00Z`, `1h`.
struct PastTime: ExpressibleByArgument {
    private enum Form {
        case instant(Instant)
        case ago(Duration)
    }
    private let form: Form

    init(ago duration: Duration) { form = .ago(duration) }

    init?(argument: String) {
        if let duration = Duration(configured: argument) {
            form = .ago(duration)
        } else if let instant = Instant(rfc3339: argument) {
            form = .instant(instant)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
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
