internal import AutomatonCore

extension Instant {
    /// As mail has it, in UTC: `Sun, 22 Nov 2026 04:12:33 +0000` (RFC 5322, section 3.3).
    var mailDate: String {
        let text = rfc3339
        let parts = text.prefix(10).split(separator: "-")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        // The first day of 1970 was a Thursday.
        let day = Int((microseconds / 86_400_000_000) % 7)
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1), days.indices.contains(day) else {
            return "Thu, 01 Jan 1970 00:00:00 +0000"
        }
        return "\(days[day]), \(parts[2]) \(months[month - 1]) \(parts[0]) \(text.dropFirst(11).prefix(8)) +0000"
    }

    /// As people read it: `2026-11-22 04:12:33 UTC`.
    var readableUTC: String { "\(rfc3339.prefix(10)) \(rfc3339.dropFirst(11).prefix(8)) UTC" }
}
