import AutomatonCore
import Foundation

/// What a journal would have: what was written before a crash, in the form in which it is stored.
struct Book {
    private var subjects: [Subject: Data] = [:]
    private var automaton: Data?
    private var fixes: [FixKey: Data] = [:]
    private(set) var attempts: [AttemptID: AttemptRecord] = [:]
    /// Noted, and lost in a crash.
    private var pending: [JournalEntry] = []
    private var lastWriteAt: Instant?

    mutating func note(_ effect: Effect) {
        switch effect {
        case .outcome(let id, let outcome): pending.append(.outcome(id, outcome))
        case .remember(let subject, let memory): pending.append(.subject(subject, memory))
        case .rememberAutomaton(let memory): pending.append(.automaton(memory))
        case .fix(let record): pending.append(.fix(record))
        default: break
        }
    }

    mutating func intend(_ intent: AttemptIntent, at now: Instant) {
        flush(at: now)
        attempts[intent.attempt] = AttemptRecord(intent: intent)
    }

    mutating func flush(at now: Instant) {
        for entry in pending {
            switch entry {
            case .outcome(let id, let outcome): attempts[id]?.note(outcome)
            case .subject(let subject, let memory): subjects[subject] = memory.map { encode($0) }
            case .automaton(let memory): automaton = encode(memory)
            case .fix(let record): fixes[record.key] = encode(record)
            case .trail, .incident: break
            }
        }
        pending = []
        lastWriteAt = now
    }

    /// What the next run finds.
    mutating func takeOver(at now: Instant) -> Recollection {
        pending = []
        return Recollection(
            subjects: subjects.mapValues { decode($0) }, automaton: automaton.map { decode($0) },
            attempts: attempts.values.filter { $0.isOpen || $0.intent.at > now - .hours(1) }
                .sorted { ($0.intent.at, $0.intent.attempt.text) < ($1.intent.at, $1.intent.attempt.text) },
            fixes: fixes.values.map { decode($0) as FixRecord }.sorted { $0.key < $1.key }, lastWriteAt: lastWriteAt)
    }

    private func encode(_ value: some Encodable) -> Data {
        do { return try JSONEncoder().encode(value) } catch { fatalError("cannot be stored: \(error)") }
    }

    private func decode<Value: Decodable>(_ data: Data) -> Value {
        do { return try JSONDecoder().decode(Value.self, from: data) } catch { fatalError("cannot be read back: \(error)") }
    }
}
