import SeededRandom
import Foundation
import Synchronization
import Testing

@testable import AutomatonCore
@testable import Store

/// What is recorded is read back as it was.
@Suite struct ObservationTests {
    /// Records reports, with a flush now and then.
    private func record(_ reports: [RecordedReport], in journal: any Journal, seed: UInt64 = 1, blockBytes: Int = 4096) async throws {
        let recorder = ObservationRecorder(journal: journal, blockBytes: blockBytes)
        var random = SplitMix64(seed)
        for report in reports {
            recorder.record(report.report, of: report.check, at: report.at)
            if Int.random(in: 0..<20, using: &random) == 0 { try await recorder.flush() }
        }
        try await recorder.flush()
        #expect(recorder.tally.dropped == 0 && recorder.tally.reports == reports.count)
    }

    private func journal() async throws -> MemoryJournal {
        let journal = MemoryJournal()
        _ = try await journal.takeOver(run: "run", since: noon)
        return journal
    }

    private func read(
        _ journal: any Journal, from: Instant = .epoch, to: Instant = .at(1 << 30)
    ) async throws -> (reports: [RecordedReport], summary: ObservationReader.Summary) {
        var reports: [RecordedReport] = []
        let summary = try await ObservationReader(journal).read(from: from, to: to) { reports.append($0) }
        return (reports, summary)
    }

    private func reports(_ count: Int, seed: UInt64) -> [RecordedReport] {
        var generator = ReportGenerator(seed: seed)
        return (0..<count).map { _ in generator.next() }
    }

    @Test(arguments: 1...20) func everythingComesBack(_ seed: Int) async throws {
        let journal = try await journal()
        let written = reports(700, seed: UInt64(seed))
        try await record(written, in: journal, seed: UInt64(seed))
        let (found, summary) = try await read(journal)
        #expect(found.map(\.timed) == written.map(\.timed))
        #expect(summary.skipped == 0 && summary.dropped == 0 && summary.reports == written.count && summary.blocks > 3)
    }

    /// Whoever begins in the middle is told what stood, and then what followed.
    @Test(arguments: 1...10) func readingFromTheMiddleBeginsWithWhatStood(_ seed: Int) async throws {
        let journal = try await journal()
        let written = reports(600, seed: UInt64(seed))
        try await record(written, in: journal, seed: UInt64(seed))
        var random = SplitMix64(UInt64(seed))
        for _ in 0..<20 {
            let from = written[Int.random(in: 1..<500, using: &random)].at + .microseconds(Int64.random(in: 0...1, using: &random))
            let to = from + .hours(Int.random(in: 0...3, using: &random))
            let (found, summary) = try await read(journal, from: from, to: to)
            var oracle = StandingOracle()
            for report in written.prefix(while: { $0.at < from }) { oracle.take(report) }
            let expected = written.filter { $0.at >= from && $0.at <= to }.map(\.timed)
            #expect(Set(found.prefix(found.count - expected.count).map(\.words)) == oracle.told)
            #expect(found.suffix(expected.count).map(\.timed) == expected)
            #expect(found.prefix(found.count - expected.count).allSatisfy { $0.at == from })
            #expect(summary.skipped == 0)
        }
    }

    /// A run ends and the next one begins: they know nothing of one another.
    @Test func runsFollowOneAnother() async throws {
        let journal = try await journal()
        let first = reports(200, seed: 1)
        try await record(first, in: journal)
        var second = reports(200, seed: 2)
        let shift = (first.last?.at ?? noon) - noon
        for index in second.indices { second[index].at = second[index].at + shift }
        try await record(second, in: journal)
        #expect(try await read(journal).reports.map(\.timed) == (first + second).map(\.timed))
    }

