public import AutomatonCore

/// Reads recorded observations back.
public struct ObservationReader: Sendable {
    /// What was read, and what could not be.
    public struct Summary: Hashable, Sendable {
        /// Reports that were handed on.
        public var reports = 0
        /// Blocks that were read.
        public var blocks = 0
        /// Bytes of these blocks.
        public var bytes: Int64 = 0
        /// Reports that the recorder could not keep.
        public var dropped = 0
        /// Blocks that are damaged, or cannot be read without one that is.
        public var skipped = 0
        /// Why the first of these could not be read.
        public var firstError: ObservationError?
    }

    private let journal: any Journal

    /// Reads from a journal, which need not be taken over.
    public init(_ journal: any Journal) { self.journal = journal }

    /// Hands on the reports of a time, oldest first, with every subject of a complete report.
    ///
    /// It begins with what stood at `from`: of each check a complete report, and why it was blind if it was. The same is told again where
    /// blocks are missing, as soon as it is known.
    /// - Throws: what the journal or `receive` throws. A damaged block is counted, and skipped with those that need it.
    public func read(from: Instant, to: Instant, _ receive: (RecordedReport) throws -> Void) async throws -> Summary {
        var summary = Summary()
        var decoder = ObservationDecoder()
        // Whether whoever receives does not know what stands; and when it stood.
        var needsStanding = true
        var stoodAt = from
        func hand(_ reports: [RecordedReport]) throws {
            for report in reports { try receive(report) }
            summary.reports += reports.count
        }
        let early = from - ObservationFormat.chainSpan - ObservationFormat.blockSpan - ObservationFormat.blockSpan
        try await journal.blocks(from: early, to: to) { block in
            do {
                if try decoder.begin(block) { (needsStanding, stoodAt) = (true, max(from, block.from)) }
                while let head = try decoder.next() {
                    if needsStanding, head.at >= from {
                        needsStanding = false
                        try hand(decoder.whatStands(at: stoodAt))
                    }
                    switch try decoder.read(head) {
                    case .report(let report): if head.at >= from, head.at <= to { try hand([report]) }
                    case .dropped(let count): if head.at >= from, head.at <= to { summary.dropped += count }
                    }
                }
                summary.blocks += 1
                summary.bytes += Int64(block.bytes.count)
            } catch let error as ObservationError {
                decoder.lose()
                needsStanding = true
                // Reading from the middle begins before it, in the middle of a chain that nobody asked for.
                guard error != .incomplete || summary.blocks > 0 || summary.skipped > 0 else { return }
                summary.skipped += 1
                summary.firstError = summary.firstError ?? error
            }
        }
        if needsStanding { try hand(decoder.whatStands(at: stoodAt)) }
        return summary
    }
}
