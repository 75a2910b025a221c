public import AutomatonCore

/// What people ask a running automaton.
extension Engine {
    /// Explains what is done about subjects, under rules; all of them when none is named.
    /// - Parameters:
    ///   - healthy: whether what has no incident is told, too.
    ///   - limit: at most so many incidents, and so many subjects that have none.
    public func explain(
        subject: SubjectFilter? = nil, rule: String? = nil, healthy: Bool = true, limit: Int = .max
    ) async -> Explanation {
        let now = clock.now()
        let open = open(subject, rule)
        let told = Array(open.prefix(limit))
        let standings = automaton.standings(told.map(\.key), at: now)
        let trails = trail.entries(of: told)
        let watched = healthy ? watched(subject, rule) : []
        var explanation = Explanation(
            at: now, isElected: isElected, notLeading: notLeading, standDown: automaton.standDown, isDryRun: automaton.policy.dryRun,
            storms: automaton.storms, suspensions: automaton.suspensions, efficacies: automaton.efficacies, blind: blindChecks,
            waiting: waitingChecks, unobserved: unobserved,
            incidents: told.compactMap { incident in
                standings[incident.key].map {
                    IncidentExplanation(incident: incident, standing: $0, trail: trails[incident.key] ?? [])
                }
            },
            incidentsLeftOut: open.count - told.count, recent: [],
            rule: rule.flatMap { name in
                automaton.rulesInForce.first { $0.name == name }.map { ($0, automaton.efficacies[name] ?? Efficacy()) }
            }, watched: Array(watched.prefix(limit)),
            watchedLeftOut: max(0, watched.count - limit), silent: healthy ? silent(subject, rule) : [], unmatched: nil)
        await completeTrails(&explanation)
        let isParticular = subject != nil || rule != nil
        let lately = await lately(subject, rule, isWhole: isParticular, at: now)
        addEpilogues(lately, to: &explanation)
        if isParticular { explanation.recent = await recent(in: lately, notOf: Set(open.map(\.key)), at: now) }
        if open.isEmpty { explanation.unmatched = await unmatched(subject, rule) }
        return explanation
    }

    /// The open incidents of what is mended or was observed, under a rule; the most urgent first.
    func open(_ subject: SubjectFilter?, _ rule: String?) -> [Incident] {
        automaton.incidents.filter { incident in
            (rule.map { $0 == incident.key.rule } ?? true)
                && (subject.map { $0.matches(incident.key.subject) || $0.matches(incident.finding.subject) } ?? true)
        }.sorted { ($1.priority, $0.detectedAt, $0.key) < ($0.priority, $1.detectedAt, $1.key) }
    }

    /// What people asked for that holds now.
    public var suspensions: [Suspension] { automaton.suspensions }

    /// The same, for who would take what is left out for lifted.
    /// - Throws: ``NotLeading`` when another process has it; ``NotReady`` before the journal was read.
    public func leadersSuspensions() throws -> [Suspension] {
        try requireLeading()
        return automaton.suspensions
    }

    /// The names of the rules in force.
    public var ruleNames: [String] { automaton.rulesInForce.map(\.name).sorted() }

    /// Open incidents that a suspension is about, and whether it is about anything that is known.
    public func reach(of suspension: Suspension) -> (incidents: Int, isKnown: Bool) {
        let covered = automaton.incidents.count { suspension.covers(rule: $0.key.rule, subject: $0.key.subject) }
        return (covered, covered > 0 || suspension.subject.map { filter in knownSubjects.contains { filter.matches($0) } } ?? true)
    }

