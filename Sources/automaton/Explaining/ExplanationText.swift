import AutomatonCore
import Engine
import WebAPI

/// An explanation as one reads it at 3 a.m.: how the automaton is, then a block for each incident, the most urgent first.
struct ExplanationText {
    /// What was asked for.
    struct Question {
        var subject: SubjectFilter?
        var rule: String?

        var isParticular: Bool { subject != nil || rule != nil }

        /// `deployment/email-service under rule oom-killed`
        var words: String {
            switch (subject, rule) {
            case (let subject?, let rule?): "\(subject) under rule \(rule)"
            case (let subject?, nil): "\(subject)"
            case (nil, let rule?): "rule \(rule)"
            case (nil, nil): "anything"
            }
        }
    }

    /// Lines of one incident's trail that are shown: the first few and the last.
    private static let (firstLines, lastLines) = (5, 25)

    private let report: ExplanationReport
    private let question: Question
    private let ink: Ink
    private let time: TimeText

    /// - Parameter source: where it comes from: the URL of the API, or the directory of the journal.
    init(_ report: ExplanationReport, _ question: Question, ink: Ink) {
        (self.report, self.question, self.ink) = (report, question, ink)
        time = TimeText(now: report.at.instant)
    }

    /// Whether there is nothing of what was asked for.
    var isNothing: Bool {
        question.isParticular && report.incidents.isEmpty && report.watched.isEmpty && report.silent.isEmpty && report.recent.isEmpty
            && report.rule == nil
    }

    func lines(source: String) -> [String] {
        var lines = ["\(ink.bold("automaton")) \(source), \(report.at.instant.rfc3339) (times are UTC)"]
        if let automaton = report.automaton { lines += head(automaton).map { "  " + $0 } }
        if let remembered = report.remembered { lines += head(remembered).map { "  " + $0 } }
        if let rule = report.rule { lines.append("  " + words(rule)) }
        lines.append("")
        lines += verdict
        for incident in report.incidents { lines += [""] + block(incident) }
        if report.incidentsLeftOut > 0 {
            lines += ["", "… and \(report.incidentsLeftOut) more incidents; name a subject or a rule to see them"]
        }
        for incident in report.recent { lines += [""] + block(incident) }
        lines += watched
        if report.watchedLeftOut > 0 { lines.append("… and \(report.watchedLeftOut) more") }
        return lines.map { $0.drop(trailing: " ") }
    }

    private func head(_ automaton: AutomatonReport) -> [String] {
        var lines: [String] = []
        if let why = automaton.notLeading {
            lines.append(ink.red("DOES NOT LEAD: ") + why.harmless)
            lines.append(
                ink.red("ask the leader (--api): ") + "pauses, attempts and decisions are its own; this process sees, and does nothing")
        } else {
            lines.append(ink.green(automaton.isElected ? "leads" : "acts") + (automaton.isElected ? "" : ", without an election"))
        }
        if let why = automaton.standsDown, why != automaton.notLeading {
            lines.append(ink.red("STANDS DOWN, nothing is begun: ") + why.harmless)
        }
        if automaton.isDryRun { lines.append(ink.yellow("dry run: ") + "plans are made and shown, nothing is changed") }
        lines += quiet(automaton.storms, automaton.suspensions, automaton.steppedDown)
        for check in automaton.blind {
            lines.append(ink.red("blind: ") + "check \(check.check.harmless) cannot see: \(check.why.harmless)")
        }
        for check in automaton.waiting ?? [] {
            lines.append(ink.yellow("waits: ") + "check \(check.check.harmless), nothing acts on it: \(check.why.harmless)")
        }
        let told = Set((automaton.blind + (automaton.waiting ?? [])).map(\.check))
        for check in automaton.unobserved where !told.contains(check) {
            lines.append(ink.yellow("not observed: ") + "check \(check.harmless) has not seen everything yet; nothing acts on it")
        }
        return lines
    }

    /// Of a journal alone, whoever writes to it.
    private func head(_ remembered: RememberedReport) -> [String] {
        let last = remembered.lastWriteAt.map { "was written last at \(time($0)), \(time.ago($0))" } ?? "holds no decision"
        return ["the journal \(last); what a run does now it alone knows (--api)"]
            + quiet(remembered.storms, remembered.suspensions, remembered.steppedDown)
    }

