public import AutomatonCore
import Synchronization

/// A journal that ends with the process: for tests, and for several runs in one process.
public final class MemoryJournal: Journal {
    /// What several runs share.
    private final class Contents: Sendable {
        let state = Mutex(State())
    }

    private let contents: Contents
    private let tenure = Tenure()
    private let name = "the journal in memory"

    /// Makes an empty journal.
    public init() { contents = Contents() }

    /// The same journal for another run.
    public init(sharing other: MemoryJournal) { contents = other.contents }

    public func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        let (epoch, recollection) = contents.state.withLock { state in
            state.holder = run
            state.epoch += 1
            return (state.epoch, state.recollection(since: since))
        }
        tenure.begin(epoch)
        return recollection
    }

    public func recollect(since: Instant) async throws(JournalError) -> Recollection {
        contents.state.withLock { $0.recollection(since: since) }
    }

    public func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        try withTenure { state in state.intend(intent, quiet: quiet) }
    }

    public func write(_ entries: [JournalEntry]) async throws(JournalError) {
        try withTenure { state in for entry in entries { state.write(entry) } }
    }

    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
        contents.state.withLock { state in
            let chosen = state.trail.filter { query.matches($0) }
            return Array(chosen.suffix(max(0, query.limit)))
        }
    }

    public func attempts(since: Instant) async throws(JournalError) -> [AttemptRecord] {
        contents.state.withLock { state in state.attempts(where: { $0.record.intent.at >= since }) }
    }

    public func incidents(_ query: IncidentQuery) async throws(JournalError) -> IncidentPage {
        contents.state.withLock { IncidentPage(of: Array($0.incidents.values), query) }
    }

    public func incident(_ id: IncidentID) async throws(JournalError) -> IncidentRecord? { contents.state.withLock { $0.incidents[id] } }

    public func incidentCounts(_ query: IncidentQuery) async throws(JournalError) -> IncidentCounts {
        contents.state.withLock { query.counts(of: $0.incidents.values) }
    }

    public func forgetIncidents(closedBefore instant: Instant) async throws(JournalError) -> Int {
        try withTenure { state in
            let before = state.incidents.count
            state.incidents = state.incidents.filter { $0.value.closedAt.map { $0 >= instant } ?? true }
            return before - state.incidents.count
        }
    }

    public func append(_ block: ObservationBlock) async throws(JournalError) {
        try withTenure { state in
            guard !state.blocks.contains(block) else { return }
            let index = state.blocks.lastIndex { $0.from <= block.from }.map { $0 + 1 } ?? 0
            state.blocks.insert(block, at: index)
        }
    }

    public func blocks(from: Instant, to: Instant, _ receive: (ObservationBlock) throws -> Void) async throws {
        let chosen = contents.state.withLock { $0.blocks.filter { $0.from <= to && $0.to >= from } }
        for block in chosen { try receive(block) }
    }

    public func prune(_ retention: JournalRetention, at now: Instant) async throws(JournalError) {
        try withTenure { state in state.prune(retention, at: now) }
    }

    private func withTenure<Value>(_ work: (inout sending State) -> sending Value) throws(JournalError) -> Value {
        let epoch = try tenure.epoch(name)
        let answer: Result<Value, JournalError> = contents.state.withLock { state in
            guard state.epoch == epoch else { return .failure(TakenOver(by: state.holder).error(name)) }
            return .success(work(&state))
        }
        return try answer.get()
    }
}

extension MemoryJournal {
    /// What a row of attempts holds.
    private struct Attempt {
        var record: AttemptRecord
        /// From when others keep their distance; nil when none need to.
        var quietFrom: Instant?
    }

    private struct State {
        var holder = ""
        var epoch: Int64 = 0
        var subjects: [Subject: SubjectMemory] = [:]
        var automaton: AutomatonMemory?
        var attempts: [AttemptID: Attempt] = [:]
        /// The attempts on each subject.
        var bySubject: [Subject: [AttemptID]] = [:]
        /// Oldest first.
        var trail: [TrailEntry] = []
        var known: Set<TrailEntry> = []
        var incidents: [IncidentID: IncidentRecord] = [:]
        var fixes: [FixKey: FixRecord] = [:]
        /// Oldest first.
        var blocks: [ObservationBlock] = []

