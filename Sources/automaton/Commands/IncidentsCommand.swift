import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton incidents`
struct IncidentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "List past and open incidents, the latest first; with an ID, tell one's whole story.",
        discussion: AskFailure.discussion)

    @Argument(help: "An incident, as the list names it: 20261122T041233Z-8f3a01b2.")
    var id: String?

    @Flag(name: .long, help: "Only those that are open.")
    var open = false

    @Option(name: .long, help: "Only these: \(IncidentRecord.Status.allCases.map(\.rawValue).joined(separator: ", ")).")
    var status: IncidentRecord.Status?

    @Option(name: .long, help: "Only these: \(Severity.allCases.map(\.rawValue).joined(separator: ", ")).")
    var severity: Severity?

    @Option(name: .long, help: "Only of this rule.", completion: Completions.rules)
    var rule: String?

    @Option(name: .long, help: "Only of a subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter?

    @Option(name: [.short, .long], help: "Only of this namespace.")
    var namespace: String?

    @Option(
        name: .long, help: "Detected then or later: a time (2026-03-01T12:00:00Z), or how long ago (30m, 1h, 2d).",
        transform: PastTime.init(argument:))
    var since: PastTime?

    @Option(name: .long, help: "At most so many.")
    var limit = 50

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var source: SourceOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit \(limit): write a number from 1 to 1000") }
        if id != nil, isFiltered { throw ValidationError("an ID names one incident: leave the other options away") }
    }

    private var isFiltered: Bool {
        open || status != nil || severity != nil || rule != nil || subject != nil || namespace != nil || since != nil
    }

    func run() async throws {
        if let id { return try await tell(id) }
        let now = WallClock.read()
        let from = since?.instant(before: now)
        try await source.answer(
            journal: { journal in
                let query = IncidentQuery(
                    status: status, isOpen: open ? true : nil, namespace: namespace, severity: severity, rule: rule, subject: subject,
                    since: from, limit: limit)
                return IncidentsReport(try await journal.incidents(query), limit: limit)
            },
            automaton: { client throws(AskFailure) in
                try await client.get(
                    "incidents",
                    [
                        ("status", status?.rawValue), ("open", open ? "true" : nil), ("namespace", namespace),
                        ("severity", severity?.rawValue), ("rule", rule), ("subject", subject?.description),
                        ("since", from?.rfc3339Milli), ("limit", "\(limit)"),
                    ])
            },
            show: { report, _ throws(AskFailure) in
                switch output {
                case .json: Terminal.out(try report.prettyJSON())
                case .text:
                    let text = IncidentsText(report: report, now: now, ink: Terminal.ink)
                    for line in text.lines(width: Terminal.width()) { Terminal.out(line) }
                }
                if report.incidents.isEmpty, isFiltered { throw AskFailure("there is no such incident", exit: .nothing) }
            })
    }

    private func tell(_ id: String) async throws {
        try await source.answer(
            journal: { journal in
                guard let record = try await journal.incident(IncidentID(id)) else {
                    throw AskFailure("there is no incident of that name; it may have been dropped", exit: .nothing)
                }
                return IncidentAnswer(incident: HistoryReport(record, isWhole: true))
            },
            automaton: { client throws(AskFailure) in try await client.get("incidents/\(APIClient.encoded(id))") },
            show: { answer, _ throws(AskFailure) in
                switch output {
                case .json: Terminal.out(try answer.prettyJSON())
                case .text:
                    let story = IncidentStory(
                        incident: answer.incident, now: WallClock.read(), ink: Terminal.ink)
                    for line in story.lines { Terminal.out(line) }
                }
            })
    }
}
