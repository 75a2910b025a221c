public import AutomatonCore

/// What rules would have done on recorded observations.
public struct ReplayReport: Hashable, Codable, Sendable {
    /// A stretch of recorded observations of one check.
    public struct Check: Hashable, Codable, Sendable {
        /// The check.
        public var check: String
        /// When its first report was recorded.
        public var from: Timestamp
        /// When its last one was.
        public var to: Timestamp
        /// Reports.
        public var reports: Int
        /// Findings in them.
        public var findings: Int
        /// When it first saw everything; nothing is decided on it before. Nil when it never did.
        public var completeFrom: Timestamp?
        /// The longest time without a report, in seconds.
        public var longestGapSeconds: Double
        /// Whether a rule looks at it.
        public var isWanted: Bool
    }

    /// What one rule would have done.
    public struct RuleResult: Hashable, Codable, Sendable {
        /// Incidents that it would have opened.
        public var incidents: Int
        /// Of those, still open at the end.
        public var stillOpen: Int
        /// Whether observations of its check were recorded; when not, nothing else here says anything.
        public var isRecorded: Bool
        /// Incidents on which something would have been done.
        public var wouldAct: Int
        /// Incidents on which a person would have been asked for a confirmation: the rule is in mode `approve`.
        public var wouldAsk: Int
        /// Incidents of which a plan would have been shown and no more: the rule is in mode `observe`.
        public var wouldShow: Int
        /// Those, by remediation.
        public var byRemediation: [String: Int]
        /// How often a person would have been told that nothing more can be done.
        public var toldPerson: Int
        /// Decisions to do nothing, by guard.
        public var heldBy: [String: Int]
        /// When it first opened an incident.
        public var first: Timestamp?
        /// When it last did.
        public var last: Timestamp?
    }

    /// A rule in both sets, or in one.
    public struct RuleComparison: Hashable, Codable, Sendable {
        /// How the new rule differs from the old one.
        public enum Difference: String, Hashable, Codable, Sendable, CaseIterable {
            /// It opens as many incidents, and would act as often.
            case same
            /// It opens more incidents.
            case more
            /// It opens fewer.
            case fewer
            /// It opens as many incidents, and would act on more of them.
            case actsMore = "acts_more"
            /// It opens as many, and would act on fewer.
            case actsFewer = "acts_fewer"
            /// Of one of both nothing was recorded.
            case unknown
            /// It is in the new set only.
            case new
            /// It is in the old set only.
            case gone
        }

        /// Its name.
        public var rule: String
        /// Nil where there is nothing to compare with.
        public var difference: Difference?
        /// Under the rules in question; nil when it is gone.
        public var result: RuleResult?
        /// Under the rules that they are compared with; nil when it is new.
        public var before: RuleResult?
    }

    /// An incident that only one of both sets sees.
    public struct LoneIncident: Hashable, Codable, Sendable {
        /// The rule.
        public var rule: String
        /// The subject.
        public var subject: String
        /// The highest priority that it had.
        public var priority: String
        /// When it was detected.
        public var from: Timestamp
        /// When it was over; nil when it was not.
        public var to: Timestamp?
        /// Why it was one.
        public var cause: String
        /// Whether something would have been done about it.
        public var wouldAct: Bool
    }

    /// Incidents that only one of both sets sees: the first of them.
    public struct LoneIncidents: Hashable, Codable, Sendable {
        /// How many there are.
        public var count: Int
        /// The first of them.
        public var first: [LoneIncident]
    }

    /// When the first report was recorded.
    public var from: Timestamp
    /// When the last one was.
    public var to: Timestamp
    /// The rules in question.
    public var rulesName: String
    /// The rules that they are compared with; nil for none.
    public var againstName: String?
    /// What was recorded.
    public var checks: [Check]
    /// By name.
    public var rules: [RuleComparison]
    /// Storms in which nothing would have been begun.
    public var storms: Int
    /// The same, under the rules that they are compared with.
    public var stormsBefore: Int?
    /// Incidents that only the rules in question see.
    public var onlyNow: LoneIncidents?
    /// Incidents that only the others see.
    public var onlyBefore: LoneIncidents?
    /// What was not recorded, so that the result says nothing of it.
    public var missing: [String]
    /// What a replay cannot tell.
    public var limits: [String]
}

extension ReplayReport {
    /// So many lone incidents of each side are listed.
    static let mostListed = 50

    /// What holds for every replay.
    static let everyLimit = [
        "No plan is made: what a plan would be held against (caps, owners of fields, opt-outs, pauses and approval on the object, ready pods) "
            + "and what a remediation refuses are not asked. 'Would act' is the most that would have been done.",
        "Nothing is changed, so nothing helps or fails to: of each incident only the first attempt is counted, with the first remediation of the list; breakers, "
            + "rules that step down, cooldowns of one remediation across rules and attempts in flight at once do not hold.",
        "The recorded observations are those of a world in which the rules of then acted: a fault that was mended ends there.",
        "Pauses and silences of then are not repeated.",
    ]

