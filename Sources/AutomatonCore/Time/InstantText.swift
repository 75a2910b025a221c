extension Instant {
    /// The instant in RFC 3339 form, UTC, to the second: `2026-03-01T12:00:03Z`.
    public var rfc3339: String { text(fractionDigits: 0) }

    /// The instant in RFC 3339 form with the six fraction digits that Kubernetes' MicroTime demands.
    public var rfc3339Micro: String { text(fractionDigits: 6) }

    /// The instant in RFC 3339 form with milliseconds.
    public var rfc3339Milli: String { text(fractionDigits: 3) }

    /// The time of day alone, UTC: `12:00:03Z`. For decisions that speak of the last hours.
    public var timeOfDay: String { String(rfc3339.dropFirst(11)) }

    /// Reads an RFC 3339 time (section 5.6); nil when it is not one.
    ///
    /// Up to six fraction digits are kept, the rest is cut. A leap second (`:60`) counts as the second after.
    public init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(rfc3339: bytes.span)
    }

    /// Reads an RFC 3339 time from bytes; nil when it is not one.
    public init?(rfc3339 bytes: Span<UInt8>) {
        func number(_ from: Int, _ digits: Int) -> Int64? {
            guard from + digits <= bytes.count else { return nil }
            var value: Int64 = 0
            for index in from..<(from + digits) {
                let digit = bytes[index]
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                value = value * 10 + Int64(digit - 0x30)
            }
            return value
        }
        func isByte(_ index: Int, _ byte: UInt8) -> Bool { index < bytes.count && bytes[index] == byte }
        func isSign(_ index: Int) -> Bool { isByte(index, 0x2B) || isByte(index, 0x2D) }

        guard let year = number(0, 4), isByte(4, 0x2D), let month = number(5, 2), isByte(7, 0x2D), let day = number(8, 2),
            isByte(10, 0x54) || isByte(10, 0x74), let hour = number(11, 2), isByte(13, 0x3A), let minute = number(14, 2),
            isByte(16, 0x3A), let second = number(17, 2),
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }

        var index = 19
        var fraction: Int64 = 0
        if isByte(index, 0x2E) {
            index += 1
            let start = index
            var scale: Int64 = 100_000
            while let digit = number(index, 1) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offset: Int64 = 0
        if isByte(index, 0x5A) || isByte(index, 0x7A) {
            index += 1
        } else if isSign(index), let hours = number(index + 1, 2), isByte(index + 3, 0x3A), let minutes = number(index + 4, 2),
            hours < 24, minutes < 60
        {
            offset = (hours * 60 + minutes) * 60 * (isByte(index, 0x2D) ? -1 : 1)
            index += 6
        } else {
            return nil
        }
        guard index == bytes.count else { return nil }
        let seconds = Self.daysFromCivil(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    private func text(fractionDigits: Int) -> String {
        let seconds = microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        let (year, month, date) = Self.civil(fromDays: day)
        var text = ""
        text.reserveCapacity(27)
        func append(_ value: Int64, _ digits: Int) {
            let digitsText = String(value)
            for _ in 0..<max(0, digits - digitsText.utf8.count) { text.append("0") }
            text.append(digitsText)
        }
        append(year, 4)
        text.append("-")
        append(month, 2)
        text.append("-")
        append(date, 2)
        text.append("T")
        append(second / 3600, 2)
        text.append(":")
        append(second / 60 % 60, 2)
        text.append(":")
        append(second % 60, 2)
        if fractionDigits > 0 {
            text.append(".")
            let micro = microseconds - seconds * 1_000_000
            append(fractionDigits == 6 ? micro : micro / 1000, fractionDigits)
        }
        text.append("Z")
        return text
    }

    /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static func daysFromCivil(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
