import SeededRandom
import AutomatonCore
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a journal costs: intents a second, held against a file that is merely synced as often; and a month of observations of a namespace
/// with 1,000 workloads, in bytes and in seconds to read back.
enum StoreBenchmark {
    private static let noon = Instant(seconds: 1_772_366_400)

    static func run() async throws {
        var template = Array("/var/tmp/automaton-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(text: "no temporary folder") }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(directory) }
        try await intents(directory)
        try await month(directory)
    }

    private struct Failure: Error { let text: String }

    // MARK: Intents

    private static func intents(_ directory: String) async throws {
        let count = 1000
        print("store: \(count) intents and their outcomes, one after another, each on the disk before the next")
        let bare = try syncs("\(directory)/bare", 2 * count)
        print("  a file of 1,000 pages, written over one by one and synced each time: \(perSecond(2 * count, bare))")
        let file = try await SQLiteJournal.open(directory: directory)
        let safe = try await write(count, to: file)
        print("  SQLite: \(perSecond(2 * count, safe)), \(hundredths(safe / bare)) × the time of the bare file")
        await file.close()
        let fast = try SQLiteJournal.inMemory()
        let inline = try await write(count, to: fast)
        print("  SQLite in memory, on the caller's thread (as in the simulation): \(perSecond(2 * count, inline))")
        let memory = try await write(count, to: MemoryJournal())
        print("  in memory, without SQLite: \(perSecond(2 * count, memory))")
    }

    private static func write(_ count: Int, to journal: any Journal) async throws -> Double {
        _ = try await journal.takeOver(run: "benchmark", since: noon)
        return try await seconds {
            for number in 0..<count {
                let subject = Subject(.deployment, namespace: "production", name: "service-number-\(number)")
                let id = AttemptID("benchmark-\(number)")
                let edit = WorkloadWrite.Edit.replicas(number)
                let plan = Plan(
                    subject: subject, summary: "scale", changes: [Change("replicas", before: "1", after: "\(number)")],
                    write: .workload(WorkloadWrite([edit], precondition: .version(uid: "u", resourceVersion: "\(number)"))),
                    inverse: WorkloadWrite([edit], precondition: .values(uid: "u", [edit])))
                let intent = AttemptIntent(
                    attempt: id, incident: IncidentKey(rule: "lag", subject: subject), step: 0, remediation: "scale", plan: plan, at: noon)
                guard try await journal.intend(intent, quiet: .minutes(5)) == .written else { throw Failure(text: "not written") }
                try await journal.write([.outcome(id, .applied(AttemptReport("scaled")))])
            }
        }
    }

    /// Writes over a page and syncs the file, as often as told: what any journal on this disk has to pay. Pages that are there already, as
    /// in a write-ahead log: to make a file longer costs the file system a write of its own.
    private static func syncs(_ path: String, _ count: Int) throws -> Double {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw Failure(text: "\(path) cannot be made") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 7, count: 4096)
        for place in 0..<1000 {
            guard pwrite(descriptor, page, page.count, off_t(place * page.count)) == page.count else { throw Failure(text: "cannot write") }
        }
        guard fsync(descriptor) == 0 else { throw Failure(text: "cannot sync") }
        let clock = ContinuousClock()
        let start = clock.now
        for number in 0..<count {
            guard pwrite(descriptor, page, page.count, off_t(number % 1000 * page.count)) == page.count, fdatasync(descriptor) == 0 else {
                throw Failure(text: "cannot sync")
            }
        }
        return (clock.now - start).inSeconds
    }

    // MARK: A month

    private static func month(_ directory: String) async throws {
        let days = 30
        print("store: \(days) days of 1,000 workloads that are watched, and 50 consumer groups that are read every 60 s")
        let folder = directory + "/month"
        let journal = try await SQLiteJournal.open(directory: folder, durability: .none)
        _ = try await journal.takeOver(run: "benchmark", since: noon)
        let recorder = ObservationRecorder(journal: journal)
        var load = MonthLoad(start: noon)
        var lastFlush = noon
        let writing = try await seconds {
            while load.now < noon + .hours(24 * days) {
                for report in load.minute() { recorder.record(report.report, of: report.check, at: report.at) }
                // Half a minute has passed, by the engine's clock.
                if load.now - lastFlush >= .seconds(30) {
                    try await recorder.flush()
                    lastFlush = load.now
                }
            }
            try await recorder.flush()
        }
        let tally = recorder.tally
        await journal.close()
        let size = fileSize("\(folder)/journal.sqlite")
        print(
            "  \(tally.reports) reports with \(load.findings) findings in \(tally.blocks) blocks: \(mebibytes(tally.bytes)), the file \(mebibytes(size))"
        )
        print("  \(hundredths(Double(tally.bytes) / Double(load.findings))) bytes a finding; recorded in \(hundredths(writing)) s")
        let reader = try await SQLiteJournal.openReadOnly(directory: folder)
        var findings = 0
        let clock = ContinuousClock()
        let start = clock.now
        let summary = try await ObservationReader(reader).read(from: noon, to: noon + .hours(24 * days + 1)) { recorded in
            switch recorded.report {
            case .complete(let all): findings += all.count
            case .changed: findings += 1
            default: break
            }
        }
        let reading = (clock.now - start).inSeconds
        guard summary.skipped == 0, findings == load.findings else { throw Failure(text: "not all came back: \(findings), \(summary)") }
        print("  read back in \(hundredths(reading)) s, \(Int(Double(findings) / reading)) findings/s")
        await reader.close()
    }

