public import AutomatonCore

/// What one look at everything that rules watch showed.
public struct Look: Sendable {
    /// What a rule makes of one thing that its check reports on.
    public struct Sight: Sendable {
        /// What was seen.
        public var finding: Finding
        /// What the rule would mend; nil where that has to be found and was not.
        public var mends: Subject?
        /// What the rule says.
        public var verdict: Verdict
        /// What was seen in a line: a figure with its bound, where the rule has one.
        public var seen: String
        /// What was measured; empty where the check measures nothing, or it is unknown.
        public var measured: [MeasuredFigure]
    }

    /// What a rule makes of all of it.
    public struct OfRule: Sendable {
        /// The rule.
        public var rule: Rule
        /// Why its check could not look; nil when it did.
        public var blind: String?
        /// What its check reported, the worst first.
        public var sights: [Sight]
        /// How many subjects are well, also those that the check does not name; nil when it could not look.
        public var healthy: Int?
        /// What its check can report on; of what it did report, where it did.
        public var kinds: Set<Subject.Kind>
        /// What its tiers ask for that one look does not tell.
        public var untold: [String]
        /// Whether a tier asks for nothing of that: if none does, that nothing was seen says nothing.
        public var isTold: Bool
    }

    /// When.
    public var at: Instant
    /// By the rule's name.
    public var rules: [OfRule]
    /// Why workloads that rules find by a label were not found.
    public var missing: [String]
}

/// Looks once: runs each check that rules judge, and has the core judge what they report. Nothing is done about it, nor remembered.
public struct Looker: Sendable {
    private let environment: Environment
    private let clock: EngineClock

    /// Makes one that looks through these ports.
    public init(environment: Environment, clock: EngineClock) { (self.environment, self.clock) = (environment, clock) }

    private struct Seen: Sendable {
        var survey: Survey
        var missing: [String] = []
    }

    /// Looks.
    /// - Parameters:
    ///   - ruleset: the rules and their checks.
    ///   - rule: only what this rule says; nil for all.
    ///   - subject: what is looked at by itself where a check that names only what is unwell does not name it; nil for nothing.
    ///   - limit: what has not answered by then could not look.
    public func look(
        _ ruleset: Ruleset, policy: SafetyPolicy, rule: String? = nil, subject: Subject? = nil, within limit: Duration
    ) async -> Look {
        let rules = ruleset.rules.filter { rule == nil || rule == $0.name }
        let ids = Set(rules.map(\.check))
        let checks = ruleset.checks.filter { ids.contains($0.key) }
        let results = await run(checks, rules, subject, within: limit)
        // With all rules: those of the same check are judged together, as they are by a running automaton.
        var automaton = Automaton(rules: ruleset.rules, policy: policy, run: "look")
        let now = clock.now()
        for id in checks.keys.sorted() {
            switch results[id] {
            case .success(let seen)?: _ = automaton.step(.complete(id, seen.survey.findings), at: now)
            case .failure(let why)?: _ = automaton.step(.blind(id, why.text), at: now)
            case nil: _ = automaton.step(.blind(id, "no answer within \(limit.readable)"), at: now)
            }
        }
        let blind = Dictionary(automaton.blindChecks.map { ($0.check, $0.why) }) { first, _ in first }
        return Look(
            at: now,
            rules: rules.map { rule in
                let survey = (try? results[rule.check]?.get())?.survey
                return Look.OfRule(rule, checks[rule.check], survey, blind[rule.check], automaton)
            },
            missing: Set(results.values.flatMap { (try? $0.get())?.missing ?? [] }).sorted())
    }

    private struct Blindness: Error {
        var text: String
    }

    /// Each check in a task of its own. One that does not heed its cancellation is not waited for: the time that was given is over.
    private func run(
        _ checks: [CheckID: any Check], _ rules: [Rule], _ subject: Subject?, within limit: Duration
    ) async -> [CheckID: Result<Seen, Blindness>] {
        let (answers, sink) = AsyncStream.makeStream(of: (CheckID, Result<Seen, Blindness>).self)
        let locator = WorkloadLocator(environment.workloads)
        let tasks = checks.map { id, check in
            let templates = rules.compactMap { $0.check == id ? $0.subject : nil }.filter {
                if case .label = $0.name { true } else { false }
            }
            return Task {
                do {
                    sink.yield((id, .success(try await look(check, Array(Set(templates)), subject, locator))))
                } catch {
                    sink.yield((id, .failure(Blindness(text: String(describing: error)))))
                }
            }
        }
        let timer = Task { [clock] in
            try? await clock.sleep(limit)
            sink.finish()
        }
        defer {
            timer.cancel()
            for task in tasks { task.cancel() }
        }
        var results: [CheckID: Result<Seen, Blindness>] = [:]
        if checks.isEmpty { return results }
        for await (id, result) in answers {
            results[id] = result
            if results.count == checks.count { break }
        }
        return results
    }

