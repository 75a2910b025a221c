import AutomatonCore
import Engine
import Rules

/// Plays one case: the core and the remediations in virtual time, against what the file says is found.
struct RehearsalRun {
    private let script: Script
    private let loaded: LoadedConfiguration
    private let stage: Stage
    private let environment: Environment
    private var automaton: Automaton
    private var census = Census()
    private var sights: [CheckID: Sight] = [:]
    private var pending: [Script.Entry]
    private var people: [PersonRequest]
    private var fates: [Fate]
    private var suspensions = 0
    /// Of attempts in flight: what was found when each was planned.
    private var findings: [AttemptID: Finding] = [:]
    private var record = Record()
    private var looked = Instant(microseconds: .min)

    private let end: Instant
    /// Looks, what is written, and what the core waits for: far more than what is written can make.
    private static let mostMoments = 5 * Rehearsal.mostLooks

    init(_ script: Script, _ loaded: LoadedConfiguration) {
        self.script = script
        self.loaded = loaded
        let policy = loaded.thresholds.policy
        stage = Stage(script.test.stage, at: script.test.start)
        environment = stage.environment(policy)
        automaton = Automaton(rules: loaded.ruleset.rules, policy: policy, run: "test")
        pending = script.entries
        people = script.test.requests.sorted { $0.at < $1.at }
        fates = script.test.attempts
        end = script.test.start + script.test.until
        for check in script.checks { sights[check] = Sight() }
    }

    /// Plays it to its end, and holds what happened against what is expected.
    mutating func play() async -> RehearsalReport.Case {
        var poll = script.test.start
        var moments = 0
        while true {
            let wanted = automaton.nextDeadline.map { max($0, looked + .milliseconds(1)) }
            let asked = people.first.map { script.test.start + $0.at }
            let now = [poll, pending.first?.at, asked, wanted].compactMap { $0 }.min() ?? end
            guard now <= end else { break }
            moments += 1
            guard moments <= Self.mostMoments else { return unfinished(at: now) }
            looked = now
            stage.now = now
            let isPoll = now >= poll
            if isPoll { poll = now + loaded.thresholds.checkInterval }
            let changed = takeEntries(at: now)
            for check in script.checks where isPoll || changed.contains(check) {
                guard let report = sights[check]?.report(at: now) else { continue }
                await tell(report, of: check, at: now)
            }
            while let request = people.first, script.test.start + request.at <= now {
                people.removeFirst()
                for event in events(of: request, at: now) { await step(event, at: now) }
            }
            await step(.tick, at: now)
        }
        let verdict = Judgement(script, record)
        return RehearsalReport.Case(
            name: script.test.name, line: script.test.line, passed: verdict.failures.isEmpty, failures: verdict.failures)
    }

    /// What was not played was not judged.
    private func unfinished(at now: Instant) -> RehearsalReport.Case {
        let failure = RehearsalReport.Failure(
            line: script.test.line, at: (now - script.test.start).configured, expected: "an end",
            instead: "more than \(Self.mostMoments) moments: write a shorter case (until), or repeat less in it")
        return RehearsalReport.Case(name: script.test.name, line: script.test.line, passed: false, failures: [failure])
    }

    /// Takes what is seen from now on; the checks that see something else.
    private mutating func takeEntries(at now: Instant) -> Set<CheckID> {
        var changed: Set<CheckID> = []
        while let entry = pending.first, entry.at <= now {
            pending.removeFirst()
            sights[entry.check, default: Sight()].take(entry.sighting, at: now)
            changed.insert(entry.check)
        }
        return changed
    }

    private mutating func tell(_ report: CheckReport, of check: CheckID, at now: Instant) async {
        guard case .complete(var all) = report else {
            if case .blind(let why) = report { await step(.blind(check, why), at: now) }
            return
        }
        let templates = loaded.ruleset.rules.filter { $0.check == check }.compactMap(\.subject)
        for index in all.indices {
            for template in templates {
                if let found = stage.located(template, for: all[index].subject) { all[index].located[template] = found }
            }
        }
        if let counts = census.recount(check, all) { await step(.census(check, counts), at: now) }
        await step(.complete(check, all), at: now)
    }

