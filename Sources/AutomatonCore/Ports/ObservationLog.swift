/// Remembers what checks reported, so that rules can be held against it later.
public protocol ObservationLog: Sendable {
    /// Takes a report. Never waits and never fails: what cannot be kept is counted and told.
    func record(_ report: CheckReport, of check: CheckID, at: Instant)
}

/// A report of a check, as it is read back.
public struct RecordedReport: Sendable {
    /// When the engine took it.
    public var at: Instant
    /// The check.
    public var check: CheckID
    /// What it said. A complete report names every subject again.
    public var report: CheckReport

    /// Makes a record.
    public init(at: Instant, check: CheckID, report: CheckReport) {
        self.at = at
        self.check = check
        self.report = report
    }
}

/// Recorded observations of a stretch of time, in a form that the journal does not look into.
public struct ObservationBlock: Hashable, Sendable {
    /// When the first of them was made.
    public var from: Instant
    /// When the last of them was made.
    public var to: Instant
    /// What they are, encoded.
    public var bytes: [UInt8]

    /// Makes a block.
    public init(from: Instant, to: Instant, bytes: [UInt8]) {
        self.from = from
        self.to = to
        self.bytes = bytes
    }
}
