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