        func recollection(since: Instant) -> Recollection {
            Recollection(
                subjects: subjects, automaton: automaton, attempts: attempts(where: { $0.record.isOpen || $0.record.intent.at > since }),
                fixes: fixes.values.sorted { $0.key < $1.key }, lastWriteAt: [trail.last?.at, blocks.last?.to].compactMap { $0 }.max())
        }

        func attempts(where holds: (Attempt) -> Bool) -> [AttemptRecord] {
            attempts.values.filter(holds).map(\.record).sorted {
                ($0.intent.at, $0.intent.attempt.text) < ($1.intent.at, $1.intent.attempt.text)
            }
        }

        mutating func intend(_ intent: AttemptIntent, quiet: Duration) -> IntentAnswer {
            let subject = intent.incident.subject
            if intent.kind == .takeBack {
                if attempts[intent.attempt] != nil {
                    attempts[intent.attempt]?.record.intent = intent
                    attempts[intent.attempt]?.record.takingBack = nil
                } else {
                    attempts[intent.attempt] = Attempt(record: AttemptRecord(intent: intent))
                    bySubject[subject, default: []].append(intent.attempt)
                }
                return .written
            }
            let others = (bySubject[subject] ?? []).compactMap { id -> (AttemptID, Instant)? in
                guard let other = attempts[id] else { return nil }
                let known = other.record.intent
                guard let from = other.quietFrom, from > intent.at - quiet, !other.record.isVoid, known.attempt != intent.attempt,
                    known.incident.rule == intent.incident.rule || known.remediation == intent.remediation
                else { return nil }
                return (known.attempt, from)
            }
            if let (other, at) = others.min(by: { ($1.1, $0.0.text) < ($0.1, $1.0.text) }) { return .tooSoon(other, at: at) }
            if attempts[intent.attempt] == nil { bySubject[subject, default: []].append(intent.attempt) }
            attempts[intent.attempt] = Attempt(record: AttemptRecord(intent: intent), quietFrom: intent.at)
            return .written
        }

        mutating func write(_ entry: JournalEntry) {
            switch entry {
            case .outcome(let attempt, let outcome): attempts[attempt]?.record.note(outcome)
            case .subject(let subject, let memory): subjects[subject] = memory
            case .automaton(let memory): automaton = memory
            case .incident(let record): incidents[record.id] = record
            case .fix(let record): fixes[record.key] = record
            case .trail(let entry):
                guard known.insert(entry).inserted else { return }
                let index = trail.lastIndex { $0.at <= entry.at }.map { $0 + 1 } ?? 0
                trail.insert(entry, at: index)
            }
        }

        mutating func prune(_ retention: JournalRetention, at now: Instant) {
            let oldest = now - retention.trail
            trail.removeAll { $0.at < oldest }
            let last = IncidentPage(of: Array(incidents.values), IncidentQuery(limit: max(0, retention.incidents))).records
            let latest = Set(last.map(\.id))
            incidents = incidents.filter { id, record in
                record.isOpen || latest.contains(id) && record.closedAt.map { $0 >= oldest } ?? true
            }
            known = Set(trail)
            fixes = fixes.filter { $0.value.fix != nil || $0.value.at >= oldest }
            attempts = attempts.filter { $0.value.record.isOpen || $0.value.record.intent.at >= oldest }
            bySubject = Dictionary(grouping: attempts.values.map(\.record.intent)) { $0.incident.subject }.mapValues { $0.map(\.attempt) }
            blocks.removeAll { $0.to < now - retention.observations }
            var total: Int64 = 0
            let kept = blocks.reversed().prefix { block in
                total += Int64(block.bytes.count)
                return total <= retention.observationBytes
            }
            blocks = kept.reversed()
        }
    }
}
