import AutomatonCore
import Engine
import WebAPI

/// Incidents of the history, a line each.
struct IncidentsText {
    let report: IncidentsReport
    let now: Instant
    let ink: Ink

    func lines(width: Int?) -> [String] {
        guard !report.incidents.isEmpty else { return ["No incident"] }
        let time = TimeText(now: now)
        var table = TextTable(
            [
                .init("WHEN (UTC)"), .init("TOOK"), .init("STATUS"), .init("RULE", least: 12), .init("SUBJECT", least: 20, keepsEnd: true),
                .init("WHAT WAS DONE", least: 12), .init("ID"),
            ], ink: ink)
        for incident in report.incidents {
            table.add([
                .init(time(incident.detectedAt)), .init(incident.length(now)), .init(incident.state, incident.paint(ink)),
                .init(incident.rule), .init(incident.subject, ink.bold), .init(incident.deed), .init(incident.id, ink.faint),
            ])
        }
        var lines = table.lines(width: width)
        if report.total > report.incidents.count { lines.append("\(report.incidents.count) of \(report.total); --limit shows more") }
        return lines
    }
}

/// One incident from its detection to its end.
struct IncidentStory {
    let incident: HistoryReport
    let now: Instant
    let ink: Ink

    /// So wide is the longest label.
    private static let label = 10

    var lines: [String] {
        let time = TimeText(now: now)
        var lines = [
            "\(incident.paint(ink)(incident.state.uppercased().harmless))  \(ink.bold(incident.subject.harmless))  rule \(incident.rule.harmless)"
        ]
        func add(_ label: String, _ text: String?) {
            if let text { lines.append("  " + label.padded(Self.label) + text.harmless) }
        }
        add("id", incident.id)
        add("detected", "\(time(incident.detectedAt)), \(time.ago(incident.detectedAt)) (times are UTC)")
        add("over", incident.closedAt.map { "\(time($0)), \(incident.ending ?? "") after \(incident.length(now))" })
        add("how bad", "severity \(incident.severity), priority \(incident.priority)")
        add("why", incident.cause)
        add("message", incident.message == incident.cause ? nil : incident.message)
        add("where", place)
        for (number, line) in (incident.aiSummary ?? "").split(separator: "\n").enumerated() {
            add(number == 0 ? "summary" : "", String(line))
        }
        for attempt in incident.attempts { lines += block(attempt, time) }
        if incident.attempts.isEmpty { add("tried", "nothing") }
        add("person", incident.personTold.map { "told: \($0)" })
        add("explained", incident.explainedBy.map { "by \($0)" })
        add("explains", incident.explains.isEmpty ? nil : incident.explains.joined(separator: ", "))
        return lines + log + events(time)
    }

    private var place: String? {
        let parts = [
            incident.podName.map { "pod \($0)" }, incident.containerName.map { "container \($0)" }, incident.node.map { "node \($0)" },
            incident.exitCode.map { "exit code \($0)" }, incident.restartCount.map { "restart \($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private func block(_ attempt: HistoryReport.Attempt, _ time: TimeText) -> [String] {
        let outcome =
            switch attempt.outcome {
            case "helped": ink.green("helped")
            case "worse": ink.red("made it worse")
            case "noChange": ink.red("did not help")
            default: attempt.writtenAt == nil ? ink.yellow("not known to be written") : ink.yellow("not known yet whether it helps")
            }
        let undone = attempt.undoneAt.map { "; taken or put back at \(time($0))" } ?? ""
        let what = attempt.summary.isEmpty ? attempt.remediation : "\(attempt.remediation): \(attempt.summary)"
        let blank = "  " + "".padded(Self.label)
        var lines = ["  " + "tried".padded(Self.label) + "\(time(attempt.at))  \(what.harmless)", blank + outcome + undone]
        for change in attempt.changes {
            lines.append(blank + "\(change.field)  \(change.before ?? "unset") → \(change.after ?? "unset")".harmless)
        }
        if attempt.changesLeftOut > 0 { lines.append(blank + "… and \(attempt.changesLeftOut) more") }
        return lines
    }

    private var log: [String] {
        guard let text = incident.log, !text.isEmpty else {
            return incident.logMissing.map { ["  " + "log".padded(Self.label) + "none: \($0.harmless)"] } ?? []
        }
        return ["", ink.bold("Log of \((incident.logOf ?? "the container that ended").harmless)")] + text.map { "  " + $0.harmless }
    }

    private func events(_ time: TimeText) -> [String] {
        let missing = incident.eventsMissing.map { ["  " + "events".padded(Self.label) + $0.harmless] } ?? []
        guard let events = incident.events, !events.isEmpty else { return missing }
        var table = TextTable(["LAST SEEN", "TYPE", "REASON", "TIMES", "ABOUT", "NOTE"].map { .init($0) }, ink: ink)
        for event in events {
            let type = event.type == "Warning" ? TextTable.Cell(event.type, ink.yellow) : TextTable.Cell(event.type)
            table.add([
                .init(time(event.at)), type, .init(event.reason),
                .init(String(event.count)), .init(event.about), .init(event.note),
            ])
        }
        return missing + ["", ink.bold("Events")] + table.lines(width: nil).map { "  " + $0 }
    }
}

extension HistoryReport {
    /// `open`, where nothing more is known of it than that; else its status, and how it ended where that says more.
    fileprivate var state: String {
        if closedAt == nil { return status == "failed" ? "failed, open" : status }
        return ending == "recovered" || ending == "gone" ? ending ?? status : status
    }

    fileprivate func paint(_ ink: Ink) -> (String) -> String {
        switch status {
        case "failed": ink.red
        case "healed": ink.green
        default: ink.yellow
        }
    }

    /// How long it lasted, or lasts already.
    fileprivate func length(_ now: Instant) -> String {
        let told = durationSeconds.flatMap { Int64(exactly: ($0 * 1_000_000).rounded()) }.map { Duration.microseconds($0) }
        let length = max(.zero, told ?? (closedAt?.instant ?? now) - detectedAt.instant)
        return closedAt == nil ? "\(length.whole.readable) so far" : length.whole.readable
    }

    /// The last that was done, in a line.
    fileprivate var deed: String {
        guard let last = attempts.last else { return personTold == nil ? "nothing" : "a person was told" }
        let text = last.summary.isEmpty ? last.remediation : last.summary
        return attempts.count > 1 ? "\(text) (the last of \(attempts.count))" : text
    }
}

extension Duration {
    /// In whole seconds.
    fileprivate var whole: Duration { self < .seconds(1) ? self : .seconds(components.seconds) }
}
