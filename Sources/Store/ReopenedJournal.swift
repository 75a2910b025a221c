public import AutomatonCore

/// A journal that is opened by the first call, and again by the next one when that failed: a program starts, and observes, also while
/// its journal is damaged or its disk is missing.
public final class ReopenedJournal: Journal {
    /// Opens it once, however many ask: two openings at once would lock each other out.
    private actor Door {
        private let open: @Sendable () async throws(JournalError) -> any Journal
        private var opened: (any Journal)?
        private var opening: Task<Result<any Journal, JournalError>, Never>?

        init(_ open: @escaping @Sendable () async throws(JournalError) -> any Journal) { self.open = open }

        func journal() async throws(JournalError) -> any Journal {
            if let opened { return opened }
            let task =
                opening
                ?? Task { [open] in
                    do throws(JournalError) { return .success(try await open()) } catch { return .failure(error) }
                }
            opening = task
            let result = await task.value
            if opening == task { opening = nil }
            let journal = try result.get()
            opened = journal
            return journal
        }
    }

    private let door: Door

    /// Opens nothing yet.
    public init(_ open: @escaping @Sendable () async throws(JournalError) -> any Journal) { door = Door(open) }

    private func journal() async throws(JournalError) -> any Journal { try await door.journal() }

    public func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        try await journal().takeOver(run: run, since: since)
    }

    public func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        try await journal().intend(intent, quiet: quiet)
    }

    public func write(_ entries: [JournalEntry]) async throws(JournalError) { try await journal().write(entries) }

    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] { try await journal().trail(query) }

    public func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] { try await journal().attempts(since: since) }

    public func append(_ block: ObservationBlock) async throws(JournalError) { try await journal().append(block) }

    public func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        try await journal().blocks(from: from, to: to, receive)
    }

    public func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {
        try await journal().prune(retention, at: now)
    }
}