    private func look(
        _ check: any Check, _ templates: [SubjectTemplate], _ subject: Subject?, _ locator: WorkloadLocator
    ) async throws -> Seen {
        var seen = Seen(survey: try await check.survey(in: environment))
        if let subject, !type(of: check).namesWell, check.subjects.contains(subject.kind),
            !seen.survey.findings.contains(where: { $0.subject == subject }), let finding = await look(at: subject, for: check)
        {
            seen.survey.findings.append(finding)
        }
        guard !templates.isEmpty else { return seen }
        for index in seen.survey.findings.indices {
            let (located, missing) = await locator.locate(seen.survey.findings[index], templates, at: clock.now())
            seen.survey.findings[index] = located
            seen.missing += missing
        }
        return seen
    }

    /// What a check that names only what is unwell would say of something that it does not name; nil when it is not there.
    private func look(at subject: Subject, for check: any Check) async -> Finding? {
        do {
            let workload = try await environment.workloads.read(subject)
            return type(of: check).observation(ofUnnamed: workload).map { Finding(subject, observedAt: clock.now(), $0) }
        } catch {
            if case .notFound = error { return nil }
            return Finding(subject, observedAt: clock.now(), .unknown(error.description))
        }
    }
}

extension Look.OfRule {
    fileprivate init(_ rule: Rule, _ check: (any Check)?, _ survey: Survey?, _ blind: String?, _ automaton: Automaton) {
        self.rule = rule
        self.blind = blind
        let causes = Dictionary(
            automaton.incidents.filter { $0.key.rule == rule.name }.map { ($0.finding.subject, $0.cause) }
        ) { first, _ in first }
        let judged = (survey?.findings ?? []).compactMap { finding -> Look.Sight? in
            guard let verdict = automaton.verdicts(of: finding, by: rule.check).first(where: { $0.rule == rule.name }) else { return nil }
            let measured: [MeasuredFigure] = if case .seen(let evidence) = finding.observation { rule.measurements(evidence) } else { [] }
            let seen =
                switch verdict.verdict {
                case .unhealthy: causes[finding.subject] ?? finding.summary
                case .healthy: Self.well(finding, measured)
                case .unknown: finding.summary
                }
            return Look.Sight(finding: finding, mends: verdict.subject, verdict: verdict.verdict, seen: seen, measured: measured)
        }
        sights = judged.sorted { ($1.verdict.rank, $0.finding.subject) < ($0.verdict.rank, $1.finding.subject) }
        let unwell = judged.count { $0.verdict != .healthy }
        healthy = survey.map { max($0.population ?? 0, judged.count) - unwell }
        let named = Set(judged.map(\.finding.subject.kind))
        kinds = named.isEmpty ? check?.subjects ?? [] : named
        let vocabulary = check.map { type(of: $0).vocabulary }
        let history = check.map { type(of: $0).toldByHistory } ?? []
        let asked = rule.tiers.map { tier in
            tier.conditions.flatMap { condition -> [String] in
                switch condition {
                case .above(let figure, _), .below(let figure, _): [figure ?? vocabulary?.figures.first ?? ""]
                case .reasons(let codes): codes
                }
            }.filter { history.contains($0) }
        }
        untold = Set(asked.joined()).sorted()
        isTold = asked.contains(where: \.isEmpty)
    }

    /// Of what is well, the figures that the rule asks for; else what there is.
    private static func well(_ finding: Finding, _ measured: [MeasuredFigure]) -> String {
        let bounded = measured.filter { $0.above != nil || $0.below != nil }.map(\.summary)
        return bounded.isEmpty ? finding.summary : bounded.joined(separator: ", ")
    }
}

extension Verdict {
    /// The worst is the greatest.
    fileprivate var rank: Int {
        switch self {
        case .unhealthy(let priority): 2 + Int(priority.rawValue)
        case .unknown: 1
        case .healthy: 0
        }
    }
}
