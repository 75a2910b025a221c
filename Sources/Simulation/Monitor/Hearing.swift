import AutomatonCore

/// What one run was told by its checks, as far as it can be known from outside, with a little of the past: between the moment at which
/// a run decides and the one at which that shows, something else may have come in.
struct Hearing {
    /// What was known of a subject from an instant on.
    struct State {
        var from: Instant
        /// Nil when the subject was not there.
        var finding: Finding?
    }

    /// In one place, too: findings come in all the time.
    final class CheckState {
        var isComplete = false
        /// Since when it cannot see, or until when it could not.
        var blind: (from: Instant, to: Instant?)?
        /// When it last said that what was said holds.
        var current: [Instant] = []
        var subjects: [Subject: [State]] = [:]
    }

    /// How long after it decided a run may still write.
    private static let past: Duration = .minutes(1)

    private(set) var checks: [CheckID: CheckState] = [:]
    private var rules: [CheckID: [Judge]] = [:]

    /// A rule, in one place: it is much to copy for each finding.
    private final class Judge {
        let rule: Rule
        init(_ rule: Rule) { self.rule = rule }
    }

    /// Since when a rule's verdict on what a check reports on has been at least this urgent, by the rule's name.
    private var since: [String: [Subject: [Priority: Instant]]] = [:]

    mutating func configure(_ rules: [Rule], at now: Instant) {
        self.rules = Dictionary(grouping: rules.map { Judge($0) }) { $0.rule.check }
        for check in Array(checks.keys) where self.rules[check] == nil { checks[check] = nil }
        for (check, state) in checks {
            for (subject, states) in state.subjects {
                if let finding = states.last?.finding { follow(finding, subject, of: check, at: now) }
            }
        }
    }

    mutating func take(_ report: CheckReport, of id: CheckID, at now: Instant) {
        if checks[id] == nil { checks[id] = CheckState() }
        guard let check = checks[id] else { return }
        switch report {
        case .complete(let findings):
            check.isComplete = true
            see(check, now)
            let named = Set(findings.map(\.subject))
            for subject in check.subjects.keys.filter({ !named.contains($0) }) { note(nil, subject, of: id, check, at: now) }
            for finding in findings { note(finding, finding.subject, of: id, check, at: now) }
        case .changed(let finding): note(finding, finding.subject, of: id, check, at: now)
        case .gone(let subject): note(nil, subject, of: id, check, at: now)
        case .population: return
        case .current: if check.isComplete { see(check, now) }
        case .blind, .waiting: if check.blind?.to != nil || check.blind == nil { check.blind = (now, nil) }
        }
    }

    private func see(_ check: CheckState, _ now: Instant) {
        // The newest of the older ones stays: what was decided before this one came in went by it.
        if let first = check.current.lastIndex(where: { now - $0 > Self.past }) { check.current.removeFirst(first) }
        check.current.append(now)
        if check.blind?.to == nil { check.blind?.to = now }
    }

    private mutating func note(_ finding: Finding?, _ subject: Subject, of id: CheckID, _ check: CheckState, at now: Instant) {
        let isRepeated = check.subjects[subject, default: []].take(finding, at: now, past: Self.past)
        if isRepeated { return }
        if let finding {
            follow(finding, subject, of: id, at: now)
        } else {
            for judge in rules[id] ?? [] { since[judge.rule.name]?[subject] = nil }
        }
    }

    private mutating func follow(_ finding: Finding, _ subject: Subject, of check: CheckID, at now: Instant) {
        for judge in rules[check] ?? [] {
            let rule = judge.rule
            switch rule.verdict(finding.observation) {
            case .unknown: continue
            case .healthy: if since[rule.name]?[subject] != nil { since[rule.name]?[subject] = nil }
            case .unhealthy(let priority):
                for each in Priority.allCases {
                    if each > priority {
                        since[rule.name]?[subject]?[each] = nil
                    } else if since[rule.name]?[subject]?[each] == nil {
                        since[rule.name, default: [:]][subject, default: [:]][each] = now
                    }
                }
            }
        }
    }

    /// How many workloads of a namespace have been unhealthy for a rule since an instant, as far as it was told.
    func unhealthy(in namespace: String, since instant: Instant) -> Int {
        var subjects: Set<Subject> = []
        for (check, judges) in rules {
            for judge in judges {
                for (subject, times) in since[judge.rule.name] ?? [:]
                where subject.namespace == namespace && Set<Subject.Kind>.workloads.contains(subject.kind)
                    && times.values.contains(where: { $0 <= instant })
                {
                    // What is unknown by now is not counted.
                    guard let last = checks[check]?.subjects[subject]?.last?.finding,
                        case .unhealthy = judge.rule.verdict(last.observation)
                    else { continue }
                    subjects.insert(subject)
                }
            }
        }
        return subjects.count
    }

    /// Why a rule had no right to act on a subject at an instant; nil when it may have had. Findings bear the time of the run's clock, which
    /// is wrong by `skew`.
    func objection(_ rule: Rule, on target: Subject, at instant: Instant, staleAfter: Duration, skew: Duration) -> String? {
        guard let check = checks[rule.check], check.isComplete else { return "\(rule.check) had not seen everything yet" }
        if let blind = check.blind, blind.from < instant, blind.to.map({ $0 > instant }) ?? true {
            return "\(rule.check) was blind since \(blind.from.timeOfDay)"
        }
        var why = "\(rule.check) had never reported anything unhealthy that leads to \(target)"
        for (subject, states) in check.subjects {
            guard leads(rule, from: subject, to: target) else { continue }
            // What was known at that instant, and what came in right then.
            let from = states.lastIndex { $0.from < instant } ?? 0
            for state in states[from...] where state.from <= instant {
                guard let finding = state.finding else {
                    why = "\(subject) was gone since \(state.from.timeOfDay)"
                    continue
                }
                guard case .unhealthy = rule.verdict(finding.observation) else {
                    why = "\(subject) was not unhealthy: \(finding.summary)"
                    continue
                }
                let seen = max(finding.observedAt - skew, check.current.last { $0 <= instant } ?? .epoch)
                if instant - seen > staleAfter + .seconds(1) {
                    why = "what was known of \(subject) was \((instant - seen).readable) old"
                    continue
                }
                return nil
            }
        }
        return why
    }

    /// Since when it has been at least this urgent, by any that leads to the target.
    func since(_ priority: Priority, _ rule: Rule, on target: Subject) -> Instant? {
        since[rule.name]?.filter { leads(rule, from: $0.key, to: target) }.compactMap { $0.value[priority] }.min()
    }

    private func leads(_ rule: Rule, from source: Subject, to target: Subject) -> Bool {
        rule.subject.map { $0.subject(for: source) == target } ?? (source == target)
    }
}

extension [Hearing.State] {
    /// Takes what is known from now on. True when that is what was known before.
    fileprivate mutating func take(_ finding: Finding?, at now: Instant, past: Duration) -> Bool {
        if let finding, let last = last?.finding, last.observation == finding.observation {
            self[count - 1].finding?.observedAt = finding.observedAt
            return true
        }
        if let first = lastIndex(where: { now - $0.from > past }) { removeFirst(first) }
        append(Hearing.State(from: now, finding: finding))
        return false
    }
}
