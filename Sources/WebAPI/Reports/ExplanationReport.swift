public import AutomatonCore
public import Engine

/// What `GET /api/autoheal/explain` answers.
public struct ExplanationReport: Hashable, Codable, Sendable {
    /// When it was asked.
    public var at: Timestamp
    /// How the automaton is; nil where only its journal was read.
    public var automaton: AutomatonReport?
    /// What the journal alone remembers; nil where the automaton was asked.
    public var remembered: RememberedReport?
    /// The open incidents that were asked for, the most urgent first.
    public var incidents: [IncidentReport]
    /// So many more were asked for than are told.
    public var incidentsLeftOut: Int
    /// The last incidents of what was asked for that are over, the latest first.
    public var recent: [PastIncidentReport]
    /// The rule that was asked for, and how it did.
    public var rule: RuleReport?
    /// What is watched and has no incident.
    public var watched: [WatchedReport]
    /// So many more were asked for than are told.
    public var watchedLeftOut: Int
    /// Checks that look at such a subject, name only what is unwell, and say nothing of it.
    public var silent: [SilentReport]
    /// Why there is nothing of what was asked for, and what is known instead.
    public var unmatched: String?
}

/// How the automaton is.
public struct AutomatonReport: Hashable, Codable, Sendable {
    /// A storm: so many are unhealthy at once that nothing is begun.
    public struct Storm: Hashable, Codable, Sendable {
        /// Where; `*` for everywhere.
        public var namespace: String
        /// Since when.
        public var since: Timestamp
        /// Since when they are few enough again; nil while they are not.
        public var calmSince: Timestamp?
        /// What was seen.
        public var figures: String
    }

    /// A rule that only tells, since its attempts did not help.
    public struct SteppedDown: Hashable, Codable, Sendable {
        /// The rule.
        public var rule: String
        /// Since when.
        public var since: Timestamp
        /// Attempts whose outcome is known.
        public var attempts: Int
        /// Of those, the ones that helped.
        public var healed: Int
        /// Attempts since the last that helped.
        public var ineffectiveInARow: Int
    }

    /// A check that cannot see.
    public struct Blind: Hashable, Codable, Sendable {
        /// The check.
        public var check: String
        /// Why.
        public var why: String
    }

    /// Whether a leader is elected; if not, this process acts by itself.
    public var isElected: Bool
    /// Whether this process is the one that acts.
    public var leads: Bool
    /// Why it does not, and who does.
    public var notLeading: String?
    /// Why nothing new is begun at all; nil when it may be.
    public var standsDown: String?
    /// Plans are made and shown, nothing is changed.
    public var isDryRun: Bool
    /// By namespace.
    public var storms: [Storm]
    /// What people asked for.
    public var suspensions: [SuspensionReport]
    /// By rule.
    public var steppedDown: [SteppedDown]
    /// By check.
    public var blind: [Blind]
    /// By check: those that can tell nothing for now though nothing is wrong; nil when there are none.
    public var waiting: [Blind]?
    /// Checks that have not seen everything yet.
    public var unobserved: [String]
}

/// An open incident.
public struct IncidentReport: Hashable, Codable, Sendable {
    /// What is done about it.
    public struct Standing: Hashable, Codable, Sendable {
        /// The guard that says no; nil while nothing holds it.
        public var hold: String?
        /// Why, with figures.
        public var reason: String
        /// When that may change; nil where no time is known.
        public var until: Timestamp?
    }

    /// The rule.
    public var rule: String
    /// What is mended: `production/deployment/email-service`.
    public var subject: String
    /// How urgent it is.
    public var priority: String
    /// When it was first seen unhealthy; nil where that is no longer on record.
    public var detectedAt: Timestamp?
    /// Why it is one, with figures.
    public var cause: String
    /// When that was observed; nil where only the journal was read.
    public var observedAt: Timestamp?
    /// What was observed, where that is something else than what is mended.
    public var observed: String?
    /// Attempts made in this incident.
    public var attempts: Int
    /// What is done about it now.
    public var now: Standing
    /// Decisions and changes since it was detected, oldest first; the first and the last when they are many.
    public var trail: [TrailReport]
    /// So many were left out in the middle.
    public var trailLeftOut: Int
}

/// A check that names only what is unwell, and says nothing of the subject that was asked for.
public struct SilentReport: Hashable, Codable, Sendable {
    /// The check.
    public var check: String
    /// When it saw last; nil when it has not seen everything yet.
    public var seenAt: Timestamp?
    /// The rules that judge it.
    public var rules: [String]
}

/// Something that is watched and has no incident.
public struct WatchedReport: Hashable, Codable, Sendable {
    /// What a rule makes of it.
    public struct Judgement: Hashable, Codable, Sendable {
        /// The rule.
        public var rule: String
        /// What it would mend, where that is something else.
        public var mends: String?
        /// `healthy` or `unknown`.
        public var verdict: String
        /// Why it is unknown.
        public var why: String?
    }

    /// What a check reports on.
    public var subject: String
    /// The check.
    public var check: String
    /// When it was seen last.
    public var seenAt: Timestamp
    /// What was seen, in a line.
    public var seen: String
    /// By rule.
    public var rules: [Judgement]
}

extension ExplanationReport {
    /// Lines of one incident's trail that are told at most, of so many incidents; the rest is left out in the middle.
    static func longestTrail(of incidents: Int) -> Int { incidents > 20 ? 40 : 200 }

