/// When something begins, as crontab(5) writes it: minute, hour, day of month, month, day of week; in UTC.
///
/// `*`, numbers, ranges (`1-5`), lists (`1,3`), steps (`*/15`, `8-18/2`), and the names `jan`…`dec`, `sun`…`sat`. 7 is Sunday, too. When
/// both days are restricted, either is enough. Source: the POSIX crontab utility, and Vixie cron for steps and names.
public struct CronExpression: Hashable, Codable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let minutes: UInt64
    private let hours: UInt64
    private let daysOfMonth: UInt64
    private let months: UInt64
    private let daysOfWeek: UInt64
    private let needsBothDays: Bool

    /// Reads an expression.
    /// - Throws: ``CronError`` when it is none.
    public init(_ text: String) throws(CronError) {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count == 5 else {
            throw CronError("'\(text)' has \(fields.count) fields: write minute, hour, day of month, month, day of week ('0 2 * * 6')")
        }
        description = text
        minutes = try Self.bits(fields[0], 0...59, "minute")
        hours = try Self.bits(fields[1], 0...23, "hour")
        daysOfMonth = try Self.bits(fields[2], 1...31, "day of month")
        months = try Self.bits(fields[3], 1...12, "month", Self.monthNames)
        var week = try Self.bits(fields[4], 0...7, "day of week", Self.dayNames)
        if week & (1 << 7) != 0 { week = (week | 1) & 0x7F }
        daysOfWeek = week
        needsBothDays = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        guard nextStart(after: .epoch) != nil else { throw CronError("'\(text)' never comes: no month of it has such a day") }
    }

    /// The last start at or before an instant, no earlier than `span` before it; nil when there is none.
    public func lastStart(atOrBefore instant: Instant, within span: Duration) -> Instant? {
        let earliest = instant - span
        var minute = Self.floor(instant.microseconds, 60_000_000)
        while true {
            let start = Instant(microseconds: minute * 60_000_000)
            guard start > earliest else { return nil }
            let (day, ofDay) = (Self.floor(minute, 1440), Int(minute - Self.floor(minute, 1440) * 1440))
            if !isDay(day) {
                minute = day * 1440 - 1
            } else if hours & (1 << UInt64(ofDay / 60)) == 0 {
                minute -= Int64(ofDay % 60) + 1
            } else if minutes & (1 << UInt64(ofDay % 60)) == 0 {
                minute -= 1
            } else {
                return start
            }
        }
    }

    /// The first start after an instant; nil when none comes within 8 years (29 February is 8 years away at most).
    public func nextStart(after instant: Instant) -> Instant? {
        var minute = Self.floor(instant.microseconds, 60_000_000) + 1
        let last = minute + 1440 * 366 * 8
        while minute < last {
            let day = Self.floor(minute, 1440)
            let ofDay = Int(minute - day * 1440)
            if !isDay(day) {
                minute = (day + 1) * 1440
            } else if hours & (1 << UInt64(ofDay / 60)) == 0 {
                minute += 60 - Int64(ofDay % 60)
            } else if minutes & (1 << UInt64(ofDay % 60)) == 0 {
                minute += 1
            } else {
                return Instant(microseconds: minute * 60_000_000)
            }
        }
        return nil
    }

    private func isDay(_ days: Int64) -> Bool {
        let (_, month, day) = Instant.civil(fromDays: days)
        guard months & (1 << UInt64(month)) != 0 else { return false }
        // 1970-01-01 was a Thursday.
        let week = ((days % 7) + 7 + 4) % 7
        let (ofMonth, ofWeek) = (daysOfMonth & (1 << UInt64(day)) != 0, daysOfWeek & (1 << UInt64(week)) != 0)
        return needsBothDays ? ofMonth && ofWeek : ofMonth || ofWeek
    }

    private static let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func bits(
        _ field: Substring, _ range: ClosedRange<Int>, _ what: String, _ names: [String] = []
    ) throws(CronError) -> UInt64 {
        func number(_ text: Substring) throws(CronError) -> Int {
            if let index = names.firstIndex(of: text.lowercased()) { return index + (range.lowerBound == 1 ? 1 : 0) }
            guard let number = Int(text), range.contains(number) else {
                throw CronError("'\(text)' is no \(what): write \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        var bits: UInt64 = 0
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            var step = 1
            if halves.count == 2 {
                guard let count = Int(halves[1]), count > 0, count <= range.upperBound else {
                    throw CronError("'\(part)' has no step for the \(what): write 1 to \(range.upperBound) after the '/'")
                }
                step = count
            }
            var (first, last) = (range.lowerBound, range.upperBound)
            if halves[0] != "*" {
                let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                first = try number(ends[0])
                last = ends.count == 2 ? try number(ends[1]) : (halves.count == 2 ? range.upperBound : first)
                guard first <= last else { throw CronError("'\(part)' runs backwards in the \(what)") }
            } else if what == "day of week" {
                last = 6
            }
            for value in stride(from: first, through: last, by: step) { bits |= 1 << UInt64(value) }
        }
        return bits
    }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

/// What is wrong with a cron expression, and what would be right.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In a line.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A time in which a rule begins nothing, since people are at work.
public struct MaintenanceWindow: Hashable, Codable, Sendable {
    /// When it begins.
    public var begins: CronExpression
    /// How long it lasts.
    public var lasts: Duration

    /// Makes a window.
    public init(begins: CronExpression, lasts: Duration) {
        self.begins = begins
        self.lasts = lasts
    }

    /// When the window that is open now ends; nil when it is not.
    public func end(at now: Instant) -> Instant? {
        begins.lastStart(atOrBefore: now, within: lasts).map { $0 + lasts }
    }
}
