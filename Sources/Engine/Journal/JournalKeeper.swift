import AutomatonCore
import Synchronization

/// Writes what the engine wants remembered, in order, and says when it cannot.
///
/// Everything that is to be written before an intent is written before it; what comes while a write is under way goes with the next one.
/// While the journal fails, nothing is lost but the oldest of a very long trail, and the engine stands down.
actor JournalKeeper {
    /// How the journal is.
    enum Condition: Hashable, Sendable {
        /// It was not taken over, or another run has it: nothing is written.
        case absent(String)
        /// It is written.
        case kept
        /// It fails, and is tried again.
        case failing(String)
    }

    /// Entries that are written at once at most.
    private static let batch = 500

    private let journal: any Journal
    private let queue = JournalQueue()
    private var condition = Condition.absent("the journal has not been read yet")
    private var turns: [CheckedContinuation<Void, Never>] = []
    private var isBusy = false
    private var failures = 0

    init(_ journal: any Journal) { self.journal = journal }

    /// Takes the journal over, and answers with what earlier runs remembered.
    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        await takeTurn()
        defer { endTurn() }
        queue.open()
        let recollection = try await journal.takeOver(run: run, since: since)
        condition = .kept
        failures = 0
        return recollection
    }

    /// Another one has it from now on.
    func leave(_ why: String) {
        condition = .absent(why)
        queue.close()
    }

    /// Notes something to be written soon; what is noted before an intent is asked for is written before it.
    nonisolated func note(_ entries: [JournalEntry]) { queue.append(entries) }

    /// Whether something waits to be written.
    nonisolated var hasWork: Bool { !queue.isEmpty }

    /// Writes what waits.
    func flush() async -> Condition {
        await takeTurn()
        defer { endTurn() }
        return await write()
    }

    /// Writes what waits, then the intent.
    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        await takeTurn()
        defer { endTurn() }
        switch await write() {
        case .absent(let why): throw .takenOver(why)
        case .failing(let why): throw .unavailable(why)
        case .kept: break
        }
        do {
            return try await journal.intend(intent, quiet: quiet)
        } catch {
            fail(error)
            throw error
        }
    }

    /// Writes what waits, then reads the trail.
    func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
        _ = await flush()
        return try await journal.trail(query)
    }

    /// Writes what waits, then reads the history.
    func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage {
        _ = await flush()
        return try await journal.incidents(query)
    }

    /// Writes what waits, then counts in the history.
    func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        _ = await flush()
        return try await journal.incidentCounts(query)
    }

    /// Writes what waits, then reads one incident of the history.
    func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? {
        _ = await flush()
        return try await journal.incident(id)
    }

    /// Writes what waits, then reads attempts.
    func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] {
        _ = await flush()
        return try await journal.attempts(since: since)
    }

    /// Drops incidents that were over before an instant.
    func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int {
        _ = await flush()
        return try await journal.forgetIncidents(closedBefore: instant)
    }

    /// How long to wait after a failure.
    var pause: Duration { failures == 0 ? .zero : min(.seconds(30), .seconds(1) * (1 << min(failures - 1, 5))) }

    private func write() async -> Condition {
        if case .absent = condition { return condition }
        while let part = queue.next(Self.batch) {
            do {
                try await journal.write(part)
                condition = .kept
                failures = 0
                queue.written()
            } catch {
                // What failed is written again, before what came meanwhile.
                queue.notWritten()
                fail(error)
                return condition
            }
        }
        if case .failing = condition { await probe() }
        return condition
    }

    /// Nothing waits, but the last try failed: whether it works again is found out by writing nothing.
    private func probe() async {
        do {
            try await journal.write([])
            condition = .kept
            failures = 0
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: JournalError) {
        if case .absent = condition { return }
        switch error {
        case .takenOver(let why):
            condition = .absent(why)
            queue.close()
        case .unavailable(let why), .unusable(let why):
            failures += 1
            condition = .failing(why)
        }
    }

    /// One at a time, in the order in which they came: an actor alone lets others in while it waits.
    private func takeTurn() async {
        if !isBusy {
            isBusy = true
            return
        }
        await withCheckedContinuation { turns.append($0) }
    }

    private func endTurn() {
        if turns.isEmpty { isBusy = false } else { turns.removeFirst().resume() }
    }
}

/// What waits to be written, in order. The engine appends without waiting.
private final class JournalQueue: Sendable {
    /// Entries of the trail that wait at most while the journal fails.
    private static let longestTrail = 20_000

    private struct State {
        var isOpen = false
        var waiting: [JournalEntry] = []
        var taken: [JournalEntry] = []
    }
    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty && $0.taken.isEmpty } }

    func open() { state.withLock { $0 = State(isOpen: true) } }
    func close() { state.withLock { $0 = State() } }

    func append(_ entries: [JournalEntry]) {
        state.withLock { state in
            guard state.isOpen else { return }
            for entry in entries {
                // Of one subject, and of one incident, only the last word counts.
                if let index = state.waiting.lastIndex(where: { $0.isReplaced(by: entry) }) { state.waiting.remove(at: index) }
                state.waiting.append(entry)
            }
            while state.waiting.count > Self.longestTrail,
                let index = state.waiting.firstIndex(where: { if case .trail = $0 { true } else { false } })
            {
                state.waiting.remove(at: index)
            }
        }
    }

    /// The next entries, in order; they are written, or come again first.
    func next(_ most: Int) -> [JournalEntry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            state.taken = Array(state.waiting.prefix(most))
            state.waiting.removeFirst(state.taken.count)
            return state.taken
        }
    }

    func written() { state.withLock { $0.taken = [] } }

    func notWritten() {
        state.withLock { state in
            state.waiting.insert(contentsOf: state.taken, at: 0)
            state.taken = []
        }
    }
}

extension JournalEntry {
    /// Whether it says nothing any more once the other one is written.
    fileprivate func isReplaced(by other: JournalEntry) -> Bool {
        switch (self, other) {
        case (.subject(let subject, _), .subject(let new, _)): subject == new
        case (.incident(let record), .incident(let new)): record.id == new.id
        case (.fix(let record), .fix(let new)): record.key == new.key
        default: false
        }
    }
}