    private mutating func events(of request: PersonRequest, at now: Instant) -> [Event] {
        let by = "a person"
        switch request.kind {
        case .approve, .heal:
            guard let rule = request.rule, let subject = request.subject else { return [] }
            let key = IncidentKey(rule: rule, subject: subject)
            return [request.kind == .approve ? .approved(key, by: by) : .hurried(key, by: by)]
        case .pause:
            suspensions += 1
            let subject = request.subject.map { SubjectFilter(kind: $0.kind, namespace: $0.namespace, name: $0.name) }
            return [
                .suspended(
                    Suspension(
                        id: "p\(suspensions)", kind: .pause, rule: request.rule, subject: subject, at: now, until: nil, by: by, why: ""))
            ]
        case .resume: return (0..<suspensions).map { .lifted("p\($0 + 1)") }
        }
    }

    // MARK: Effects

    private mutating func step(_ event: Event, at now: Instant) async {
        var events = [event][...]
        while let event = events.popFirst() {
            for effect in automaton.step(event, at: now) {
                if let outcome = await take(effect, at: now) { events.append(outcome) }
            }
        }
    }

    private mutating func take(_ effect: Effect, at now: Instant) async -> Event? {
        switch effect {
        case .plan(let request):
            findings[request.attempt] = request.finding
            let outcome = await Executor.plan(request, with: remediation(request.rule, request.step), in: environment)
            for missing in stage.takeMissing() { record.missing.append((now, missing, request.remediation)) }
            return outcome
        case .apply(let intent, let stamp, _): return await apply(intent, stamp, at: now)
        case .revert(let intent, let id, _):
            return await Executor.revert(id, intent.plan, with: remediation(intent.incident.rule, intent.step), in: environment)
        case .settle(let id, let plan): return await Executor.settle(id, plan, in: environment)
        case .decided(let decision): record.decisions.append(decision)
        case .incident(let change): record.changes.append((now, change))
        case .noticed(let notice): record.notices.append((now, notice))
        case .outcome(let id, .verified), .outcome(let id, .notApplied): findings[id] = nil
        case .outcome, .remember, .rememberAutomaton, .fix, .escalated: break
        }
        return nil
    }

    private func remediation(_ rule: String, _ step: Int) -> (any Remediation)? {
        let all = loaded.ruleset.remediations[rule] ?? []
        return all.indices.contains(step) ? all[step] : nil
    }

    private mutating func apply(_ intent: AttemptIntent, _ stamp: Stamp, at now: Instant) async -> Event {
        let fate = fates.firstIndex { $0.use.map { $0 == intent.remediation } ?? true }.map { fates.remove(at: $0) }
        if case .fails(let failing, let why)? = fate?.kind {
            switch failing {
            case .refused: return .refused(stamp.attempt, why)
            case .conflict: return .conflicted(stamp.attempt, why)
            case .unavailable: return .unavailable(stamp.attempt, why, retryAfter: nil)
            case .unanswered: return .outcomeUnknown(stamp.attempt, why)
            }
        }
        let outcome = await Executor.apply(intent.plan, stamp, with: remediation(stamp.rule, intent.step), in: environment)
        guard case .applied = outcome, let finding = findings[stamp.attempt],
            let rule = loaded.ruleset.rules.first(where: { $0.name == stamp.rule })
        else { return outcome }
        switch fate?.kind {
        case .helps(let wait)?:
            let kind =
                sights[rule.check]?.mended(finding.subject, under: rule.tiers, at: now) ?? .seen(figures: [], reasons: [], unwell: nil)
            schedule(kind, of: finding.subject, rule.check, at: now + wait)
        case .shows(let wait, let kind)?: schedule(kind, of: finding.subject, rule.check, at: now + wait)
        case .helpsNever?, .fails?, nil: break
        }
        return outcome
    }

    /// After what is written for the same time: what an attempt brings about is the news.
    private mutating func schedule(_ kind: Sighting.Kind, of subject: Subject, _ check: CheckID, at instant: Instant) {
        let sighting = Sighting(position: Position(line: 0, column: 0), at: instant - script.test.start, subject: subject, kind: kind)
        let index = pending.firstIndex { $0.at > instant } ?? pending.endIndex
        pending.insert(Script.Entry(at: instant, sighting: sighting, check: check), at: index)
    }
}

/// What happened in a case.
struct Record {
    var decisions: [Decision] = []
    /// With the time at which each was told: an incident closes as of the time from which its finding stayed clear.
    var changes: [(toldAt: Instant, change: IncidentChange)] = []
    var notices: [(at: Instant, notice: Notice)] = []
    /// What a remediation asked for and the world of the case lacks.
    var missing: [(at: Instant, what: String, remediation: String)] = []
}
