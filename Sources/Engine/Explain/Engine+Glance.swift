public import AutomatonCore

/// What a running automaton is at, without the trails: cheap enough to be asked by every page that somebody leaves open.
public struct Glance: Sendable {
    /// An open incident.
    public struct Open: Sendable {
        /// The incident.
        public var incident: Incident
        /// What is done about it now, and why.
        public var standing: Standing
        /// What its rule asks a person to confirm; nil when it asks nobody.
        public var question: [Change]?
        /// Until when its attempt has to have helped; nil while none is being verified.
        public var verifyingUntil: Instant?
        /// What its rule may do; nil when the rule is not in force.
        public var mode: Rule.Mode?
    }

    /// When.
    public var at: Instant
    /// Why this process does not lead; nil when it does.
    public var notLeading: String?
    /// Why nothing new is begun at all; nil when it may be.
    public var standDown: String?
    /// The limits in force.
    public var policy: SafetyPolicy
    /// Storms, by namespace; `*` for all.
    public var storms: [String: Storm]
    /// What people asked for.
    public var suspensions: [Suspension]
    /// How each rule did.
    public var efficacies: [String: Efficacy]
    /// Checks that cannot see, and why.
    public var blind: [(check: CheckID, why: String)]
    /// Checks that can tell nothing for now though nothing is wrong, and why: nothing acts on them.
    public var waiting: [(check: CheckID, why: String)]
    /// Checks that have not seen everything yet: nothing acts on them.
    public var unobserved: [CheckID]
    /// The rules in force, sorted by name.
    public var rules: [Rule]
    /// Rules that were read and are not in force.
    public var idle: [Ruleset.Idle]
    /// How many checks run.
    public var checks: Int
    /// The open incidents that were asked for, the most urgent first.
    public var incidents: [Open]
    /// How many are open.
    public var open: Int
    /// Open incidents by rule.
    public var openByRule: [String: Int]
    /// Why the journal cannot be written; nil when it can, or when there is none.
    public var journalProblem: String?
    /// Whether anything outlives the process.
    public var hasJournal: Bool
}

/// What was measured of a subject that people watch by its figure.
public struct Measurement: Sendable {
    /// What was measured.
    public var subject: Subject
    /// By which check.
    public var check: CheckID
    /// Its main figure.
    public var figure: Figure
    /// When.
    public var at: Instant
}

extension Engine {
    /// Says what it is at, and about at most so many open incidents.
    public func glance(limit: Int) -> Glance { glance(automaton.incidents, limit: limit) }

    /// The same, about one incident alone.
    public func glance(at key: IncidentKey) -> Glance { glance(automaton.incident(key).map { [$0] } ?? [], limit: 1) }

    private func glance(_ incidents: [Incident], limit: Int) -> Glance {
        let now = clock.now()
        let ordered = incidents.sorted { ($1.priority, $0.detectedAt, $0.key) < ($0.priority, $1.detectedAt, $1.key) }
        let told = Array(ordered.prefix(limit))
        let standings = automaton.standings(told.map(\.key), at: now)
        let modes = Dictionary(automaton.rulesInForce.map { ($0.name, $0.mode) }) { first, _ in first }
        return Glance(
            at: now, notLeading: notLeading, standDown: automaton.standDown, policy: automaton.policy, storms: automaton.storms,
            suspensions: automaton.suspensions, efficacies: automaton.efficacies, blind: blindChecks, waiting: waitingChecks,
            unobserved: unobserved, rules: automaton.rulesInForce, idle: ruleset.idle, checks: ruleset.checks.count,
            incidents: told.compactMap { incident in
                standings[incident.key].map {
                    Glance.Open(
                        incident: incident, standing: $0, question: automaton.question(of: incident.key, at: now),
                        verifyingUntil: automaton.verification(of: incident.key), mode: modes[incident.key.rule])
                }
            },
            open: automaton.openIncidents,
            openByRule: incidents.reduce(into: [:]) { counts, incident in counts[incident.key.rule, default: 0] += 1 },
            journalProblem: journalProblem, hasJournal: keeper != nil)
    }

    /// The main figures of subjects of these kinds as they were seen last, of each kind at most so many: those with the greatest.
    public func measurements(of kinds: Set<Subject.Kind>, limit: Int) -> [Measurement] {
        var measured: [Subject.Kind: [Measurement]] = [:]
        for (id, check) in ruleset.checks where !check.subjects.isDisjoint(with: kinds) {
            for finding in (reported[id] ?? [:]).values where kinds.contains(finding.subject.kind) {
                guard case .seen(let evidence) = finding.observation, let figure = evidence.figures.first, figure.value.isFinite else {
                    continue
                }
                let at = max(finding.observedAt, automaton.currentAt(id) ?? finding.observedAt)
                measured[finding.subject.kind, default: []].append(
                    Measurement(subject: finding.subject, check: id, figure: figure, at: at))
            }
        }
        return measured.values.flatMap { list in
            list.sorted { ($1.figure.value, $0.subject, $0.check) < ($0.figure.value, $1.subject, $1.check) }.prefix(max(0, limit))
        }.sorted { ($0.subject, $0.check) < ($1.subject, $1.check) }
    }
}
