public import AutomatonCore

/// An attempt that a person may want taken back.
public struct Reversal: Hashable, Sendable {
    /// The incident that it was made in.
    public let record: IncidentRecord
    /// The attempt.
    public let attempt: IncidentRecord.Attempt
    /// What would be changed: the values that it left, and the former ones.
    public let changes: [Change]
    /// Whether it is watched still: taken back, it counts as one that did not help.
    public let isWatched: Bool
    /// Why it may not be done now; nil when it may.
    public var refusal: Refusal?
}

/// What people take back.
extension Engine {
    /// What taking back an attempt would change, and why it may not be; nil when the incident has no such attempt.
    /// - Parameter attempt: nil for the last one that was written and still stands.
    /// - Throws: `JournalError`; ``NotLeading`` and ``NotReady``.
    public func reversal(of attempt: AttemptID?, in id: IncidentID) async throws -> Reversal? {
        try await reversible(attempt, id)?.reversal
    }

    /// A person wants an attempt taken back. The write is made like any other, and told in the incident's story; nil when there is no such
    /// attempt, and a refusal when nothing is written.
    /// - Throws: as ``reversal(of:in:)``.
    public func takeBack(_ attempt: AttemptID?, in id: IncidentID, by: String) async throws -> Reversal? {
        guard let (reversal, request) = try await reversible(attempt, id) else { return nil }
        guard let request, reversal.refusal == nil else { return reversal }
        // What becomes of it is noted on the incident, also on one that was over long ago.
        history.adopt(reversal.record)
        step(.takeBack(request, by: by))
        await writeNotes()
        return reversal
    }

    private func reversible(_ attempt: AttemptID?, _ id: IncidentID) async throws -> (reversal: Reversal, request: TakingBack?)? {
        try requireLeading()
        guard let record = try await incident(id) else { return nil }
        let standing = record.attempts.last { $0.writtenAt != nil && $0.undoneAt == nil }
        guard let attempt = attempt.map({ id in record.attempts.first { $0.id == id } }) ?? standing else { return nil }
        let known = try await attempts(since: attempt.at - .minutes(5))
        // Nothing is waited for from here on: what is asked is what is done.
        try requireLeading()
        var reversal = Reversal(
            record: record, attempt: attempt, changes: [], isWatched: automaton.isWatched(attempt.id, on: record.key.subject))
        guard let taken = known.last(where: { $0.intent.attempt == attempt.id && $0.intent.kind == .apply }) else {
            reversal.refusal = Refusal(.refused, "the journal no longer has what it wrote")
            return (reversal, nil)
        }
        let request = TakingBack(taken.intent, of: Incident(record))
        reversal = Reversal(
            record: record, attempt: attempt, changes: automaton.changes(takingBack: request), isWatched: reversal.isWatched,
            refusal: taken.hindrance(among: known) ?? automaton.refusal(of: request, at: clock.now()))
        return (reversal, request)
    }

    /// Attempts that were authorised since: of the journal, or without one of this run.
    private func attempts(since: Instant) async throws -> [AttemptRecord] {
        guard let keeper else { return recentAttempts.filter { $0.intent.at >= since } }
        handOverNotes()
        return try await keeper.attempts(since: since)
    }
}

extension AttemptRecord {
    /// What the journal knows that speaks against taking it back; nil when nothing does.
    fileprivate func hindrance(among all: [AttemptRecord]) -> Refusal? {
        if case .notApplied(let why) = write { return Refusal(.refused, "nothing was written: \(why)") }
        if case .takenBack = takingBack { return Refusal(.refused, "it was taken back already") }
        let others = all.filter { other in
            guard other.intent.attempt != intent.attempt, other.intent.at >= intent.at, other.intent.plan.subject == intent.plan.subject,
                other.intent.remediation == intent.remediation || other.intent.writesTheSame(as: intent)
            else { return false }
            if case .notApplied = other.write { return false }
            return true
        }
        // What puts an attempt back bears its plan.
        let back = others.filter { $0.intent.kind == .putBack }
        if let back = back.last(where: { $0.intent.plan.write == intent.plan.write }) {
            return Refusal(.refused, "it was put back already, at \(back.intent.at.timeOfDay)")
        }
        let later = others.last { other in
            guard other.intent.kind == .apply, !back.contains(where: { $0.intent.plan.write == other.intent.plan.write }) else {
                return false
            }
            if case .takenBack = other.takingBack { return false }
            return true
        }
        return later.map {
            Refusal(
                .refused, "attempt \($0.intent.attempt) of \($0.intent.at.timeOfDay) came after it: what is there now may be that one's")
        }
    }
}

extension AttemptIntent {
    /// Whether it wrote what another one had written before: a fix that was undone in between, and applied again.
    fileprivate func writesTheSame(as other: AttemptIntent) -> Bool {
        guard kind == .apply, let edits = plan.write.workload?.edits, let others = other.plan.write.workload?.edits else { return false }
        return edits.contains(where: others.contains)
    }
}
