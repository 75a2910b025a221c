import AutomatonCore
import Engine
import WebAPI

/// What would be done about each open incident, and what holds it; as one reads it before one says yes.
struct ProspectText {
    let report: ProspectsReport
    let ink: Ink

    /// Fields of one plan that are shown.
    private static let mostChanges = 20

    func lines(source: String) -> [String] {
        let count = report.plans.count
        guard count > 0 else { return [ink.green("No open incident: nothing is to be healed")] }
        var lines = ["\(ink.bold("\(count) open incident\(count == 1 ? "" : "s")")), \(source.harmless), \(report.at.instant.rfc3339)"]
        for plan in report.plans { lines += [""] + block(plan) }
        if report.leftOut > 0 { lines += ["", "… and \(report.leftOut) more; name a rule or a subject to see them"] }
        return lines
    }

    private func block(_ plan: ProspectReport) -> [String] {
        let time = TimeText(now: report.at.instant)
        let urgency = plan.priority.uppercased().harmless
        let painted = plan.priority == "critical" || plan.priority == "high" ? ink.red(urgency) : ink.yellow(urgency)
        var lines = ["\(painted)  \(ink.bold(plan.subject.harmless))  rule \(plan.rule.harmless)"]
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(7) + text) }
        add("since", "\(time(plan.detectedAt)), \(time.ago(plan.detectedAt))")
        add("why", plan.cause.harmless)
        guard plan.digest != nil else {
            add(plan.now.hold == nil ? "now" : "held", ink.yellow(plan.now.reason.harmless))
            if let until = plan.now.until { add("", "looked at again at \(time.coming(until))") }
            for id in plan.liftedBy ?? [] { add("", "to lift it: \(ink.bold("automaton resume \(id.harmless)"))") }
            return lines
        }
        let summary = [plan.remediation, plan.summary].compactMap { $0?.harmless }.joined(separator: ": ")
        switch plan.outcome {
        case "act": add("plan", ink.bold(summary))
        case "ask": add("plan", ink.bold(summary.isEmpty ? "waits to be confirmed" : summary) + "; a yes confirms it")
        default: add("plan", ink.bold(summary) + ink.yellow("; shown only, nothing is changed (dry run or mode observe)"))
        }
        for change in plan.changes.prefix(Self.mostChanges) {
            add("", "\(change.field.harmless)  \((change.before ?? "unset").harmless) → \(ink.bold((change.after ?? "unset").harmless))")
        }
        if plan.changes.count > Self.mostChanges { add("", "… and \(plan.changes.count - Self.mostChanges) more (--output json)") }
        return lines
    }
}

extension ProspectsReport {
    /// What is at work already, or waits for what is.
    var underway: [ProspectReport] { plans.filter { $0.digest == nil && $0.now.hold == Decision.Guard.inFlight.rawValue } }

    /// What is held and nothing else is done about: of what another rule explains, and what is at work, something is.
    var held: [ProspectReport] {
        let cared = Set([Decision.Guard.inhibited, .inFlight].map(\.rawValue))
        return plans.filter { plan in plan.digest == nil && !(plan.now.hold.map { cared.contains($0) } ?? false) }
    }
}

/// What became of one plan.
struct HealedText {
    let result: HealedReport.Result
    let ink: Ink

    var lines: [String] {
        let what = "\(ink.bold(result.subject.harmless)) \(result.rule.harmless)"
        switch result.outcome {
        case .done:
            return [
                "\(ink.green("done"))     \(what): \(result.text.harmless)",
                "         whether it helps: automaton explain \(result.subject.harmless)",
            ]
        case .underway:
            return [
                "\(ink.green("underway")) \(what): \(result.text.harmless), was written before",
                "         whether it helps: automaton explain \(result.subject.harmless)",
            ]
        case .shown: return ["\(ink.yellow("shown"))    \(what): \(result.text.harmless)"]
        case .over: return ["\(ink.green("over"))     \(what): \(result.text.harmless) before anything was changed"]
        case .held: return ["\(ink.red("not done")) \(what): \(result.text.harmless)"]
        case .unknown:
            return [
                "\(ink.yellow("unknown"))  \(what): not known yet; last: \(result.text.harmless)",
                "         what becomes of it: automaton explain \(result.subject.harmless)",
            ]
        }
    }
}
