public import AutomatonCore

/// What people ask a running automaton.
extension Engine {
    /// Explains what is done about subjects, under rules; all of them when none is named.
    /// - Parameter healthy: whether what has no incident is told, too.
    public func explain(subject: SubjectFilter? = nil, rule: String? = nil, healthy: Bool = true) async -> Explanation {
        let now = clock.now()
        let open = automaton.incidents.filter { incident in
            (rule.map { $0 == incident.key.rule } ?? true)
                && (subject.map { $0.matches(incident.key.subject) || $0.matches(incident.finding.subject) } ?? true)
        }
        let ordered = open.sorted { ($1.priority, $0.detectedAt, $0.key) < ($0.priority, $1.detectedAt, $1.key) }
        var incidents: [IncidentExplanation] = []
        for incident in ordered {
            guard let standing = automaton.standing(incident.key, at: now) else { continue }
            incidents.append(IncidentExplanation(incident: incident, standing: standing, trail: trail.entries(of: incident)))
        }
        return Explanation(
            at: now, standDown: automaton.standingDown, storms: automaton.storms, suspensions: automaton.suspensions,
            efficacies: automaton.efficacies, incidents: incidents, watched: healthy ? watched(subject, rule) : [])
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
                watched.append(WatchedSubject(finding: finding, check: check, verdicts: verdicts.map { ($0.rule, $0.verdict) }))
            }
        }
        return watched
    }

    /// Decisions and changes of incidents: of this run, and of earlier ones where a journal keeps them.
    public func trail(_ query: TrailQuery) async throws(JournalError) -> [TrailEntry] {
        guard let keeper else { return trail.entries(query) }
        handOverNotes()
        return try await keeper.trail(query)
    }

    /// A person asks for quiet.
    /// - Throws: ``NotLeading`` when another process leads: it has to be asked.
    public func suspend(_ suspension: Suspension) throws {
        try requireLeading()
        step(.suspended(suspension))
    }

    /// A person lifts it. Answers whether there was one of that name.
    public func lift(_ id: String) throws -> Bool {
        try requireLeading()
        guard automaton.suspensions.contains(where: { $0.id == id }) else { return false }
        step(.lifted(id))
        return true
    }

    /// A person confirms what a rule in mode `approve` planned. Answers whether a plan waited for it.
    public func approve(_ incident: IncidentKey, by: String) throws -> Bool {
        try requireLeading()
        guard automaton.standing(incident, at: clock.now())?.hold == .approval else { return false }
        step(.approved(incident, by: by))
        return true
    }

    /// A person lets a rule act again that had stepped down. Answers whether it had.
    public func reinstate(_ rule: String) throws -> Bool {
        try requireLeading()
        guard automaton.efficacies[rule]?.steppedDownAt != nil else { return false }
        step(.reinstated(rule: rule))
        return true
    }

    /// Who takes the word of people.
    private func requireLeading() throws {
        if let why = notLeading { throw NotLeading(why: why) }
    }
}

/// This process does not lead, so what it were told would be forgotten.
public struct NotLeading: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who does, as far as it is known.
    public let why: String

    public var description: String { "this process does not lead: \(why)" }
}

extension Verdict {
    fileprivate var isUnhealthy: Bool { if case .unhealthy = self { true } else { false } }
}