    /// What keeps everything, a rule or a subject quiet.
    private func quiet(
        _ storms: [AutomatonReport.Storm], _ suspensions: [SuspensionReport], _ steppedDown: [AutomatonReport.SteppedDown]
    ) -> [String] {
        var lines: [String] = []
        for storm in storms {
            let calm = storm.calmSince.map { "; fewer again since \(time($0))" } ?? ""
            lines.append(
                ink.red("STORM, nothing is begun: ")
                    + "\(storm.figures.harmless); since \(time(storm.since)), \(time.ago(storm.since))\(calm)")
        }
        for suspension in suspensions { lines.append(ink.yellow(suspension.words(time))) }
        for rule in steppedDown {
            lines.append(
                ink.yellow("rule \(rule.rule.harmless) only tells: ")
                    + "its last \(rule.ineffectiveInARow) attempts did not help (\(rule.healed) of \(rule.attempts) in all did); since "
                    + "\(time(rule.since)); it acts again after: automaton resume --rule \(rule.rule.harmless)")
        }
        return lines
    }

    /// `rule oom-killed judges pod-health, mode auto, mends by raise-memory: 12 of 14 attempts helped`
    private func words(_ rule: RuleReport) -> String {
        let mends = rule.remediations.isEmpty ? "mends nothing" : "mends by \(rule.remediations.joined(separator: ", then "))"
        let did =
            rule.attempts == 0
            ? "no attempt is on record"
            : "\(rule.healed) of \(rule.attempts) attempts helped"
                + (rule.ineffectiveInARow > 0 ? ", the last \(rule.ineffectiveInARow) did not" : "")
        return "rule \(rule.rule) judges \(rule.check), mode \(rule.mode), \(mends): \(did)".harmless
    }

    private var verdict: [String] {
        if let unmatched = report.unmatched { return [ink.yellow(unmatched.harmless)] }
        if let automaton = report.automaton, !automaton.leads, report.incidents.isEmpty {
            return [
                ink.yellow(
                    "This process sees no open incident\(question.isParticular ? " of \(question.words.harmless)" : ""); the leader may")
            ]
        }
        let count = report.incidents.count + report.incidentsLeftOut
        if count > 0 { return [ink.bold("\(count) open incident\(count == 1 ? "" : "s")")] }
        guard question.isParticular else { return [ink.green("No open incident")] }
        if !report.watched.isEmpty || !report.silent.isEmpty || !report.recent.isEmpty || report.rule != nil {
            return [ink.green("No open incident of \(question.words.harmless)")]
        }
        return [
            ink.yellow(
                "Nothing is known of \(question.words.harmless): no incident is open, and nothing else is on record"
                    + (report.automaton == nil ? "; what is well is known to the running automaton alone (--api)" : ""))
        ]
    }

