import AutomatonCore
import Synchronization

/// A database that keeps the journal's tables.
protocol RowStore: Sendable {
    /// How texts call it: `the journal /var/lib/automaton/journal.sqlite`.
    var name: String { get }

    /// Does something in one transaction. Never waits on the caller's thread, unless that is asked for.
    /// - Parameter writes: whether it may change something.
    func perform<Value: Sendable>(
        writes: Bool, _ work: @escaping @Sendable (JournalTables) throws -> Value
    ) async throws(JournalError) -> Value
}

/// The epoch in which an object has its journal.
final class Tenure: Sendable {
    private let held = Mutex<Int64?>(nil)

    func begin(_ epoch: Int64) { held.withLock { $0 = epoch } }

    func epoch(_ journal: String) throws(JournalError) -> Int64 {
        guard let epoch = held.withLock({ $0 }) else { throw .notTakenOver(journal) }
        return epoch
    }
}

extension JournalError {
    static func notTakenOver(_ journal: String) -> JournalError {
        .unusable("\(journal) has not been taken over by this run: it may read it, and write nothing")
    }

    static func unreadable(_ journal: String, _ what: String) -> JournalError {
        .unusable("\(journal) holds what this version of the program cannot read (\(what)): look whether another version wrote it")
    }
}

/// A journal in tables, for one run: what SQLite's and PostgreSQL's have in common.
final class RowJournal<Store: RowStore>: Sendable {
    let store: Store
    private let tenure = Tenure()
    private var name: String { store.name }

    init(_ store: Store) { self.store = store }

    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        let (epoch, recollection) = try await store.perform(writes: true) { tables in try tables.takeOver(run: run, since: since) }
        tenure.begin(epoch)
        return try read { try recollection.decode() }
    }

    func recollect(since: Instant) async throws(JournalError) -> Recollection {
        let recollection = try await store.perform(writes: false) { tables in try tables.recollect(since: since) }
        return try read { try recollection.decode() }
    }

    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        let epoch = try tenure.epoch(name)
        let text = try read { try JournalText.encode(intent) }
        return try await store.perform(writes: true) { tables in
            try tables.require(epoch)
            return try tables.intend(intent, text, quiet: quiet)
        }
    }

    func write(_ entries: [JournalEntry]) async throws(JournalError) {
        let epoch = try tenure.epoch(name)
        let entries = try read { try entries.map { try EncodedEntry($0) } }
        try await store.perform(writes: true) { tables in
            try tables.require(epoch)
            try tables.write(entries)
        }
    }

    func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
        let texts = try await store.perform(writes: false) { tables in try tables.trail(query) }
        return try read { try texts.map { try JournalText.decode(TrailEntry.self, $0, "an entry of the trail") } }
    }

    func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] {
        let attempts = try await store.perform(writes: false) { tables in try tables.attempts(since: since) }
        return try read { try attempts.map { try $0.decode() } }
    }

    func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage {
        let (texts, total) = try await store.perform(writes: false) { tables in try tables.incidents(query) }
        return try read { IncidentPage(records: try texts.map(Self.record), total: total) }
    }

    func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        let counted = try await store.perform(writes: false) { tables in try tables.incidentCounts(query) }
        return Dictionary(
            uniqueKeysWithValues: counted.compactMap { word, count in IncidentRecord.Status(rawValue: word).map { ($0, count) } })
    }

    func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? {
        let text = try await store.perform(writes: false) { tables in try tables.incident(id) }
        return try read { try text.map(Self.record) }
    }

    private static func record(_ text: String) throws -> IncidentRecord {
        try JournalText.decode(IncidentRecord.self, text, "an incident")
    }

    func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int {
        let epoch = try tenure.epoch(name)
        return try await store.perform(writes: true) { tables in
            try tables.require(epoch)
            return try tables.forgetIncidents(closedBefore: instant)
        }
    }

    func append(_ block: ObservationBlock) async throws(JournalError) {
        let epoch = try tenure.epoch(name)
        try await store.perform(writes: true) { tables in
            try tables.require(epoch)
            try tables.append(block)
        }
    }

    func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        var last: BlockPosition?
        while true {
            let page = try await store.perform(writes: false) { [last] tables in try tables.blocks(from: from, to: to, after: last) }
            guard let end = page.last else { return }
            for stored in page { try receive(stored.block) }
            last = end.position
        }
    }

    func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {
        let epoch = try tenure.epoch(name)
        try await store.perform(writes: true) { tables in
            try tables.require(epoch)
            try tables.prune(retention, at: now)
        }
    }

    private func read<Value>(_ work: () throws -> Value) throws(JournalError) -> Value {
        do {
            return try work()
        } catch let error as UnreadableRow {
            throw .unreadable(name, error.what)
        } catch {
            throw .unusable("\(name) cannot take what is to be written: \(error)")
        }
    }
}
