import AutomatonCore
import Engine
import WebAPI

/// Decisions and changes of incidents, a row each.
struct DecisionsText {
    let report: DecisionsReport
    let ink: Ink

    func lines(width: Int?) -> [String] {
        var lines: [String] = []
        if let partial = report.partial {
            lines.append(ink.red("\(partial.harmless): unless both keep one journal, ask the leader (--api)"))
        }
        if report.isCut { lines.append(ink.yellow("older ones are left out; --limit shows more")) }
        guard !report.decisions.isEmpty else { return lines + ["Nothing was decided since \(report.since.instant.rfc3339)"] }
        let time = TimeText(now: report.at.instant)
        var table = TextTable(
            [
                .init("WHEN (UTC)"), .init("WHAT"), .init("SUBJECT", least: 20, keepsEnd: true), .init("RULE", least: 12),
                .init("WHY", least: 20, wraps: true),
            ], ink: ink)
        for entry in report.decisions {
            table.add([
                .init(time(entry.at), ink.faint), .init(entry.name, entry.paint(ink)), .init(entry.subject, ink.bold), .init(entry.rule),
                .init(entry.why),
            ])
        }
        return lines + table.lines(width: width)
    }
}

extension TrailReport {
    /// With the word that the text alone does not say: how it ended, how urgent it is now.
    fileprivate var why: String {
        guard kind == "closed" || kind == "priority" else { return text }
        return text.isEmpty ? word : "\(word); \(text)"
    }
}