    /// What a running automaton says.
    public init(_ explanation: Explanation) {
        at = Timestamp(explanation.at)
        automaton = AutomatonReport(explanation)
        let longest = Self.longestTrail(of: explanation.incidents.count)
        incidents = explanation.incidents.map { IncidentReport($0, longest) }
        incidentsLeftOut = explanation.incidentsLeftOut
        recent = explanation.recent.map { PastIncidentReport($0) }
        rule = explanation.rule.map { RuleReport($0.rule, $0.efficacy) }
        watched = explanation.watched.map { WatchedReport($0) }
        watchedLeftOut = explanation.watchedLeftOut
        silent = explanation.silent.map {
            SilentReport(check: $0.check.description, seenAt: $0.seenAt.map { Timestamp($0) }, rules: $0.rules)
        }
        unmatched = explanation.unmatched?.text(isSilent: !explanation.silent.isEmpty)
    }
}

extension AutomatonReport {
    init(_ explanation: Explanation) {
        isElected = explanation.isElected
        leads = explanation.notLeading == nil
        notLeading = explanation.notLeading
        standsDown = explanation.standDown
        isDryRun = explanation.isDryRun
        storms = Self.storms(explanation.storms)
        suspensions = explanation.suspensions.map { SuspensionReport($0) }
        steppedDown = Self.steppedDown(explanation.efficacies)
        blind = explanation.blind.map { Blind(check: $0.check.description, why: $0.why) }
        waiting =
            explanation.waiting.isEmpty ? nil : explanation.waiting.map { Blind(check: $0.check.description, why: $0.why) }
        unobserved = explanation.unobserved.map(\.description)
    }
}

extension AutomatonReport {
    static func steppedDown(_ efficacies: [String: Efficacy]) -> [SteppedDown] {
        efficacies.sorted { $0.key < $1.key }.compactMap { rule, efficacy in
            efficacy.steppedDownAt.map {
                SteppedDown(
                    rule: rule, since: Timestamp($0), attempts: efficacy.attempts, healed: efficacy.healed,
                    ineffectiveInARow: efficacy.ineffectiveInARow)
            }
        }
    }

    static func storms(_ storms: [String: AutomatonCore.Storm]) -> [Storm] {
        storms.sorted { $0.key < $1.key }.map {
            Storm(
                namespace: $0.key, since: Timestamp($0.value.since), calmSince: $0.value.calmSince.map { Timestamp($0) },
                figures: $0.value.figures)
        }
    }
}

extension IncidentReport {
    init(_ explanation: IncidentExplanation, _ longestTrail: Int) {
        let incident = explanation.incident
        rule = incident.key.rule
        subject = incident.key.subject.description
        priority = incident.priority.description
        detectedAt = Timestamp(incident.detectedAt)
        cause = incident.cause
        observedAt = Timestamp(incident.finding.observedAt)
        observed = incident.finding.subject == incident.key.subject ? nil : incident.finding.subject.description
        attempts = incident.attempts
        now = Standing(explanation.standing)
        (trail, trailLeftOut) = Self.bounded(explanation.trail, longestTrail)
    }

    static func bounded(_ entries: [TrailEntry], _ most: Int) -> ([TrailReport], leftOut: Int) {
        guard entries.count > most else { return (entries.map { TrailReport($0) }, 0) }
        return ((entries.prefix(most / 4) + entries.suffix(most - most / 4)).map { TrailReport($0) }, entries.count - most)
    }
}

extension IncidentReport.Standing {
    init(_ standing: AutomatonCore.Standing) {
        self.init(hold: standing.hold?.rawValue, reason: standing.reason, until: standing.until.flatMap(Timestamp.init(finite:)))
    }
}

extension WatchedReport {
    init(_ watched: WatchedSubject) {
        subject = watched.finding.subject.description
        check = watched.check.description
        seenAt = Timestamp(watched.seenAt)
        seen = watched.finding.figuresAndReasons
        rules = watched.judgements.map { judgement in
            let (word, why): (String, String?) =
                switch judgement.verdict {
                case .healthy: ("healthy", nil)
                case .unhealthy(let priority): ("unhealthy", priority.description)
                case .unknown(let why): ("unknown", why)
                }
            return Judgement(
                rule: judgement.rule, mends: judgement.mends == watched.finding.subject ? nil : judgement.mends?.description, verdict: word,
                why: why)
        }
    }
}

extension Unmatched {
    /// In a sentence or two.
    /// - Parameter isSilent: whether a check may know it, and names only what is unwell.
    func text(isSilent: Bool) -> String {
        var parts: [String] = []
        if let rule {
            let near = NearestName.of(rule, among: rules).map { "; did you mean '\($0)'?" } ?? "."
            parts.append("no rule is named '\(rule)'\(near) In force: \(rules.isEmpty ? "none" : rules.joined(separator: ", "))")
        }
        if let subject {
            var text = isSilent ? "nothing is reported of \(subject): it is well, or there is no such" : "no rule looks at \(subject)"
            if !sameName.isEmpty { text += "; known subjects of that name: \(sameName.map(\.description).joined(separator: ", "))" }
            if let nearest { text += "; the nearest known is \(nearest)" }
            if sameName.isEmpty, nearest == nil { text += "; \(known) other subjects are known" }
            parts.append(text)
        }
        return parts.joined(separator: ". ")
    }
}

extension Finding {
    /// The first figures, then the reasons: `used 41 %; FullestVolume on web-0: data`.
    fileprivate var figuresAndReasons: String {
        guard case .seen(let evidence) = observation, !evidence.figures.isEmpty else { return summary }
        let figures = evidence.figures.prefix(3).map(\.summary).joined(separator: ", ")
        return evidence.reasons.isEmpty ? figures : "\(figures); \(summary)"
    }
}
