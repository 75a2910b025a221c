public import AutomatonCore

/// A journal that is opened by the first call, and again by the next one when that failed: a program starts, and observes, also while
/// its journal is damaged or its disk is missing.
public final class ReopenedJournal: ForwardingJournal {
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

    public func journal() async throws(JournalError) -> any Journal { try await door.journal() }
}
