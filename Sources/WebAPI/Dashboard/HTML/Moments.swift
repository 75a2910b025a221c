internal import AutomatonCore

/// Times as people read them: how long ago, with the exact time at hand.
struct Moments: Sendable {
    /// When the page is made.
    let now: Instant

    /// `3 min ago`.
    func ago(_ instant: Instant) -> HTML { moment(instant, Self.ago(now - instant)) }

    /// `in 4 min 12 s`, which the script counts down; nil for a time without an end.
    func countdown(to instant: Instant?, _ overdue: String = "now") -> HTML? {
        guard let instant, Timestamp(finite: instant) != nil else { return nil }
        let left = instant - now
        return tag(
            "time", .class("countdown"), .datetime(instant.rfc3339), .title(Self.exact(instant)),
            .milliseconds(.until, instant.microseconds / 1000)
        ) { left > .zero ? "in \(Self.clock(left))" : overdue }
    }

    /// `06:24 UTC`, with the day where it is another one.
    func clockTime(_ instant: Instant) -> HTML { moment(instant, clockText(instant)) }

    /// The same, without markup.
    func clockText(_ instant: Instant) -> String {
        let text = instant.rfc3339
        let time = "\(text.dropFirst(11).prefix(5)) UTC"
        return text.prefix(10) == now.rfc3339.prefix(10) ? time : "\(text.prefix(10)) \(time)"
    }

    /// `06:24:45`, with the exact time at hand.
    func second(_ instant: Instant) -> HTML { moment(instant, String(instant.rfc3339.dropFirst(11).prefix(8))) }

    private func moment(_ instant: Instant, _ text: String) -> HTML {
        tag("time", .datetime(instant.rfc3339), .title(Self.exact(instant))) { text }
    }

    /// `2026-11-22 06:24:45 UTC`.
    static func exact(_ instant: Instant) -> String {
        let text = instant.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    /// One unit is enough.
    static func ago(_ length: Duration) -> String {
        let seconds = length.microseconds / 1_000_000
        return switch seconds {
        case ..<5: "just now"
        case ..<60: "\(seconds) s ago"
        case ..<3600: "\(seconds / 60) min ago"
        case ..<(48 * 3600): "\(seconds / 3600) h ago"
        default: "\(seconds / 86_400) d ago"
        }
    }

    /// To the second, below an hour; the script writes it in the same way.
    static func clock(_ length: Duration) -> String {
        let seconds = max(1, (length.microseconds + 999_999) / 1_000_000)
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        }
    }

    /// As people say how long something took: no fraction of a second but of short ones.
    static func length(_ length: Duration) -> String { length.readable }
}

/// `1 incident`, `2 incidents`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(Sparkline.text(Double(count))) \(count == 1 ? one : many ?? one + "s")"
}
