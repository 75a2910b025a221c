/// An e-mail as plain text, for programs that show nothing else and for people who prefer it.
enum EmailText {
    static func of(_ content: EmailContent) -> String {
        var lines = ["[\(content.word)] \(content.title)", content.at]
        for paragraph in content.lead { lines += ["", paragraph] }
        for item in content.items {
            lines += ["", item.heading, String(repeating: "-", count: min(60, max(3, item.heading.count)))]
            let width = item.facts.map { $0.label.count }.max() ?? 0
            for fact in item.facts {
                lines.append("\(fact.label):\(String(repeating: " ", count: width - fact.label.count + 1))\(fact.value)")
            }
            if let need = item.need { lines += ["", "A PERSON IS NEEDED: \(need)"] }
            lines += ["", "What was tried:"]
            if item.steps.isEmpty { lines.append("  \(item.noSteps)") }
            if item.stepsLeftOut > 0 { lines.append("  (\(item.stepsLeftOut) earlier)") }
            for step in item.steps {
                lines.append("  * \(step.title): \(step.outcome)")
                for change in step.changes { lines.append("      \(change.field): \(change.before) → \(change.after)") }
                if step.changesLeftOut > 0 { lines.append("      and \(step.changesLeftOut) more") }
                lines.append("      \(step.times)")
            }
            for paragraph in item.paragraphs { lines += ["", paragraph] }
        }
        if content.itemsLeftOut > 0 { lines += ["", "And \(content.itemsLeftOut) more incidents."] }
        if let link = content.link { lines += ["", "More: \(link)"] }
        lines += ["", "-- ", "\(EmailContent.footer)", ""]
        return lines.joined(separator: "\n")
    }
}

extension EmailContent {
    /// Who wrote it.
    static let footer = "Written by the self-healing automaton; nobody reads answers. All times are UTC."
}
