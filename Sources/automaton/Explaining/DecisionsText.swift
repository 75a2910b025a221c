import AutomatonCore
import Engine
import WebAPI

/// Decisions and changes of incidents, a line each.
struct DecisionsText {
    let report: DecisionsReport
    let ink: Ink

    var lines: [String] {
        let time = TimeText(now: report.at.instant)
        var lines: [String] = []
        if let partial = report.partial {
            lines.append(ink.red("\(partial.harmless): unless both keep one journal, ask the leader (--api)"))
        }
        if report.isCut { lines.append(ink.yellow("older ones are left out; --limit shows more")) }
        for entry in report.decisions {
            let text = entry.kind == "closed" ? entry.word : entry.text
            lines.append(
                "\(ink.faint(time(entry.at)))  \(entry.word(ink))  \(ink.bold(entry.subject.harmless)) \(entry.rule.harmless)  \(text.harmless)"
            )
        }
        if report.decisions.isEmpty { lines.append("Nothing was decided since \(report.since.instant.rfc3339)") }
        return lines
    }
}
