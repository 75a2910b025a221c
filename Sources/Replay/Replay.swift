public import AutomatonCore

/// Holds recorded observations against rules, in virtual time, with the same core that runs in a cluster.
///
/// Nothing is planned, since the world of last month cannot be read: a plan is answered at once with one that stands for any, and the core
/// runs as in dry run, so that delays, cooldowns, budgets and storms hold as they would. What a plan or its outcome would have to tell
/// (caps, owners, opt-outs, ready pods, whether it helped) is left open; ``ReplayReport/limits`` says so.
public struct Replay: Sendable {
    private var runs: [ReplayRun]
    private var census = Census()
    private var known: [CheckID: Set<Subject>] = [:]
    private var coverage: [CheckID: ReplayCoverage] = [:]
    private let wanted: Set<CheckID>
    private var first: Instant?
    private var last: Instant?

    /// Makes a replay.
    /// - Parameters:
    ///   - ruleset: the rules in question.
    ///   - other: the rules that they are compared with; nil for no comparison.
    public init(_ ruleset: ReplayRuleset, against other: ReplayRuleset? = nil) {
        runs = ([ruleset] + (other.map { [$0] } ?? [])).map { ReplayRun($0) }
        wanted = Set(runs.flatMap { $0.ruleset.rules.map(\.check) })
    }

    /// Takes the next record. Records come in the order of their times; one that is late counts as of the latest time.
    public mutating func take(_ record: RecordedReport) {
        let at = max(record.at, last ?? record.at)
        if first == nil { first = at }
        last = at
        coverage[record.check, default: ReplayCoverage(check: record.check, from: at)]
            .take(record.report, at: at, isWanted: wanted.contains(record.check))
        guard wanted.contains(record.check) else { return }
        let counts = count(record)
        let event = Event(record)
        for index in runs.indices {
            runs[index].advance(to: at)
            if let counts { runs[index].step(.census(record.check, counts), at: at) }
            runs[index].step(event, at: at)
            runs[index].note(record)
        }
    }

    /// Ends the replay at the last record, and says what came of it.
    public mutating func finish() -> ReplayReport {
        let (first, last) = (first ?? .epoch, last ?? .epoch)
        for index in runs.indices {
            runs[index].advance(to: last)
            runs[index].finish()
        }
        return ReplayReport(runs, coverage.values.sorted { $0.check < $1.check }, from: first, to: last)
    }

    /// How many workloads the check knows now, if that changed.
    private mutating func count(_ record: RecordedReport) -> [String: Int]? {
        switch record.report {
        case .complete(let findings):
            known[record.check] = Set(findings.lazy.map(\.subject))
            return census.recount(record.check, findings)
        case .changed(let finding):
            guard known[record.check, default: []].insert(finding.subject).inserted else { return nil }
            return census.change(record.check, finding.subject, by: 1)
        case .gone(let subject):
            guard known[record.check]?.remove(subject) != nil else { return nil }
            return census.change(record.check, subject, by: -1)
        case .population(let workloads): return census.take(record.check, workloads)
        case .current, .blind, .waiting: return nil
        }
    }
}

extension Event {
    /// What the engine made of the report.
    fileprivate init(_ record: RecordedReport) {
        switch record.report {
        case .complete(let findings): self = .complete(record.check, findings)
        case .changed(let finding): self = .changed(record.check, finding)
        case .gone(let subject): self = .gone(record.check, subject)
        case .current: self = .current(record.check)
        case .population(let workloads): self = .census(record.check, workloads)
        case .blind(let why), .waiting(let why): self = .blind(record.check, why)
        }
    }
}
