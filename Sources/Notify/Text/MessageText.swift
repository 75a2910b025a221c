internal import AutomatonCore

extension Message {
    /// What it says in plain text, an incident a paragraph.
    var paragraphs: [String] {
        var paragraphs = text.isEmpty ? [] : [text.lines]
        paragraphs += entries.map { entry in
            let person = entry.record.needsPerson ? entry.record.personTold.map { "A person is needed: \($0.oneLine(300))\n" } ?? "" : ""
            return person + entry.summary.lines
        }
        if more > 0 { paragraphs.append("And \(more) more.") }
        return paragraphs
    }

    /// All of it.
    var body: String { paragraphs.joined(separator: "\n\n") }

    /// What to see at a glance.
    var badge: String {
        switch kind {
        case .resolved: "✅"
        case .test: "🔔"
        case .firing, .notice:
            switch severity {
            case .critical: "🔴"
            case .high: "🟠"
            case .medium: "🟡"
            case .warning: "🔵"
            }
        }
    }

    /// A digest of its key, for services that take a word only.
    var digest: String { key.split(separator: "#").last.map(String.init) ?? key }

    /// The incident that stands for it.
    var first: IncidentRecord? { entries.first?.record }
}