    private func block(_ incident: IncidentReport) -> [String] {
        let urgency = incident.priority.uppercased().harmless
        let painted = incident.priority == "critical" || incident.priority == "high" ? ink.red(urgency) : ink.yellow(urgency)
        var lines = ["\(painted)  \(ink.bold(incident.subject.harmless))  rule \(incident.rule.harmless)"]
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(7) + text.harmless) }
        if let detectedAt = incident.detectedAt { add("since", "\(time(detectedAt)), \(time.ago(detectedAt))") }
        add("why", incident.cause + (incident.observed.map { " (of \($0))" } ?? ""))
        if let observedAt = incident.observedAt { add("seen", "\(time(observedAt)), \(time.ago(observedAt))") }
        add("now", incident.now.reason)
        if let until = incident.now.until { add("", "looked at again at \(time.coming(until))") }
        if incident.now.hold == Decision.Guard.approval.rawValue {
            add("", "to confirm it: automaton approve \(incident.subject) --rule \(incident.rule)")
        }
        if incident.attempts > 0 { add("tried", "\(incident.attempts) attempt\(incident.attempts == 1 ? "" : "s") in this incident") }
        return lines + trail(incident)
    }

    private func block(_ incident: PastIncidentReport) -> [String] {
        var lines = [
            "\(ink.green(incident.ending.uppercased().harmless))  \(ink.bold(incident.subject.harmless))  rule \(incident.rule.harmless)"
        ]
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(7) + text.harmless) }
        add("over", "\(time(incident.closedAt)), \(time.ago(incident.closedAt))")
        if incident.attempts > 0 { add("tried", "\(incident.attempts) attempt\(incident.attempts == 1 ? "" : "s") in it") }
        if let quiet = incident.quiet {
            add("quiet", quiet + (incident.quietUntil.map { "; nothing is begun on it before \(time($0))" } ?? ""))
        }
        return lines + trail(incident.trail, incident.trailLeftOut, incident.subject, incident.rule)
    }

    private func trail(_ incident: IncidentReport) -> [String] {
        trail(incident.trail, incident.trailLeftOut, incident.subject, incident.rule)
    }

    private func trail(_ entries: [TrailReport], _ left: Int, _ subject: String, _ rule: String) -> [String] {
        let (first, last) = (Self.firstLines, Self.lastLines)
        var told = entries.map { entry in
            "    \(ink.faint(time(entry.at)))  \(entry.paint(ink)(entry.name.harmless.padded(10)))  \(entry.news.harmless)"
        }
        let leftOut = left + max(0, told.count - first - last)
        if leftOut > 0, told.count > first {
            let more =
                "    … \(leftOut) more: automaton decisions --subject \(subject.harmless) --rule \(rule.harmless) --since 1d"
            told = told.prefix(first) + [ink.faint(more)] + told.suffix(max(0, min(last, told.count - first)))
        }
        return told.isEmpty ? [] : ["  trail"] + told
    }

    /// What has no incident: each subject once, with what each check saw of it and what the rules make of that.
    private var watched: [String] {
        var lines: [String] = []
        var subject: String?
        for watched in report.watched {
            if watched.subject != subject { lines.append(ink.bold(watched.subject.harmless)) }
            subject = watched.subject
            lines.append("  \(watched.check.harmless) saw: \(watched.seen.harmless); \(time(watched.seenAt)), \(time.ago(watched.seenAt))")
            let well = watched.rules.filter { $0.verdict == "healthy" && $0.mends == nil }.map(\.rule)
            if !well.isEmpty { lines.append("    \(ink.green("healthy")) for \(well.joined(separator: ", ").harmless)") }
            for judgement in watched.rules where judgement.verdict != "healthy" || judgement.mends != nil {
                let word = judgement.verdict == "healthy" ? ink.green("healthy") : ink.yellow(judgement.verdict.harmless)
                let mends = judgement.mends.map { ", which mends \($0.harmless)" } ?? ""
                lines.append("    \(word) for \(judgement.rule.harmless)\(mends)\(judgement.why.map { ": \($0.harmless)" } ?? "")")
            }
        }
        for silent in report.silent {
            let rules = silent.rules.joined(separator: ", ").harmless
            let seen = silent.seenAt.map { "; it saw last at \(time($0)), \(time.ago($0))" } ?? "; it has not seen everything yet"
            lines.append("  \(silent.check.harmless) names only what is unwell, and does not name it\(seen)")
            lines.append("    \(silent.seenAt == nil ? ink.yellow("unknown") : ink.green("nothing wrong")) for \(rules)")
        }
        return lines.isEmpty ? [] : ["", ink.bold("Watched, without an incident")] + lines
    }
}

extension SuspensionReport {
    /// `paused: rule oom-killed, by anna@laptop until 12:30:00Z, in 20 min (p-1k2…): deploying`
    func words(_ time: TimeText) -> String {
        let about = [rule.map { "rule \($0)" }, subject].compactMap { $0 }
        let end = until.map { "until \(time.coming($0))" } ?? "until it is lifted"
        let why = why.isEmpty ? "" : ": \(why)"
        return
            "\(kind == "pause" ? "paused" : "silenced"): \(about.isEmpty ? "everything" : about.joined(separator: " on ")), by \(by) \(end) (\(id))\(why)"
            .harmless
    }
}

extension TrailReport {
    /// What happened, in a word.
    var name: String { Self.words[kind] ?? kind }

    /// Its colour.
    func paint(_ ink: Ink) -> (String) -> String {
        switch kind {
        case "opened", "tell_person": return ink.red
        case "closed": return ink.green
        case "verified" where word == IncidentChange.Outcome.helped.rawValue: return ink.green
        case "verified": return ink.red
        case "act", "would_act", "ask_approval", "attempted": return ink.bold
        case "priority", "revert", "reverted", "restore", "restored", "escalate": return ink.yellow
        default: return { $0 }
        }
    }

    /// The text without what the line says already: why it is an incident, that it was taken back.
    var news: String {
        for mark in ["; attempt ", "; would "] where ["act", "would_act", "ask_approval"].contains(kind) {
            if let range = text.firstRange(of: mark) { return String(text[text.index(range.lowerBound, offsetBy: 2)...]) }
        }
        return kind == "reverted" || kind == "restored" ? word : text
    }

    private static let words = [
        "hold": "held", "act": "acts", "would_act": "would act", "ask_approval": "asks", "attempted": "done", "revert": "takes back",
        "reverted": "taken back", "restore": "puts back", "restored": "put back", "escalate": "goes on", "tell_person": "person",
    ]
}

extension String {
    /// With blanks up to a width.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func drop(trailing character: Character) -> String {
        var text = self[...]
        while text.last == character { text = text.dropLast() }
        return String(text)
    }
}
