import AutomatonCore
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the history costs who reads it: 100,000 incidents in SQLite, asked for as the API asks. Baseline: one incident by its name.
enum IncidentBenchmark {
    private static let noon = Instant(seconds: 1_772_366_400)
    private static let incidents = 100_000

    private struct Failure: Error { let text: String }

    static func run() async throws {
        var template = Array("/var/tmp/automaton-incidents-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(text: "no temporary folder") }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { for name in ["", "-wal", "-shm"] { unlink("\(directory)/journal.sqlite\(name)") } }
        defer { rmdir(directory) }
        let journal = try await SQLiteJournal.open(directory: directory)
        _ = try await journal.takeOver(run: "benchmark", since: noon)
        let records = IncidentLoad(count: incidents, start: noon, open: 40)
        try await records.write(to: journal)
        print("incidents: \(incidents) in SQLite, 50 a page")
        let last = records[incidents / 2]
        let base = try await measure("one by its name", against: nil) { number in
            _ = try await journal.incident(records[number * 997 % incidents].id)
        }
        let cases: [(String, IncidentQuery)] = [
            ("the first page, with the number of all", IncidentQuery()),
            ("a page in the middle", IncidentQuery(after: .init(detectedAt: last.detectedAt, id: last.id))),
            ("those that failed", IncidentQuery(status: .failed)),
            ("critical ones of a namespace", IncidentQuery(namespace: "team-3", severity: .critical)),
            (
                "healed, critical, of a namespace, of 30 days",
                IncidentQuery(
                    status: .healed, namespace: "team-3", severity: .critical, since: noon + .hours(24 * 60))
            ),
            ("open ones", IncidentQuery(isOpen: true)),
        ]
        for (name, query) in cases { _ = try await measure(name, against: base) { _ in _ = try await journal.incidents(query) } }
        _ = try await measure("the figures of the status: open, and of the last day, by status", against: base) { _ in
            _ = try await journal.incidentCounts(IncidentQuery(isOpen: true))
            _ = try await journal.incidentCounts(IncidentQuery(since: noon + .hours(24 * 89)))
        }
        await journal.close()
    }

    private static func measure(_ name: String, against base: Double?, _ work: (Int) async throws -> Void) async throws -> Double {
        var spent: [Double] = []
        for number in 0..<300 {
            let start = ContinuousClock.now
            try await work(number)
            let time = ContinuousClock.now - start
            spent.append(Double(time.components.seconds) * 1000 + Double(time.components.attoseconds) / 1e15)
        }
        spent.sort()
        let (median, high) = (spent[spent.count / 2], spent[spent.count * 99 / 100])
        let ratio = base.map { ", \(Int(median / $0 + 0.5)) × the time of one" } ?? ""
        print("  \(name): \(hundredths(median)) ms, 99th percentile \(hundredths(high)) ms\(ratio)")
        return median
    }

    private static func hundredths(_ value: Double) -> String {
        let hundredths = Int(value * 100 + 0.5)
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
