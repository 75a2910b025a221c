internal import AutomatonCore

/// What an e-mail says, before it is plain text or HTML: both are made from this, and so say the same.
struct EmailContent {
    /// How it looks at a glance.
    enum Tone {
        case critical, high, medium, warning, resolved, neutral
    }

    /// A row of a table.
    struct Fact {
        var label: String
        var value: String
    }

    /// Something that was tried.
    struct Step {
        /// `restart (restart the pods)`.
        var title: String
        /// `helped`.
        var outcome: String
        /// When, and when undone.
        var times: String
        /// Field, before, after.
        var changes: [(field: String, before: String, after: String)]
        /// So many more changes there were.
        var changesLeftOut: Int
    }

    /// One incident.
    struct Item {
        /// The subject.
        var heading: String
        var facts: [Fact]
        var steps: [Step]
        /// Said where nothing was tried.
        var noSteps: String
        /// So many earlier steps there were.
        var stepsLeftOut: Int
        /// Why a person is needed; nil where none is.
        var need: String?
        /// What it means, in paragraphs.
        var paragraphs: [String]
    }

    /// `CRITICAL`, `RESOLVED`.
    var word: String
    var tone: Tone
    var title: String
    /// Paragraphs that are about no incident.
    var lead: [String]
    var items: [Item]
    /// So many more incidents there are.
    var itemsLeftOut: Int
    var link: String?
    var at: String

    /// The most of each that is shown: a mail program cuts a message off that is larger than about 100 kB.
    private static let mostItems = 8
    private static let mostSteps = 5
    private static let mostChanges = 8
    /// Unicode scalars of a text in paragraphs.
    private static let mostText = 2000

    init(_ message: Message) {
        switch message.kind {
        case .firing:
            word = message.severity.rawValue.uppercased()
            tone = [.critical: .critical, .high: .high, .medium: .medium, .warning: .warning][message.severity] ?? .warning
        case .resolved: (word, tone) = ("RESOLVED", .resolved)
        case .notice: (word, tone) = ("NOTICE", .neutral)
        case .test: (word, tone) = ("TEST", .neutral)
        }
        title = message.title.oneLine(250)
        lead = Self.paragraphs(message.text)
        items = message.entries.prefix(Self.mostItems).map(Self.item)
        itemsLeftOut = max(0, message.entries.count - Self.mostItems)
        link = message.link.flatMap(Self.link)
        at = message.at.readableUTC
    }

    private static func item(_ entry: Message.Entry) -> Item {
        let record = entry.record
        var facts: [Fact] = []
        func add(_ label: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            facts.append(Fact(label: label, value: value.oneLine(300)))
        }
        add("What", record.reason?.code ?? record.cause)
        add("Pod", record.reason?.part)
        add("Container", record.reason?.container)
        add("Exit code", record.reason?.exitCode.map { "\($0)" })
        add("Restarts", record.reason?.restartCount.map { "\($0)" })
        if record.reason != nil, record.cause != record.reason?.summary { add("Why", record.cause) }
        add("Rule", "\(record.key.rule) (\(record.priority) priority)")
        add("Detected", record.detectedAt.readableUTC)
        if let end = record.closedAt {
            add(record.ending == .gone ? "Gone" : record.ending == .ruleRemoved ? "Rule removed" : "Well since", end.readableUTC)
        }
        add("Recovered in", record.timeToRecover?.readable)
        let steps = record.attempts.suffix(mostSteps).map(step)
        return Item(
            heading: record.key.subject.description.oneLine(300), facts: facts, steps: steps,
            noSteps: record.isOpen ? "Nothing yet." : "Nothing: it was not needed.", stepsLeftOut: record.attempts.count - steps.count,
            need: record.isOpen ? record.personTold.map { $0.oneLine(500) } : nil, paragraphs: paragraphs(entry.summary))
    }

    private static func step(_ attempt: IncidentRecord.Attempt) -> Step {
        let outcome =
            switch attempt.outcome {
            case .helped: "it helped"
            case .noChange: "it did not help"
            case .worse: "it got worse"
            case nil: attempt.writtenAt == nil ? "not known to have been written" : "being verified"
            }
        let undone = attempt.undoneAt.map { ", undone \($0.readableUTC)" } ?? ""
        let changes = attempt.changes.prefix(mostChanges).map { change in
            (
                change.field.oneLine(200), (change.before ?? "unset").oneLine(200),
                (change.after ?? "unset").oneLine(200)
            )
        }
        let summary = attempt.changes.isEmpty && !attempt.summary.isEmpty ? " (\(attempt.summary))" : ""
        return Step(
            title: (attempt.remediation + summary).oneLine(300), outcome: outcome,
            times: (attempt.writtenAt ?? attempt.at).readableUTC + undone, changes: changes,
            changesLeftOut: attempt.changes.count - changes.count + attempt.changesLeftOut)
    }

    private static func paragraphs(_ text: String) -> [String] {
        let beginning = PlainText.beginning(text, mostText)
        let rest = beginning.utf8.count < text.utf8.count ? "…" : ""
        return (beginning + rest).lines.split(separator: "\n", omittingEmptySubsequences: false).map { $0.oneLine(mostText) }
            .split(separator: "").map { $0.joined(separator: "\n") }
    }

    /// A link that a person can follow without harm; nil for anything that is no web address.
    private static func link(_ text: String) -> String? {
        let isWeb = text.hasPrefix("https://") || text.hasPrefix("http://")
        return isWeb && text.utf8.count <= 2000 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}