    init(_ runs: [ReplayRun], _ coverage: [ReplayCoverage], from: Instant, to: Instant) {
        let now = runs.first
        let before = runs.count > 1 ? runs[1] : nil
        self.from = Timestamp(from)
        self.to = Timestamp(to)
        rulesName = now?.ruleset.name ?? ""
        againstName = before?.ruleset.name
        checks = coverage.map { Check($0) }
        let names = Set(runs.flatMap { $0.tallies.keys })
        rules = names.sorted().map { name in
            RuleComparison(
                name, now?.result(name, coverage), before?.result(name, coverage), isCompared: before != nil)
        }
        storms = now?.storms ?? 0
        stormsBefore = before?.storms
        if let now, let before {
            // Where the other set saw nothing for lack of a record, nothing follows from that.
            let unknown = Set(rules.filter { $0.difference == .unknown }.map(\.rule))
            onlyNow = LoneIncidents(now.incidents.missing(in: before.incidents).filter { !unknown.contains($0.key.rule) })
            onlyBefore = LoneIncidents(before.incidents.missing(in: now.incidents).filter { !unknown.contains($0.key.rule) })
        }
        missing = Self.missing(runs, coverage)
        limits = Self.everyLimit
    }

    private static func missing(_ runs: [ReplayRun], _ coverage: [ReplayCoverage]) -> [String] {
        var missing: [String] = []
        let recorded = Dictionary(coverage.map { ($0.check, $0) }) { first, _ in first }
        for run in runs {
            for rule in run.ruleset.rules {
                if recorded[rule.check] == nil {
                    let same = coverage.filter { $0.check.check == rule.check.check }.map { $0.check.description }
                    let others = same.isEmpty ? "" : "; recorded were, with other parameters: \(same.joined(separator: ", "))"
                    missing.append("\(run.ruleset.name): nothing is recorded of what rule \(rule.name) looks at, \(rule.check)\(others)")
                }
                if let count = run.unlocated[rule.name] {
                    missing.append(
                        "\(run.ruleset.name): of \(count) unhealthy findings of rule \(rule.name) the workload was not recorded, as no rule "
                            + "then found it by that label")
                }
            }
            if run.incidents.leftOut > 0 {
                missing.append("\(run.ruleset.name): \(run.incidents.leftOut) incidents are counted but not compared one by one")
            }
        }
        for check in coverage where check.isWanted {
            guard let from = check.completeFrom else {
                missing.append("\(check.check): no complete observation is recorded, so nothing is decided on it")
                continue
            }
            if from - check.from > .minutes(5) {
                missing.append("\(check.check): its first complete observation is of \(from.rfc3339); nothing is decided on it before")
            }
            if check.longestGap > .minutes(15) {
                missing.append("\(check.check): nothing is recorded for up to \(check.longestGap.readable) at a time")
            }
        }
        var seen: Set<String> = []
        return missing.filter { seen.insert($0).inserted }
    }
}

extension ReplayReport.Check {
    init(_ coverage: ReplayCoverage) {
        check = coverage.check.description
        from = Timestamp(coverage.from)
        to = Timestamp(coverage.to)
        reports = coverage.reports
        findings = coverage.findings
        completeFrom = coverage.completeFrom.map { Timestamp($0) }
        longestGapSeconds = coverage.longestGap.inSeconds
        isWanted = coverage.isWanted
    }
}

extension ReplayReport.RuleComparison {
    fileprivate init(_ rule: String, _ now: ReplayReport.RuleResult?, _ before: ReplayReport.RuleResult?, isCompared: Bool) {
        self.rule = rule
        result = now
        self.before = before
        switch (now, before) {
        case _ where !isCompared: difference = nil
        case (let now?, let before?):
            difference = now.difference(from: before)
        case (nil, _): difference = .gone
        case (_, nil): difference = .new
        }
    }
}

extension ReplayRun {
    fileprivate func result(_ rule: String, _ coverage: [ReplayCoverage]) -> ReplayReport.RuleResult? {
        let check = ruleset.rules.first { $0.name == rule }?.check
        return tallies[rule].map { ReplayReport.RuleResult($0, isRecorded: coverage.contains { $0.check == check }) }
    }
}

extension ReplayReport.RuleResult {
    fileprivate func difference(from before: Self) -> ReplayReport.RuleComparison.Difference {
        guard isRecorded, before.isRecorded else { return .unknown }
        if incidents != before.incidents { return incidents > before.incidents ? .more : .fewer }
        let (left, right) = ((wouldAct, wouldAsk), (before.wouldAct, before.wouldAsk))
        return left == right ? .same : left > right ? .actsMore : .actsFewer
    }

    fileprivate init(_ tally: RuleTally, isRecorded: Bool) {
        self.isRecorded = isRecorded
        incidents = tally.incidents
        wouldAsk = tally.asks
        wouldShow = tally.shows
        stillOpen = tally.stillOpen
        wouldAct = tally.acts.values.reduce(0, +)
        byRemediation = tally.acts
        toldPerson = tally.told
        heldBy = Dictionary(uniqueKeysWithValues: tally.holds.map { ($0.key.rawValue, $0.value) })
        first = tally.first.map { Timestamp($0) }
        last = tally.last.map { Timestamp($0) }
    }
}

extension ReplayReport.LoneIncidents {
    init(_ entries: [ReplayedIncidents.Entry]) {
        count = entries.count
        first = entries.prefix(ReplayReport.mostListed).map {
            ReplayReport.LoneIncident(
                rule: $0.key.rule, subject: $0.key.subject.description, priority: $0.priority.description, from: Timestamp($0.from),
                to: $0.to.map { Timestamp($0) }, cause: $0.cause, wouldAct: $0.wouldAct)
        }
    }
}
