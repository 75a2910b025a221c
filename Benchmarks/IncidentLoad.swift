import AutomatonCore
import Engine
import Store

/// A history: one incident every 78 s, so that 100,000 fill 90 days.
struct IncidentLoad {
    let count: Int
    let start: Instant
    /// So many, the last ones, are still open.
    let open: Int

    init(count: Int, start: Instant, open: Int) {
        self.count = count
        self.start = start
        self.open = open
    }

    /// One that ends now.
    static func untilNow(count: Int, open: Int) -> IncidentLoad {
        IncidentLoad(count: count, start: WallClock.read() - .seconds(78 * (count + 1)), open: open)
    }

    subscript(_ number: Int) -> IncidentRecord {
        let subject = Subject(.deployment, namespace: "team-\(number % 20)", name: "service-\(number % 1000)")
        let detectedAt = start + .seconds(78 * number)
        let code = ["OOMKilled", "CrashLoopBackOff", "Error", "Evicted", "MemoryUsage"][number % 5]
        let reason = Reason(code, part: "service-\(number % 1000)-7c9f-x2x5k", container: "app", exitCode: 137, restartCount: 3)
        var record = IncidentRecord(
            Incident(
                key: IncidentKey(rule: "rule-\(number % 11)", subject: subject), detectedAt: detectedAt, priority: .high,
                finding: Finding(subject, observedAt: detectedAt, .seen(Evidence(reasons: [reason])))), at: detectedAt)
        guard number < count - open else { return record }
        (record.closedAt, record.ending, record.status) = (
            detectedAt + .seconds(70), .healed, number.isMultiple(of: 50) ? .failed : .healed
        )
        return record
    }

    func write(to journal: SQLiteJournal) async throws {
        for start in stride(from: 0, to: count, by: 1000) {
            try await journal.write((start..<min(count, start + 1000)).map { .incident(self[$0]) })
        }
    }
}