    /// Decisions and changes of incidents: of this run, and of earlier ones where a journal keeps them.
    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
        guard let keeper else { return trail.entries(query) }
        handOverNotes()
        return try await keeper.trail(query)
    }

    /// What was told lately.
    /// - Parameter isWhole: also of earlier runs.
    private func lately(_ subject: SubjectFilter?, _ rule: String?, isWhole: Bool, at now: Instant) async -> [TrailEntry] {
        let query = TrailQuery(since: now - PastIncident.horizon, rule: rule, subject: subject)
        // A journal that does not answer has been told already; what this run knows is better than nothing.
        guard isWhole, let entries = try? await trail(query) else { return trail.entries(query) }
        return entries
    }

    /// What was taken back before an incident began may be why it did.
    private func addEpilogues(_ lately: [TrailEntry], to explanation: inout Explanation) {
        let began = Dictionary(explanation.incidents.map { ($0.incident.key, $0.incident.detectedAt) }) { first, _ in first }
        var epilogues = Epilogues()
        for entry in lately where began[entry.incident].map({ entry.at < $0 }) ?? false { epilogues.take(entry) }
        for index in explanation.incidents.indices {
            explanation.incidents[index].trail = epilogues[explanation.incidents[index].incident.key] + explanation.incidents[index].trail
        }
    }

    /// What was tried lately, and when it would be again.
    private func recent(in lately: [TrailEntry], notOf open: Set<IncidentKey>, at now: Instant) async -> [PastIncident] {
        let since = now - PastIncident.horizon
        var entries = lately
        // What is taken back by now may have been over for long.
        let over = Set(lately.filter { $0.kind == "closed" }.map(\.incident))
        let older = Set(lately.filter { $0.kind == "restore" }.map(\.incident)).subtracting(over).subtracting(open)
        for key in older.sorted().prefix(5) {
            let filter = SubjectFilter(kind: key.subject.kind, namespace: key.subject.namespace, name: key.subject.name)
            let query = TrailQuery(since: .epoch, until: since, rule: key.rule, subject: filter, limit: 200)
            entries = ((try? await trail(query)) ?? []) + entries
        }
        return PastIncident.latest(in: entries, notOf: open, since: since).map { past in
            var past = past
            past.quiet = automaton.quiet(past.key, at: now)
            return past
        }
    }

    /// Incidents of earlier runs, and old ones of which this run has forgotten the beginning, have their trail in the journal.
    private func completeTrails(_ explanation: inout Explanation) async {
        guard keeper != nil else { return }
        let oldest = trail.oldest
        var asked = 0
        for index in explanation.incidents.indices {
            let incident = explanation.incidents[index].incident
            if let oldest, oldest <= incident.detectedAt { continue }
            // Each is a query; the most urgent come first.
            asked += 1
            guard asked <= 50 else { return }
            let subject = incident.key.subject
            let query = TrailQuery(
                since: incident.detectedAt, rule: incident.key.rule,
                subject: SubjectFilter(kind: subject.kind, namespace: subject.namespace, name: subject.name), limit: 1000)
            // What this run knows is better than nothing.
            guard let entries = try? await trail(query) else { return }
            if entries.count > explanation.incidents[index].trail.count { explanation.incidents[index].trail = entries }
        }
    }

    private func watched(_ subject: SubjectFilter?, _ rule: String?) -> [WatchedSubject] {
        var watched: [WatchedSubject] = []
        for (check, findings) in reported.sorted(by: { $0.key < $1.key }) {
            for finding in findings.values.sorted(by: { $0.subject < $1.subject }) {
                let verdicts = automaton.verdicts(of: finding, by: check).filter { verdict in
                    (rule.map { $0 == verdict.rule } ?? true)
                        && (subject.map { filter in filter.matches(finding.subject) || verdict.subject.map { filter.matches($0) } ?? false }
                            ?? true)
                        && !verdict.verdict.isUnhealthy
                }
                guard !verdicts.isEmpty else { continue }
                watched.append(
                    WatchedSubject(
                        finding: finding, check: check, seenAt: max(finding.observedAt, automaton.currentAt(check) ?? .epoch),
                        judgements: verdicts.map { WatchedSubject.Judgement(rule: $0.rule, mends: $0.subject, verdict: $0.verdict) }))
            }
        }
        return watched.sorted { ($0.finding.subject, $0.check) < ($1.finding.subject, $1.check) }
    }

    private func silent(_ subject: SubjectFilter?, _ rule: String?) -> [SilentCheck] {
        guard let subject else { return [] }
        return ruleset.checks.sorted { $0.key < $1.key }.compactMap { id, check in
            guard !type(of: check).namesWell, check.subjects.contains(subject.kind),
                !(reported[id]?.keys.contains { subject.matches($0) } ?? false)
            else { return nil }
            let rules = ruleset.rules.filter { $0.check == id && $0.subject == nil && (rule == nil || rule == $0.name) }.map(\.name)
            return rules.isEmpty ? nil : SilentCheck(check: id, seenAt: seenAt(id), rules: rules.sorted())
        }
    }

    /// When a check last told something, or that nothing changed; nil when it has not seen everything yet.
    private func seenAt(_ id: CheckID) -> Instant? {
        automaton.currentAt(id).map { current in
            (reported[id] ?? [:]).values.reduce(current) { max($0, $1.observedAt) }
        }
    }

    private var knownSubjects: Set<Subject> {
        var known = Set(automaton.incidents.map(\.key.subject))
        for (check, findings) in reported {
            for finding in findings.values {
                known.insert(finding.subject)
                for verdict in automaton.verdicts(of: finding, by: check) { if let subject = verdict.subject { known.insert(subject) } }
            }
        }
        return known
    }

    /// What is known instead, when nothing of a subject or rule is; nil when it is known and merely well.
    private func unmatched(_ subject: SubjectFilter?, _ rule: String?) async -> Unmatched? {
        let rules = ruleNames
        let missing = rule.flatMap { rules.contains($0) ? nil : $0 }
        guard subject != nil || missing != nil else { return nil }
        return await Unmatched.instead(of: subject, missing, rules, knownSubjects)
    }
}

extension Unmatched {
    /// Beside the engine, which has other things to do than to compare names.
    @concurrent fileprivate static func instead(
        of subject: SubjectFilter?, _ rule: String?, _ rules: [String], _ known: Set<Subject>
    ) async -> Unmatched? {
        guard let subject, !known.contains(where: { subject.matches($0) }) else {
            return rule.map { Unmatched(rule: $0, rules: rules, subject: nil, sameName: [], nearest: nil, known: known.count) }
        }
        let same = known.filter { $0.name == subject.name && !subject.matches($0) }.sorted()
        let name = NearestName.of(subject.name, among: Set(known.map(\.name)))
        let near = known.filter { $0.name == name && $0.name != subject.name }
        let nearest = near.filter { $0.kind == subject.kind }.min() ?? near.min()
        return Unmatched(rule: rule, rules: rules, subject: subject, sameName: Array(same.prefix(10)), nearest: nearest, known: known.count)
    }
}

extension Verdict {
    fileprivate var isUnhealthy: Bool { if case .unhealthy = self { true } else { false } }
}
