import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is kept in rows as text: JSON with sorted keys.
enum JournalText {
    private static let infinity = (positive: "Infinity", negative: "-Infinity", nan: "NaN")

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A check may have measured such a figure: no reason to lose a memory.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinity.positive, negativeInfinity: infinity.negative, nan: infinity.nan)
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// - Parameter what: what is read, for the text of the error.
    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String, _ what: @autoclosure () -> String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinity.positive, negativeInfinity: infinity.negative, nan: infinity.nan)
        do {
            return try decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw UnreadableRow(what: what())
        }
    }

    /// Tells rows of one instant apart: what is written again because an answer was lost stands there once.
    static func digest(_ bytes: some Sequence<UInt8>) -> Int64 {
        var hash = StableHash()
        hash.add(bytes)
        return Int64(bitPattern: hash.value)
    }
}

/// An entry with its texts made before the transaction begins: while one is open, others wait.
enum EncodedEntry: Sendable {
    case outcome(AttemptID, AttemptOutcome)
    case subject(Subject, String?)
    case automaton(String)
    case trail(TrailEntry, String)
    case incident(IncidentRecord, String)
    case fix(FixRecord, String)

    init(_ entry: JournalEntry) throws {
        self =
            switch entry {
            case .outcome(let attempt, let outcome): .outcome(attempt, outcome)
            case .subject(let subject, let memory): .subject(subject, try memory.map { try JournalText.encode($0) })
            case .automaton(let memory): .automaton(try JournalText.encode(memory))
            case .trail(let entry): .trail(entry, try JournalText.encode(entry))
            case .incident(let record): .incident(record, try JournalText.encode(record))
            case .fix(let record): .fix(record, try JournalText.encode(record))
            }
    }
}

/// An attempt as its row has it.
struct EncodedAttempt: Sendable {
    static let columns = "intent, write_outcome, verification, taking_back"

    var texts: [String?]

    /// Nil when these are not the columns.
    init?(_ row: [RowValue]) {
        guard row.count == 4, row[0].text != nil else { return nil }
        texts = row.map(\.text)
    }

    func decode() throws -> AttemptRecord {
        func outcome(_ index: Int) throws -> AttemptOutcome? {
            try texts[index].map { try JournalText.decode(AttemptOutcome.self, $0, "the outcome of an attempt") }
        }
        return AttemptRecord(
            intent: try JournalText.decode(AttemptIntent.self, texts[0] ?? "", "the intent of an attempt"), write: try outcome(1),
            verification: try outcome(2), takingBack: try outcome(3))
    }
}

/// What a run takes over, as the rows have it: it is decoded when the transaction is over.
struct EncodedRecollection: Sendable {
    var subjects: [(Subject, String)] = []
    var automaton: String?
    var attempts: [EncodedAttempt] = []
    var fixes: [String] = []
    /// Microseconds since 1970.
    var lastWriteAt: Int64?

    func decode() throws -> Recollection {
        var recollection = Recollection()
        for (subject, text) in subjects {
            recollection.subjects[subject] = try JournalText.decode(SubjectMemory.self, text, "what is remembered of \(subject)")
        }
        recollection.automaton = try automaton.map {
            try JournalText.decode(AutomatonMemory.self, $0, "what is remembered beyond single subjects")
        }
        recollection.lastWriteAt = lastWriteAt.map { Instant(microseconds: $0) }
        recollection.attempts = try attempts.map { try $0.decode() }
        recollection.fixes = try fixes.map { try JournalText.decode(FixRecord.self, $0, "a fix") }.sorted { $0.key < $1.key }
        return recollection
    }
}
