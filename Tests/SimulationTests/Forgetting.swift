import AutomatonCore
import Synchronization

/// A journal that says that it wrote, and did not.
struct ForgetfulJournal: ForwardingJournal {
    enum Gap { case intents, outcomes, suspensions, everything }
    private let base: any Journal
    private let gap: Gap

    init(_ journal: any Journal, _ gap: Gap) { (base, self.gap) = (journal, gap) }

    func journal() -> any Journal { base }

    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        var recollection = try await base.takeOver(run: run, since: since)
        if gap == .suspensions { recollection.automaton = nil }
        return gap == .everything ? Recollection() : recollection
    }

    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        gap == .intents ? .written : try await base.intend(intent, quiet: quiet)
    }

    func write(_ entries: [JournalEntry]) async throws(JournalError) {
        try await base.write(entries.filter { if case .outcome = $0 { gap != .outcomes } else { true } })
    }
}

/// What was reported last of each subject.
final class LastReports: Sendable {
    private let seen = Mutex<[Subject: Observation]>([:])

    func replaceUnknown(_ report: CheckReport) -> CheckReport {
        switch report {
        case .complete(let findings): .complete(findings.map { replaceUnknown($0) })
        case .changed(let finding): .changed(replaceUnknown(finding))
        default: report
        }
    }

    private func replaceUnknown(_ finding: Finding) -> Finding {
        seen.withLock { seen in
            var finding = finding
            if case .unknown = finding.observation {
                if let known = seen[finding.subject] { finding.observation = known }
            } else {
                seen[finding.subject] = finding.observation
            }
            return finding
        }
    }
}

/// Never drops a fix that it has seen.
final class FixMemory: Sendable {
    private let seen = Mutex<[FixKey: Fix]>([:])

    func joined(_ fixes: [Fix]) -> [Fix] {
        seen.withLock { seen in
            for fix in fixes { seen[fix.key] = fix }
            return seen.values.sorted { $0.key < $1.key }
        }
    }
}
