public import AutomatonCore
import Synchronization

/// Records observations in a journal, while its run has that.
///
/// Taking a report never waits: it is put aside, and ``run()`` encodes it and appends it to the journal. What comes faster than that, or
/// while the journal cannot be written for long, is dropped and counted.
public final class ObservationRecorder: ObservationLog {
    /// What became of reports.
    public struct Tally: Hashable, Sendable {
        /// Reports that were taken.
        public var reports = 0
        /// Of those, the ones that were dropped.
        public var dropped = 0
        /// Blocks that are in the journal.
        public var blocks = 0
        /// Bytes of these blocks.
        public var bytes: Int64 = 0
        /// Why the last append failed; nil when it did not.
        public var failure: JournalError?
    }

    private struct Inbox {
        var reports: [(report: CheckReport, check: CheckID, at: Instant)] = []
        var findings = 0
        /// Dropped since the last that were put aside.
        var dropped = 0
        var lastDrop: Instant?
        var tally = Tally()
    }

    private struct Work {
        var encoder: ObservationEncoder
        /// Blocks that are not in the journal yet, oldest first.
        var waiting: [ObservationEncoder.Finished] = []
        /// Reports that were lost with blocks.
        var lost = 0
    }

    /// Encodes and appends one after another.
    private struct Turn {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let journal: any Journal
    private let interval: Duration
    private let blockBytes: Int
    private let capacity: Int
    private let waitingBytes: Int
    private let inbox = Mutex(Inbox())
    private let work: Mutex<Work>
    private let turn = Mutex(Turn())

    /// Makes a recorder.
    /// - Parameters:
    ///   - journal: where the observations are kept, taken over by this run.
    ///   - interval: how long a report may wait to be written.
    ///   - blockBytes: when a block is written before that.
    ///   - capacity: how many findings may be put aside.
    ///   - waitingBytes: how much may wait while the journal cannot be written.
    public init(
        journal: any Journal, interval: Duration = .seconds(30), blockBytes: Int = 256 << 10, capacity: Int = 200_000,
        waitingBytes: Int = 8 << 20
    ) {
        self.journal = journal
        self.interval = interval
        self.blockBytes = blockBytes
        self.capacity = capacity
        self.waitingBytes = waitingBytes
        work = Mutex(Work(encoder: ObservationEncoder(blockBytes: blockBytes)))
    }

    /// What became of reports until now.
    public var tally: Tally { inbox.withLock { $0.tally } }

    public func record(_ report: CheckReport, of check: CheckID, at instant: Instant) {
        let findings: Int = if case .complete(let findings) = report { findings.count + 1 } else { 1 }
        inbox.withLock { inbox in
            inbox.tally.reports += 1
            // One that alone is too large is taken all the same when nothing waits.
            guard inbox.reports.isEmpty || inbox.findings + findings <= capacity else {
                inbox.tally.dropped += 1
                inbox.dropped += 1
                inbox.lastDrop = instant
                return
            }
            inbox.reports.append((report, check, instant))
            inbox.findings += findings
        }
    }

    /// Writes what is recorded, until the task is cancelled; then writes what is left.
    public func run() async {
        let tick = min(interval, .seconds(1))
        var lastAppend = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: tick)
            let isFull = encode() >= blockBytes
            guard isFull || ContinuousClock.now - lastAppend >= interval else { continue }
            try? await flush()
            lastAppend = .now
        }
        try? await flush()
    }

    /// Writes all that was recorded.
    /// - Throws: why it could not be; it is kept and tried again with the next, unless another run has the journal.
    public func flush() async throws(JournalError) {
        await takeTurn()
        defer { giveTurn() }
        _ = encode()
        work.withLock { work in work.waiting += work.encoder.take(all: true) }
        while let next = work.withLock({ $0.waiting.first }) {
            do throws(JournalError) {
                try await journal.append(next.block)
            } catch {
                inbox.withLock { $0.tally.failure = error }
                keepOrLose(after: error)
                throw error
            }
            work.withLock { _ = $0.waiting.removeFirst() }
            inbox.withLock { inbox in
                inbox.tally.blocks += 1
                inbox.tally.bytes += Int64(next.block.bytes.count)
                inbox.tally.failure = nil
            }
        }
    }

    /// Encodes what was put aside, and answers with how many bytes wait.
    private func encode() -> Int {
        work.withLock { work in
            let taken = inbox.withLock { inbox in
                defer { (inbox.reports, inbox.findings, inbox.dropped, inbox.lastDrop) = ([], 0, 0, nil) }
                return inbox
            }
            for (report, check, instant) in taken.reports {
                if work.lost > 0 { work.encoder.addDropped(work.lost, at: instant) }
                work.lost = 0
                work.encoder.add(report, of: check, at: instant)
            }
            if let instant = taken.lastDrop { work.encoder.addDropped(taken.dropped, at: instant) }
            return work.encoder.waitingBytes
        }
    }

    /// What another run's journal does not take is lost; so is what waits for too long.
    private func keepOrLose(after error: JournalError) {
        let lost = work.withLock { work in
            let bytes = work.waiting.reduce(0) { $0 + $1.block.bytes.count }
            if case .unavailable = error, bytes <= waitingBytes { return 0 }
            let lost = work.waiting + work.encoder.breakChain()
            work.waiting = []
            let reports = lost.reduce(0) { $0 + $1.reports }
            // What was dropped before and told in these blocks is told again.
            work.lost += lost.reduce(reports) { $0 + $1.dropped }
            return reports
        }
        inbox.withLock { $0.tally.dropped += lost }
    }

    private func takeTurn() async {
        await withCheckedContinuation { continuation in
            let isMine = turn.withLock { turn in
                if turn.isTaken { turn.waiting.append(continuation) }
                defer { turn.isTaken = true }
                return !turn.isTaken
            }
            if isMine { continuation.resume() }
        }
    }

    private func giveTurn() {
        let next = turn.withLock { turn in
            if turn.waiting.isEmpty { turn.isTaken = false }
            return turn.waiting.isEmpty ? nil : turn.waiting.removeFirst()
        }
        next?.resume()
    }
}
