import AutomatonCore

/// What cannot be told, and why, so that each is told once: nothing acts on it, and a person should know.
struct Unknowns {
    private struct Key: Hashable {
        var check: CheckID
        var subject: Subject
    }

    /// A reason that changes is told again once a minute at most.
    private static let quiet: Duration = .minutes(1)

    private var reasons: [Key: (why: String, toldAt: Instant)] = [:]
    private var missing: [Key: String] = [:]

    /// Takes a report; answers with what became unknown or known again (nil), in order.
    mutating func take(_ report: CheckReport, from check: CheckID, at now: Instant) -> [(subject: Subject, why: String?)] {
        switch report {
        case .complete(let findings):
            var changes: [(subject: Subject, why: String?)] = []
            if !reasons.isEmpty || !missing.isEmpty {
                let seen = Set(findings.map(\.subject))
                reasons = reasons.filter { $0.key.check != check || seen.contains($0.key.subject) }
                missing = missing.filter { $0.key.check != check || seen.contains($0.key.subject) }
            }
            for finding in findings {
                if let change = take(finding, check, now) { changes.append(change) }
            }
            return changes
        case .changed(let finding):
            // What a watch cannot tell for a moment, while pods come and go, is no news; that it can again is.
            if case .unknown = finding.observation { return [] }
            return take(finding, check, now).map { [$0] } ?? []
        case .gone(let subject):
            reasons[Key(check: check, subject: subject)] = nil
            missing[Key(check: check, subject: subject)] = nil
            return []
        case .current, .population, .blind, .waiting: return []
        }
    }

    private mutating func take(_ finding: Finding, _ check: CheckID, _ now: Instant) -> (subject: Subject, why: String?)? {
        guard case .unknown(let why) = finding.observation else {
            guard !reasons.isEmpty, reasons.removeValue(forKey: Key(check: check, subject: finding.subject)) != nil else { return nil }
            return (finding.subject, nil)
        }
        let key = Key(check: check, subject: finding.subject)
        if let before = reasons[key], before.why == why || now - before.toldAt < Self.quiet { return nil }
        reasons[key] = (why, now)
        return (finding.subject, why)
    }

    /// Whether what is missing of a subject is news.
    mutating func note(missing why: String?, of subject: Subject, by check: CheckID) -> Bool {
        let key = Key(check: check, subject: subject)
        let before = missing[key]
        missing[key] = why
        return before != why
    }

    /// The check no longer runs.
    mutating func forget(_ check: CheckID) {
        reasons = reasons.filter { $0.key.check != check }
        missing = missing.filter { $0.key.check != check }
    }
}
