import AutomatonCore
import Synchronization

/// A journal that says that it wrote, and did not.
struct ForgetfulJournal: Journal {
    enum Gap { case intents, outcomes, suspensions, everything }
    private let journal: any Journal
    private let gap: Gap

    init(_ journal: any Journal, _ gap: Gap) { (self.journal, self.gap) = (journal, gap) }

    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        var recollection = try await journal.takeOver(run: run, since: since)
        if gap == .suspensions { recollection.automaton = nil }
        return gap == .everything ? Recollection() : recollection
    }

    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        gap == .intents ? .written : try await journal.intend(intent, quiet: quiet)
    }

    func write(_ entries: [JournalEntry]) async throws(JournalError) {
        try await journal.write(entries.filter { if case .outcome = $0 { gap != .outcomes } else { true } })
    }

    func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] { try await journal.trail(query) }
    func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] { try await journal.attempts(since: since) }
    func append(_ block: ObservationBlock) async throws(JournalError) { try await journal.append(block) }
    func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        try await journal.blocks(from: from, to: to, receive)
    }
    func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) { try await journal.prune(retention, at: now) }
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