    private static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await work()
        return (clock.now - start).inSeconds
    }

    private static func fileSize(_ path: String) -> Int64 {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        return Int64(lseek(descriptor, 0, SEEK_END))
    }

    private static func remove(_ directory: String) {
        for name in ["bare", "journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
            unlink("\(directory)/\(name)")
            unlink("\(directory)/month/\(name)")
        }
        rmdir("\(directory)/month")
        rmdir(directory)
    }

    private static func perSecond(_ count: Int, _ seconds: Double) -> String { "\(Int(Double(count) / seconds)) writes/s" }
    private static func mebibytes(_ bytes: Int64) -> String { "\(hundredths(Double(bytes) / 1_048_576)) MiB" }
    private static func hundredths(_ value: Double) -> String {
        let rounded = Int((value * 100).rounded())
        return "\(rounded / 100).\(rounded % 100 < 10 ? "0" : "")\(rounded % 100)"
    }
}

/// What the checks of a namespace report in a month. Every number comes from one seed.
struct MonthLoad {
    private let pods = CheckID("pod-health", parameters: "namespace: production")
    private let groups = CheckID("kafka-lag", parameters: "topics: [orders]")
    private(set) var now: Instant
    private(set) var findings = 0
    private var random = SplitMix64(4)
    private var restarts = [Double](repeating: 0, count: 1000)
    private var lags = [Double](repeating: 1000, count: 50)
    private var minutes = 0

    init(start: Instant) { now = start }

    private func workload(_ number: Int, at instant: Instant, reason: Reason? = nil) -> Finding {
        let subject = Subject(.deployment, namespace: "production", name: "service-of-team-\(number % 40)-number-\(number)")
        let figures = [Figure("restarts", restarts[number]), Figure("unwell", reason == nil ? 0 : 1), Figure("pods", 3)]
        return Finding(subject, observedAt: instant, .seen(Evidence(figures: figures, reasons: reason.map { [$0] } ?? [])))
    }

    /// A minute: a heartbeat of the watch every 10 s, three changes of pods, the groups once; every 6 hours the watch begins anew.
    mutating func minute() -> [RecordedReport] {
        var reports: [RecordedReport] = []
        if minutes.isMultiple(of: 360) {
            add(.complete((0..<1000).map { workload($0, at: now) }), of: pods, at: now, to: &reports)
        }
        for second in stride(from: 10, through: 60, by: 10) {
            let instant = now + .microseconds(Int64(second) * 1_000_000 + Int64(random.next() % 50_000))
            if second % 20 == 0 {
                let number = Int(random.next() % 1000)
                restarts[number] += 1
                let reason = Reason(
                    "CrashLoopBackOff", part: "service-\(number)-7d9f8b6c5-\(random.next() % 100_000)", container: "app", exitCode: 1,
                    restartCount: Int32(restarts[number]), since: instant - .seconds(4),
                    message: "back-off 5m0s restarting failed container")
                add(
                    .changed(workload(number, at: instant, reason: random.next() % 2 == 0 ? reason : nil)), of: pods, at: instant,
                    to: &reports)
            } else {
                add(.current, of: pods, at: instant, to: &reports)
            }
        }
        let read = now + .microseconds(59_000_000 + Int64(random.next() % 900_000))
        let all = (0..<50).map { number in
            let drift: Double = Double(Int64(random.next() % 2001)) - 1000
            lags[number] = max(0, lags[number] + drift)
            let rate = (Double(random.next() % 100_000) / 100).rounded() / 10
            let subject = Subject(.consumerGroup, namespace: "", name: "group-number-\(number)")
            let figures = [Figure("lag", lags[number], unit: "messages"), Figure("rate", rate, unit: "messages/s")]
            return Finding(subject, observedAt: read - .milliseconds(30), .seen(Evidence(figures: figures)))
        }
        add(.complete(all), of: groups, at: read, to: &reports)
        now = now + .minutes(1)
        minutes += 1
        return reports.sorted { $0.at < $1.at }
    }

    private mutating func add(_ report: CheckReport, of check: CheckID, at instant: Instant, to reports: inout [RecordedReport]) {
        switch report {
        case .complete(let all): findings += all.count
        case .changed: findings += 1
        default: break
        }
        reports.append(RecordedReport(at: instant, check: check, report: report))
    }

}
