public import AutomatonCore
public import Engine

/// An incident that is over.
public struct PastIncidentReport: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: String
    /// What was mended: `production/deployment/email-service`.
    public var subject: String
    /// How urgent it was at the end.
    public var priority: String
    /// When its end was told.
    public var closedAt: Timestamp
    /// `healed` (after an attempt), `recovered` (without one), `gone`, `ruleRemoved`.
    public var ending: String
    /// Attempts made in it.
    public var attempts: Int
    /// Why the rule would not act at once if it came back; nil when it would, or when only the journal was read.
    public var quiet: String?
    /// Until when that holds.
    public var quietUntil: Timestamp?
    /// What was told of it, oldest first.
    public var trail: [TrailReport]
    /// So many were left out in the middle.
    public var trailLeftOut: Int

    /// As the trail has it.
    public init(_ past: PastIncident) {
        rule = past.key.rule
        subject = past.key.subject.description
        priority = past.trail.last?.priority.description ?? Priority.low.description
        closedAt = Timestamp(past.closedAt)
        ending = past.ending
        attempts = past.trail.count { $0.kind == "attempted" }
        quiet = past.quiet?.reason
        quietUntil = past.quiet?.until.flatMap(Timestamp.init(finite:))
        (trail, trailLeftOut) = IncidentReport.bounded(past.trail, 20)
    }
}

/// A rule, and how it did.
public struct RuleReport: Hashable, Codable, Sendable {
    /// Its name.
    public var rule: String
    /// The check that it judges.
    public var check: String
    /// `observe`, `approve` or `auto`.
    public var mode: String
    /// Its remediations, in the order in which they are tried.
    public var remediations: [String]
    /// Attempts whose outcome is known, as far back as the journal remembers, or this run.
    public var attempts: Int
    /// Of those, the ones that helped.
    public var healed: Int
    /// Attempts since the last that helped.
    public var ineffectiveInARow: Int

    init(_ rule: Rule, _ efficacy: Efficacy) {
        self.rule = rule.name
        check = rule.check.description
        mode = rule.mode.rawValue
        remediations = rule.remediations.map(\.use)
        attempts = efficacy.attempts
        healed = efficacy.healed
        ineffectiveInARow = efficacy.ineffectiveInARow
    }
}

/// What a journal remembers beyond single incidents.
public struct RememberedReport: Hashable, Codable, Sendable {
    /// When the run that had it wrote last; nil when none did.
    public var lastWriteAt: Timestamp?
    /// By namespace.
    public var storms: [AutomatonReport.Storm]
    /// What people asked for that is not over.
    public var suspensions: [SuspensionReport]
    /// By rule.
    public var steppedDown: [AutomatonReport.SteppedDown]

    init(_ recollection: Recollection, at now: Instant) {
        lastWriteAt = recollection.lastWriteAt.map { Timestamp($0) }
        storms = AutomatonReport.storms(recollection.automaton?.storms ?? [:])
        suspensions = (recollection.automaton?.suspensions ?? []).filter { $0.until.map { $0 > now } ?? true }.map { SuspensionReport($0) }
        steppedDown = AutomatonReport.steppedDown(recollection.automaton?.efficacies ?? [:])
    }
}