    @Test(arguments: 1...5) func aDamagedBlockLosesItsChainAndNoMore(_ seed: Int) async throws {
        let written = reports(800, seed: UInt64(seed))
        let whole = try await journal()
        try await record(written, in: whole, seed: UInt64(seed))
        let all = try await blocks(whole)
        var random = SplitMix64(UInt64(seed))
        for _ in 0..<10 {
            let damaged = try await journal()
            let place = Int.random(in: 0..<(all.count / 2), using: &random)
            for (index, block) in all.enumerated() {
                var block = block
                if index == place { block.bytes[Int.random(in: 0..<block.bytes.count, using: &random)] ^= 0x10 }
                try await damaged.append(block)
            }
            let (found, summary) = try await read(damaged)
            #expect(summary.skipped >= 1)
            let error = try #require(summary.firstError)
            #expect(error != .incomplete && !error.description.isEmpty)
            // What was before stands as it was; what is told after is what was written, after what stood then.
            let before = written.filter { $0.at < all[place].from }.map(\.timed)
            #expect(Array(found.map(\.timed).prefix(before.count)) == before)
            let heard = Set(found.map(\.timed))
            let lost = written.filter { !heard.contains($0.timed) }.map(\.at)
            if let first = lost.min(), let last = lost.max() { #expect(last - first <= .hours(5)) }
            // One that stood so and is then reported so again is there twice.
            var rest = Dictionary(written.map { ($0.timed, 1) }, uniquingKeysWith: +)
            let told = found.filter { report in
                rest[report.timed, default: 0] -= 1
                return rest[report.timed, default: 0] < 0
            }
            guard let instant = told.first?.at else { continue }
            var oracle = StandingOracle()
            for report in written.prefix(while: { $0.at < instant }) { oracle.take(report) }
            #expect(told.allSatisfy { $0.at == instant } && Set(told.map(\.words)) == oracle.told)
        }
    }

    @Test func aBlockThatIsMissingIsNoticed() async throws {
        let written = reports(300, seed: 7)
        let whole = try await journal()
        try await record(written, in: whole)
        let all = try await blocks(whole)
        let part = try await journal()
        for (index, block) in all.enumerated() where index != 2 { try await part.append(block) }
        let summary = try await read(part).summary
        #expect(summary.skipped > 0 && summary.firstError == .incomplete)
    }

    /// Whatever the bytes are: an error, or something; never more than they can hold.
    @Test(arguments: 1...8) func anyBytesAreReadOrRefused(_ seed: Int) throws {
        var random = SplitMix64(UInt64(seed))
        var encoder = ObservationEncoder(blockBytes: 2000)
        for report in reports(60, seed: UInt64(seed)) { encoder.add(report.report, of: report.check, at: report.at) }
        let blocks = encoder.take(all: true).map(\.block)
        for _ in 0..<1500 {
            var decoder = ObservationDecoder()
            for var block in blocks.prefix(3) {
                for _ in 0..<Int.random(in: 0..<3, using: &random) {
                    let place = Int.random(in: 3..<block.bytes.count, using: &random)
                    block.bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                if Int.random(in: 0..<5, using: &random) == 0 {
                    block.bytes.removeLast(Int.random(in: 0..<block.bytes.count, using: &random))
                }
                if block.bytes.count > 8 {
                    let end = block.bytes.count - 4
                    let sum = ObservationFormat.checksum(block.bytes[..<end])
                    for byte in 0..<4 { block.bytes[end + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
                }
                do throws(ObservationError) {
                    _ = try decoder.begin(block)
                    while let head = try decoder.next() { _ = try decoder.read(head) }
                } catch {
                    decoder.lose()
                }
            }
        }
        var decoder = ObservationDecoder()
        for bytes: [UInt8] in [[], [0x4F], [0x4F, 0x42, 9, 0, 0, 0, 0, 0], Array(repeating: 0xFF, count: 100)] {
            #expect(throws: ObservationError.self) { try decoder.begin(ObservationBlock(from: noon, to: noon, bytes: bytes)) }
        }
    }

    @Test func figuresComeBackToTheBit() throws {
        let values: [Double] = [
            0, -0.0, 1, -1, 0.1, 97.3, 1.0 / 3, .pi, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e15,
            -9_007_199_254_740_992, 9_007_199_254_740_994, 1e-9, 123_456.789, 0.001,
        ]
        for before in values {
            for value in values {
                var writer = ByteWriter()
                FigureCoding.write(value, after: before, to: &writer)
                var reader = ByteReader(writer.bytes, end: writer.bytes.count)
                #expect(try FigureCoding.read(after: before, from: &reader).bitPattern == value.bitPattern && reader.isAtEnd)
            }
        }
    }

    /// What says the same as before costs next to nothing.
    @Test func whatDoesNotChangeCostsNextToNothing() {
        var encoder = ObservationEncoder(blockBytes: 1 << 20)
        func findings(_ at: Instant) -> [Finding] {
            (0..<1000).map { number in
                let subject = Subject(.deployment, namespace: "production", name: "service-\(number)")
                return Finding(subject, observedAt: at, .seen(Evidence(figures: [Figure("restarts", Double(number))])))
            }
        }
        let check = CheckID("pod-health")
        encoder.add(.complete(findings(noon)), of: check, at: noon)
        let before = encoder.waitingBytes
        for minute in 1...9 {
            let at = noon + .minutes(minute)
            encoder.add(.complete(findings(at)), of: check, at: at)
        }
        #expect(encoder.waitingBytes - before < 9 * 20)
    }
}

/// The recorder between the engine and the journal.
@Suite struct ObservationRecorderTests {
    /// A journal that fails as it is told to.
    private final class Failing: ForwardingJournal {
        let inner = MemoryJournal()
        let failure = Mutex<JournalError?>(nil)

        func journal() -> any Journal { inner }
        func append(_ block: ObservationBlock) async throws(JournalError) {
            if let failure = failure.withLock({ $0 }) { throw failure }
            try await inner.append(block)
        }
    }

    private let check = CheckID("pod-health")

    private func finding(_ value: Int) -> Finding {
        Finding(email, observedAt: .at(value), .seen(Evidence(figures: [Figure("restarts", Double(value))])))
    }

    private func values(_ journal: any Journal) async throws -> (values: [Double?], summary: ObservationReader.Summary) {
        var values: [Double?] = []
        let summary = try await ObservationReader(journal).read(from: .epoch, to: .at(1 << 30)) { recorded in
            switch recorded.report {
            case .complete(let findings): values.append(findings.first.flatMap { $0.observation.value })
            case .changed(let finding): values.append(finding.observation.value)
            default: values.append(nil)
            }
        }
        return (values, summary)
    }

    @Test func whatCannotBeWrittenNowIsWrittenLater() async throws {
        let journal = Failing()
        _ = try await journal.takeOver(run: "a", since: noon)
        let recorder = ObservationRecorder(journal: journal)
        recorder.record(.complete([finding(0)]), of: check, at: .at(0))
        journal.failure.withLock { $0 = .unavailable("full") }
        #expect(try await failure { try await recorder.flush() } == .unavailable("full"))
        recorder.record(.changed(finding(1)), of: check, at: .at(1))
        #expect(try await failure { try await recorder.flush() }.isUnavailable)
        #expect(recorder.tally.failure == .unavailable("full") && recorder.tally.dropped == 0)
        journal.failure.withLock { $0 = nil }
        recorder.record(.changed(finding(2)), of: check, at: .at(2))
        try await recorder.flush()
        #expect(try await values(journal).values == [0, 1, 2])
        #expect(recorder.tally.failure == nil && recorder.tally.blocks == 3)
    }

    @Test func whatWaitsIsBoundedAndCounted() async throws {
        let journal = Failing()
        _ = try await journal.takeOver(run: "a", since: noon)
        let recorder = ObservationRecorder(journal: journal, capacity: 10, waitingBytes: 400)
        for value in 0..<30 { recorder.record(.changed(finding(value)), of: check, at: .at(value)) }
        #expect(recorder.tally.dropped == 20)
        try await recorder.flush()
        #expect(try await values(journal).values.count == 10)
        #expect(try await values(journal).summary.dropped == 20)
        journal.failure.withLock { $0 = .unavailable("full") }
        recorder.record(.complete([finding(100)]), of: check, at: .at(100))
        for value in 101..<200 {
            recorder.record(.changed(finding(value)), of: check, at: .at(value))
            _ = try await failure { try await recorder.flush() }
        }
        #expect(recorder.tally.dropped > 60)
        journal.failure.withLock { $0 = nil }
        recorder.record(.changed(finding(200)), of: check, at: .at(200))
        try await recorder.flush()
        // After what was lost, what stood is told.
        let (values, summary) = try await values(journal)
        #expect(values.suffix(1) == [200] && summary.skipped == 0 && summary.dropped == recorder.tally.dropped)
        #expect(values.count + summary.dropped >= recorder.tally.reports)
    }

    @Test func anotherRunsJournalTakesNothing() async throws {
        let journal = MemoryJournal()
        _ = try await journal.takeOver(run: "a", since: noon)
        let recorder = ObservationRecorder(journal: journal)
        recorder.record(.complete([finding(0)]), of: check, at: .at(0))
        try await recorder.flush()
        _ = try await MemoryJournal(sharing: journal).takeOver(run: "b", since: noon)
        recorder.record(.changed(finding(1)), of: check, at: .at(1))
        #expect(try await failure { try await recorder.flush() }.isTakenOver)
        #expect(recorder.tally.dropped == 1)
        // It has it again: what stands is told anew.
        _ = try await journal.takeOver(run: "a", since: noon)
        recorder.record(.changed(finding(2)), of: check, at: .at(2))
        try await recorder.flush()
        #expect(try await values(journal).values == [0, 1, 2])
    }

    @Test func itWritesByItselfAndAtItsEnd() async throws {
        let journal = MemoryJournal()
        _ = try await journal.takeOver(run: "a", since: noon)
        let recorder = ObservationRecorder(journal: journal, interval: .milliseconds(20))
        let running = Task { await recorder.run() }
        recorder.record(.complete([finding(0)]), of: check, at: .at(0))
        try await until("it is written") { recorder.tally.blocks == 1 }
        running.cancel()
        recorder.record(.changed(finding(1)), of: check, at: .at(1))
        await running.value
        try await recorder.flush()
        #expect(try await values(journal).values == [0, 1])
    }

    @Test func manyMayFlushAtOnce() async throws {
        let journal = MemoryJournal()
        _ = try await journal.takeOver(run: "a", since: noon)
        let recorder = ObservationRecorder(journal: journal)
        for value in 0..<200 { recorder.record(.changed(finding(value)), of: check, at: .at(value)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { try await recorder.flush() } }
            try await group.waitForAll()
        }
        #expect(try await values(journal).values == (0..<200).map { Double($0) })
    }
}

extension Observation {
    fileprivate var value: Double? { if case .seen(let evidence) = self { evidence.figures.first?.value } else { nil } }
}
