import AutomatonCore
import Rules

/// What happened, held against what is expected: every expectation has to be met, and everything that is done has to be expected.
struct Judgement {
    private(set) var failures: [RehearsalReport.Failure] = []

    private let script: Script
    private let record: Record

    init(_ script: Script, _ record: Record) {
        self.script = script
        self.record = record
        var unmet = record.decisions.compactMap { decision in Deed(decision.choice).map { (decision, $0) } }
        for expectation in script.test.expectations {
            if let index = unmet.firstIndex(where: { isMet(expectation, by: $0.0, $0.1) }) {
                unmet.remove(at: index)
            } else if !isMet(expectation) {
                failures.append(
                    RehearsalReport.Failure(
                        line: expectation.position.line, at: expectation.at.configured, expected: expectation.words,
                        instead: instead(of: expectation)))
            }
        }
        for (decision, deed) in unmet {
            failures.append(
                RehearsalReport.Failure(
                    line: script.test.line, at: time(decision.at), expected: nil,
                    instead: "\(deed.words) of \(decision.incident): \(decision.reason)"))
        }
        for (at, what, remediation) in record.missing where !failures.isEmpty {
            failures.append(
                RehearsalReport.Failure(
                    line: script.test.line, at: time(at), expected: nil,
                    instead: "\(remediation) asked for something that the world of the case lacks: write \(what)"))
        }
    }

    private func time(_ instant: Instant) -> String { (instant - script.test.start).configured }

    /// A deed, exactly then.
    private func isMet(_ expectation: Expectation, by decision: Decision, _ deed: Deed) -> Bool {
        guard case .deed(let word, let remediation, let changes) = expectation.kind, deed.word == word, concerns(expectation, decision),
            decision.at == script.test.start + expectation.at, remediation == nil || deed.remediation == remediation
        else { return false }
        let made = deed.plan?.changes.map(\.summary) ?? []
        return changes.allSatisfy { change in made.contains { $0.contains(change) } }
    }

    private func concerns(_ expectation: Expectation, _ decision: Decision) -> Bool {
        expectation.concerns(decision.incident) && (expectation.why.map { decision.reason.contains($0) } ?? true)
    }

    private func isMet(_ expectation: Expectation) -> Bool {
        let at = script.test.start + expectation.at
        switch expectation.kind {
        case .deed: return false
        case .hold(let hold):
            return open(at).contains { key in
                guard expectation.concerns(key), let last = lastDecision(key, by: at), case .hold(hold) = last.choice else { return false }
                return concerns(expectation, last)
            }
        case .escalate(let remediation):
            return record.decisions.contains {
                guard case .escalate(to: remediation) = $0.choice else { return false }
                return $0.at == at && concerns(expectation, $0)
            }
        case .verified(let outcome):
            return changes(expectation, at) {
                if case .verified(_, _, outcome) = $0.kind { true } else { false }
            }
        case .opened(let priority):
            return changes(expectation, at) {
                if case .opened = $0.kind { priority == nil || $0.incident.priority == priority } else { false }
            }
        case .closed(let ending):
            return record.changes.contains { _, change in
                guard case .closed(let how) = change.kind, expectation.concerns(change.incident.key) else { return false }
                return change.at == at && (ending == nil || how == ending)
            }
        case .open(let priority):
            return open(at).contains { expectation.concerns($0) && (priority == nil || self.priority($0, at) == priority) }
        case .noIncident: return !open(at).contains { expectation.concerns($0) }
        case .storm(let begins):
            return record.notices.contains { when, notice in
                switch notice {
                case .stormBegan: begins && when == at
                case .stormEnded: !begins && when == at
                default: false
                }
            }
        }
    }

    private func changes(_ expectation: Expectation, _ at: Instant, _ isMeant: (IncidentChange) -> Bool) -> Bool {
        record.changes.contains { $0.toldAt == at && expectation.concerns($0.change.incident.key) && isMeant($0.change) }
    }

    /// The incidents that are open after everything that happened until then.
    private func open(_ at: Instant) -> [IncidentKey] {
        var open: Set<IncidentKey> = []
        for (toldAt, change) in record.changes where toldAt <= at {
            switch change.kind {
            case .opened: open.insert(change.incident.key)
            case .closed: open.remove(change.incident.key)
            case .priority, .attempted, .verified, .reverted, .restored: break
            }
        }
        return open.sorted()
    }

    private func priority(_ key: IncidentKey, _ at: Instant) -> Priority? {
        record.changes.last { $0.toldAt <= at && $0.change.incident.key == key }?.change.incident.priority
    }

    private func lastDecision(_ key: IncidentKey, by at: Instant) -> Decision? {
        record.decisions.last { $0.incident == key && $0.at <= at }
    }

    // MARK: What to tell

    /// What happened in the place of what was expected, and why.
    private func instead(of expectation: Expectation) -> String {
        let at = script.test.start + expectation.at
        var parts: [String] = []
        if case .closed = expectation.kind {
            for (toldAt, change) in record.changes where expectation.concerns(change.incident.key) {
                if case .closed(let how) = change.kind {
                    parts.append("\(change.incident.key.rule) closed as of \(time(change.at)) (\(how.rawValue)), told at \(time(toldAt))")
                }
            }
        }
        for decision in record.decisions where decision.at == at && expectation.concerns(decision.incident) {
            parts.append("\(decision.incident.rule): \(words(decision))")
        }
        if parts.isEmpty {
            for key in open(at) where expectation.concerns(key) {
                if let last = lastDecision(key, by: at) {
                    parts.append("\(key.rule): \(words(last)), since \(time(last.at))")
                } else {
                    parts.append("\(key.rule) is open, and nothing is decided")
                }
            }
        }
        if parts.isEmpty { parts.append("no incident is open, and nothing is decided") }
        if case .deed(let word, let remediation, _) = expectation.kind,
            let other = record.decisions.first(where: { decision in
                guard let deed = Deed(decision.choice) else { return false }
                return decision.at != at && expectation.concerns(decision.incident) && deed.word == word
                    && (remediation == nil || deed.remediation == remediation)
            })
        {
            parts.append("it came at \(time(other.at))")
        }
        return parts.joined(separator: "; ")
    }

    private func words(_ decision: Decision) -> String {
        switch decision.choice {
        case .hold(let hold): "hold \(hold.rawValue): \(decision.reason)"
        case .escalate(let remediation): "escalate \(remediation): \(decision.reason)"
        default: "\(Deed(decision.choice)?.words ?? "nothing"): \(decision.reason)"
        }
    }
}
