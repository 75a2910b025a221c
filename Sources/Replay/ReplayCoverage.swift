public import AutomatonCore

/// What was recorded of a check.
public struct ReplayCoverage: Hashable, Sendable {
    /// The check.
    public let check: CheckID
    /// When its first report was recorded.
    public let from: Instant
    /// When its last one was.
    public private(set) var to: Instant
    /// Reports.
    public private(set) var reports = 0
    /// Findings in them.
    public private(set) var findings = 0
    /// When it first saw everything; nothing is decided on it before. Nil when it never did.
    public private(set) var completeFrom: Instant?
    /// Whether a rule looks at it.
    public private(set) var isWanted = false
    /// The longest time without a report.
    public private(set) var longestGap: Duration = .zero

    init(check: CheckID, from: Instant) {
        self.check = check
        self.from = from
        to = from
    }

    mutating func take(_ report: CheckReport, at instant: Instant, isWanted: Bool) {
        reports += 1
        self.isWanted = isWanted
        longestGap = max(longestGap, instant - to)
        to = instant
        switch report {
        case .complete(let all):
            findings += all.count
            if completeFrom == nil { completeFrom = instant }
        case .changed: findings += 1
        case .gone, .current, .population, .blind, .waiting: break
        }
    }
}
