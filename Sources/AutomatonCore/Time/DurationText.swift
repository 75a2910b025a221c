extension Duration {
    /// The duration as a person reads it, its two largest units: `3 min 12 s`, `2 h 5 min`, `1.5 s`, `40 ms`.
    public var readable: String {
        let micro = microseconds
        if micro == 0 { return "0 s" }
        if micro < 0 { return "-" + Duration.microseconds(micro == .min ? .max : -micro).readable }
        if micro < 1_000_000 { return micro < 1000 ? "\(micro) µs" : "\(micro / 1000) ms" }
        let tenths = micro / 100_000
        if tenths < 100 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
        let seconds = micro / 1_000_000
        let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        for (index, (size, name)) in units.enumerated() where seconds >= size {
            let rest = seconds % size
            guard index + 1 < units.count, rest / units[index + 1].0 > 0 else { return "\(seconds / size) \(name)" }
            return "\(seconds / size) \(name) \(rest / units[index + 1].0) \(units[index + 1].1)"
        }
        return "0 s"
    }

    /// Reads a duration as rules and the ConfigMap write it: a whole number of seconds (`300`) or numbers with units
    /// `ms`, `s`, `m`, `h`, `d` (`5m`, `1h30m`). Nil when it is neither, is negative or is longer than 10 years.
    public init?(configured text: some StringProtocol) {
        let limit: Int64 = 10 * 366 * 86_400 * 1000
        let bytes = Array(text.utf8)
        var total: Int64 = 0
        var index = 0
        guard !bytes.isEmpty else { return nil }
        while index < bytes.count {
            var value: Int64 = 0
            let start = index
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
                value = value * 10 + Int64(bytes[index] - 0x30)
                guard value <= limit else { return nil }
                index += 1
            }
            guard index > start else { return nil }
            let unitStart = index
            while index < bytes.count, bytes[index] < 0x30 || bytes[index] > 0x39 { index += 1 }
            let milliseconds: Int64
            switch String(decoding: bytes[unitStart..<index], as: UTF8.self) {
            case "" where start == 0: milliseconds = 1000
            case "ms": milliseconds = 1
            case "s": milliseconds = 1000
            case "m": milliseconds = 60_000
            case "h": milliseconds = 3_600_000
            case "d": milliseconds = 86_400_000
            default: return nil
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: milliseconds)
            guard !overflow, total + product <= limit else { return nil }
            total += product
        }
        self = .milliseconds(total)
    }
}
