internal import AutomatonCore

/// The stamps of attempts in the annotation `self-healing-automaton/attempts`: a JSON array, the newest last.
///
/// A text that cannot be read, because a person edited it, is an error: to take it for "no attempts" could allow a second attempt within
/// the cooldown.
enum AttemptStamps {
    /// So many are kept: those of the longest cooldown and of the breaker.
    static let kept = 10

    /// Reads the annotation; nothing for one that is absent or empty. Unknown members are passed over.
    static func decode(_ annotation: String?) throws(ScanError) -> [Stamp] {
        guard let annotation, !annotation.isEmpty else { return [] }
        let text = Array(annotation.utf8)
        let bytes = text.span
        var cursor = JSONCursor()
        var stamps: [Stamp] = []
        guard try cursor.enterArray(bytes) else { throw ScanError(.expected("an array"), at: 0) }
        while try cursor.nextElement(bytes) {
            let start = cursor.offset
            guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: start) }
            stamps.append(try stamp(&cursor, bytes))
        }
        try cursor.end(bytes)
        return stamps
    }

    private static func stamp(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Stamp {
        var attempt: String?
        var rule: String?
        var remediation: String?
        var at: Instant?
        var fields = SeenFields()
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "attempt", bytes) {
                try fields.see(0, "attempt", key)
                attempt = try cursor.string(bytes)
            } else if cursor.matches(key, "rule", bytes) {
                try fields.see(1, "rule", key)
                rule = try cursor.string(bytes)
            } else if cursor.matches(key, "remediation", bytes) {
                try fields.see(2, "remediation", key)
                remediation = try cursor.string(bytes)
            } else if cursor.matches(key, "at", bytes) {
                try fields.see(3, "at", key)
                at = try cursor.instant(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        guard let attempt else { throw ScanError(.missing("attempt"), at: cursor.offset) }
        guard let rule else { throw ScanError(.missing("rule"), at: cursor.offset) }
        guard let remediation else { throw ScanError(.missing("remediation"), at: cursor.offset) }
        guard let at else { throw ScanError(.missing("at (a time as in RFC 3339)"), at: cursor.offset) }
        return Stamp(attempt: AttemptID(attempt), rule: rule, remediation: remediation, at: at)
    }

    /// Writes the annotation: the stamps so far and the new one, the newest ten of them.
    static func encode(_ stamps: [Stamp], adding stamp: Stamp) -> String {
        var json = JSONText()
        json.append(raw: "[")
        var isFirst = true
        for stamp in (stamps + [stamp]).suffix(kept) {
            json.append(raw: isFirst ? "{\"attempt\":" : ",{\"attempt\":")
            json.append(string: stamp.attempt.text)
            json.append(raw: ",\"rule\":")
            json.append(string: stamp.rule)
            json.append(raw: ",\"remediation\":")
            json.append(string: stamp.remediation)
            json.append(raw: ",\"at\":")
            json.append(string: stamp.at.rfc3339Micro)
            json.append(raw: "}")
            isFirst = false
        }
        json.append(raw: "]")
        return json.string
    }
}
