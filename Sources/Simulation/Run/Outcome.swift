import AutomatonCore
import Engine

/// How a simulation ended.
public struct Outcome: Sendable {
    /// The limit that was broken first; nil when all were kept.
    public var violation: Violation?
    /// What happened.
    public var tally: Tally
    /// Virtual time that passed.
    public var lived: Duration
    /// Jobs and timers that ran.
    public var steps: UInt64
    /// A line for everything that happened, if that was asked for.
    public var trace: [String]
}

/// What happened, counted.
public struct Tally: Hashable, Sendable {
    /// What was drawn and happened.
    public internal(set) var happenings = 0
    /// Processes that were killed.
    public internal(set) var crashes = 0
    /// Processes that were frozen.
    public internal(set) var freezes = 0
    /// Clocks that were set wrong.
    public internal(set) var clocks = 0
    /// Rules and limits that were replaced.
    public internal(set) var reloads = 0
    /// What people did that concerns the automaton, by its name.
    public internal(set) var people: [String: Int] = [:]
    /// What went wrong in the world, and how often that was over before the end, by its name.
    public internal(set) var ailments: [String: Int] = [:]
    public internal(set) var over: [String: Int] = [:]
    /// How often something between the automaton and the world did not work.
    var troubles: [Trouble: Int] = [:]
    /// Writes of the automaton that landed, and those by which something was taken back or put back.
    public internal(set) var attempts = 0
    public internal(set) var reverts = 0
    /// Of the attempts those that applied a fix again.
    public internal(set) var fixesApplied = 0
    /// Incidents that ended after an attempt.
    public internal(set) var healed = 0
    /// Decisions that were told.
    public internal(set) var decisions = 0

    /// The same for the troubles, by name.
    public var faults: [String: Int] { Dictionary(troubles.map { ($0.key.rawValue, $0.value) }) { $0 + $1 } }

    mutating func take(_ fact: Fact) {
        switch fact {
        case .ailmentBegan(let ailment): ailments[ailment.kind.rawValue, default: 0] += 1
        case .ailmentEnded(let ailment): over[ailment.kind.rawValue, default: 0] += 1
        case .wrote(let landing):
            guard case .automaton = landing.by else { return }
            if landing.stamp == nil { reverts += 1 } else { attempts += 1 }
            if landing.stamp?.remediation == "reapply-fix" { fixesApplied += 1 }
        case .swept: attempts += 1
        case .suspended: people["pauses and silences that were heard", default: 0] += 1
        case .objected: people["attempts taken back by hand", default: 0] += 1
        case .confirmed: people["plans confirmed", default: 0] += 1
        case .told(_, .noticed(.approvalWanted)): people["plans to be confirmed", default: 0] += 1
        case .told(_, .decided): decisions += 1
        case .told(_, .incident(let change)): if case .closed(.healed) = change.kind { healed += 1 }
        default: break
        }
    }

    mutating func add(_ other: Tally) {
        happenings += other.happenings
        crashes += other.crashes
        freezes += other.freezes
        clocks += other.clocks
        reloads += other.reloads
        people.merge(other.people) { $0 + $1 }
        ailments.merge(other.ailments) { $0 + $1 }
        over.merge(other.over) { $0 + $1 }
        troubles.merge(other.troubles) { $0 + $1 }
        attempts += other.attempts
        reverts += other.reverts
        fixesApplied += other.fixesApplied
        healed += other.healed
        decisions += other.decisions
    }
}

extension EngineEvent {
    /// What a trace says of it; nil for what only tells that time passes.
    var line: String? {
        switch self {
        case .configured(let rules, _, _): "configured, \(rules.count) rules"
        case .iteration(let number, _, let incidents): incidents == 0 ? nil : "iteration \(number), \(incidents) incidents"
        case .checked(let check, let outcome, _): "checked \(check): \(outcome.label)"
        case .unknown(let check, let subject, let why): "\(check) \(subject): \(why.map { "unknown, \($0)" } ?? "known")"
        case .decided(let decision): "decided on \(decision.incident): \(decision.reason)"
        // What it is made of is told.
        case .recorded, .measured, .fixesKept: nil
        case .fix(let record): "\(record.key) is kept\(record.fix.map { ": \($0.value.summary)" } ?? " no longer")"
        case .incident(let change): "incident \(change.incident.key): \(change.kind)"
        case .escalated(let incident, let why): "a person is told of \(incident.key): \(why)"
        case .writeFailed(let attempt, _, let why, _): "write of \(attempt) failed: \(why)"
        case .noticed(let notice): "people are told: \(notice)"
        case .deposed(let why): "another run has the journal: \(why)"
        case .journalFailed(let why): "the journal \(why.map { "fails: \($0)" } ?? "works again")"
        case .recalled(let subjects, let open): "remembers \(subjects) subjects and \(open) open attempts"
        case .leadership(let state): "\(state)"
        case .stopping(let count): "stopping, \(count) in flight"
        }
    }
}
