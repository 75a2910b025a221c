import AutomatonCore
import Engine
import Replay

/// What came of a replay, for people.
struct ReplayText {
    let report: ReplayReport
    let ink: Ink

    func lines(took: Duration) -> [String] {
        let findings = report.checks.reduce(0) { $0 + $1.findings }
        let length = report.to.instant - report.from.instant
        var lines = [
            "\(ink.bold("Replayed")) \(length.readable), \(report.from.instant.rfc3339) to \(report.to.instant.rfc3339): "
                + "\(findings) findings, in \(took.readable)",
            "  rules          \(report.rulesName.harmless)",
        ]
        if let other = report.againstName {
            lines.append("  compared with  \(other.harmless)")
        } else {
            lines.append("  compared with  nothing (--against DIR)")
        }
        for check in report.checks {
            lines.append(
                "  \(check.check.harmless): \(check.findings) findings in \(check.reports) reports\(check.isWanted ? "" : "; no rule looks at it")"
            )
        }
        lines.append("")
        for rule in report.rules { lines += block(rule) }
        lines += storms
        if let only = report.onlyNow { lines += lone(only, "Incidents that only \(report.rulesName) sees") }
        if let only = report.onlyBefore, let other = report.againstName { lines += lone(only, "Incidents that only \(other) sees") }
        lines += list("Not recorded", report.missing, ink.yellow) + list("What a replay cannot tell", report.limits, { $0 })
        return lines
    }

    private func block(_ rule: ReplayReport.RuleComparison) -> [String] {
        let word =
            switch rule.difference {
            case nil: ""
            case .same: ink.faint("same")
            case .more: ink.yellow("fires more")
            case .fewer: ink.green("fires less")
            case .actsMore: ink.yellow("acts more")
            case .actsFewer: ink.green("acts less")
            case .unknown: ink.yellow("cannot be compared")
            case .new: ink.yellow("new")
            case .gone: ink.yellow("gone")
            }
        var lines = ["\(ink.bold(rule.rule.harmless))\(word.isEmpty ? "" : "  \(word)")"]
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(11) + text) }
        func compared(_ value: (ReplayReport.RuleResult) -> Int) -> String {
            switch (rule.result, rule.before) {
            case (let now?, let before?):
                let difference = value(now) - value(before)
                return "\(value(now))" + (difference == 0 ? "" : " (was \(value(before)), \(difference > 0 ? "+" : "")\(difference))")
            case (let now?, nil): return "\(value(now))"
            case (nil, let before?): return "none (was \(value(before)))"
            case (nil, nil): return "0"
            }
        }
        let shown = rule.result ?? rule.before
        if let result = rule.result, !result.isRecorded {
            add("", ink.yellow("not recorded: what it would have done is unknown"))
            return lines
        }
        let open = (rule.result?.stillOpen ?? 0) > 0 ? ", \(rule.result?.stillOpen ?? 0) open at the end" : ""
        add("incidents", compared(\.incidents) + open)
        if let first = shown?.first, let last = shown?.last { add("", "first \(first.instant.rfc3339), last \(last.instant.rfc3339)") }
        let acts = (rule.result?.byRemediation ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let byRemediation = acts.isEmpty ? "" : ": " + acts.map { "\($0.key.harmless) \($0.value)" }.joined(separator: ", ")
        add("would act", compared(\.wouldAct) + byRemediation)
        if shown?.wouldAsk ?? 0 > 0 { add("would ask", compared(\.wouldAsk) + " times a person to confirm (mode approve)") }
        if shown?.wouldShow ?? 0 > 0 { add("would show", compared(\.wouldShow) + " plans and do nothing (mode observe)") }
        if shown?.toldPerson ?? 0 > 0 { add("tells", compared(\.toldPerson) + " times a person that nothing more can be done") }
        let held = (rule.result?.heldBy ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !held.isEmpty { add("held by", held.map { "\($0.key) \($0.value)" }.joined(separator: ", ")) }
        return lines
    }

    private var storms: [String] {
        guard report.storms > 0 || report.stormsBefore ?? 0 > 0 else { return [] }
        let before = report.stormsBefore.map { $0 == report.storms ? "" : " (was \($0))" } ?? ""
        return ["", "Storms, in which nothing would have been begun: \(report.storms)\(before)"]
    }

    private func lone(_ only: ReplayReport.LoneIncidents, _ title: String) -> [String] {
        guard only.count > 0 else { return ["", "\(title.harmless): none"] }
        let more = only.count > only.first.count ? ", the first \(only.first.count)" : ""
        return ["", ink.bold("\(title.harmless): \(only.count)\(more)")]
            + only.first.map { incident in
                let length = incident.to.map { ($0.instant - incident.from.instant).readable } ?? "open"
                return "  \(incident.from.instant.rfc3339)  \(length.padded(10))  \(incident.subject) \(incident.rule)  \(incident.cause)"
                    .harmless + (incident.wouldAct ? "" : ink.faint("  (nothing would have been done)"))
            }
    }

    private func list(_ title: String, _ lines: [String], _ paint: (String) -> String) -> [String] {
        lines.isEmpty ? [] : ["", ink.bold(title)] + lines.map { "  - " + paint($0.harmless) }
    }
}
