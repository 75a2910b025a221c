import AutomatonCore

/// One key of the ConfigMap: its type, unit, range and meaning. The table ``all`` is where documentation, validation and
/// `config show` come from.
public struct Threshold: Sendable {
    /// What the value is, and where it goes.
    enum Kind: Sendable {
        case count(any WritableKeyPath<Thresholds, Int> & Sendable, ClosedRange<Int>, unit: String)
        case duration(any WritableKeyPath<Thresholds, Duration> & Sendable, ClosedRange<Duration>)
        case bytes(any WritableKeyPath<Thresholds, ByteQuantity> & Sendable, ClosedRange<ByteQuantity>)
        case flag(any WritableKeyPath<Thresholds, Bool> & Sendable)
        /// A count, or a share of a whole: `3`, `20%`.
        case quota(any WritableKeyPath<Thresholds, Quota> & Sendable)
        /// Patterns of namespaces, separated by commas.
        case patterns(any WritableKeyPath<Thresholds, [NamePattern]> & Sendable)
        /// Names or patterns, separated by commas.
        case names(any WritableKeyPath<Thresholds, String> & Sendable)
    }

    /// The key: `KAFKA_LAG_THRESHOLD`.
    public let key: String
    /// One line: what it limits or triggers.
    public let summary: String
    let kind: Kind

    init(_ key: String, _ kind: Kind, _ summary: String) {
        self.key = key
        self.kind = kind
        self.summary = summary
    }

    /// What a value must be, as an error says it: `a whole number of messages from 1 to 1000000000`.
    public var expectation: String {
        switch kind {
        case .count(_, let range, let unit):
            unit == "%"
                ? "a whole number of percent from \(range.lowerBound) to \(range.upperBound), without %"
                : "a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
        case .duration(_, let range):
            "a time span from \(range.lowerBound.configured) to \(range.upperBound.configured) in seconds (300) or with units (90s, 5m, 1h30m)"
        case .bytes(_, let range): "an amount of bytes from \(range.lowerBound) to \(range.upperBound) (512Mi, 2Gi)"
        case .flag: "true or false"
        case .quota: "a whole number from 0 on, or a share from 0% to 100%"
        case .patterns: "namespaces, or patterns with * and ?, separated by commas (kube-*,payments)"
        case .names: "names, or patterns with * and ?, separated by commas (email-service,orders-*)"
        }
    }

    /// The unit as people read it; empty for a flag.
    public var unit: String {
        switch kind {
        case .count(_, _, let unit): unit
        case .duration: "seconds, or 5m, 1h30m"
        case .bytes: "bytes, or 512Mi, 8Gi"
        case .flag: ""
        case .quota: "a number, or %"
        case .patterns: "names or patterns"
        case .names: "names or patterns"
        }
    }

    /// The default as one would write it.
    public var defaultText: String { text(in: Thresholds()) }

    /// The value as one would write it, and as `$(NAME)` puts it into a rule: `15000`, `5m`, `8Gi`, `false`.
    func text(in thresholds: Thresholds) -> String {
        switch kind {
        case .count(let path, _, _): String(thresholds[keyPath: path])
        case .duration(let path, _): thresholds[keyPath: path].configured
        case .bytes(let path, _): thresholds[keyPath: path].description
        case .flag(let path): String(thresholds[keyPath: path])
        case .quota(let path): thresholds[keyPath: path].description
        case .patterns(let path): thresholds[keyPath: path].map(\.description).joined(separator: ",")
        case .names(let path): thresholds[keyPath: path]
        }
    }

    /// Reads a value strictly and stores it; false when it is not what it must be.
    func read(_ text: String, into thresholds: inout Thresholds) -> Bool {
        switch kind {
        case .count(let path, let range, _):
            guard let value = Self.wholeNumber(text), range.contains(value) else { return false }
            thresholds[keyPath: path] = value
        case .duration(let path, let range):
            guard let value = Duration(configured: text), range.contains(value) else { return false }
            thresholds[keyPath: path] = value
        case .bytes(let path, let range):
            guard let value = ByteQuantity(text), range.contains(value) else { return false }
            thresholds[keyPath: path] = value
        case .flag(let path):
            guard text == "true" || text == "false" else { return false }
            thresholds[keyPath: path] = text == "true"
        case .quota(let path):
            guard Self.wholeNumber(text.hasSuffix("%") ? String(text.dropLast()) : text) != nil, let quota = Quota(text) else {
                return false
            }
            thresholds[keyPath: path] = quota
        case .patterns(let path):
            guard Self.areNames(text) else { return false }
            thresholds[keyPath: path] = text.split(separator: ",").map { NamePattern(String($0)) }
        case .names(let path):
            guard Self.areNames(text) else { return false }
            thresholds[keyPath: path] = text
        }
        return true
    }

    /// What to write instead of a wrong value: the value that is in it, where there is one (`85%` → `85`), or the default.
    func suggestion(for text: String) -> String {
        var bare = Substring(text)
        while let first = bare.first, first.isWhitespace { bare.removeFirst() }
        while let last = bare.last, last.isWhitespace || last == "%" || last == "\"" || last == "'" { bare.removeLast() }
        while let first = bare.first, first == "\"" || first == "'" { bare.removeFirst() }
        for candidate in [String(bare), bare.lowercased()] {
            var scratch = Thresholds()
            if read(candidate, into: &scratch) { return candidate }
        }
        // Never the default of a flag: `yes` meant the opposite of `false`.
        if case .flag = kind { return ["yes", "on", "1", "y"].contains(bare.lowercased()) ? "true" : expectation }
        return defaultText
    }

    /// As Kafka allows them in names of topics, with the characters of patterns.
    private static func areNames(_ text: String) -> Bool {
        guard text.utf8.count <= 1000 else { return false }
        return text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { name in
            (1...249).contains(name.utf8.count)
                && name.utf8.allSatisfy { byte in
                    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
                        || "._-*?".utf8.contains(byte)
                }
        }
    }

    /// Digits alone: no sign, no leading zero, no exponent, within Int.
    private static func wholeNumber(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), text == "0" || !text.hasPrefix("0") else { return nil }
        return Int(text)
    }
}

extension Duration {
    /// The span as one would write it in the ConfigMap: `5m`, `1h30m`, `1500ms`.
    package var configured: String {
        var rest = microseconds / 1000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] as [(Int64, String)] {
            if rest >= size { text += "\(rest / size)\(unit)" }
            rest %= size
        }
        return text
    }
}
