import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton decisions`
struct DecisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions", abstract: "List what was decided, and why; also the decisions to do nothing.",
        discussion: AskFailure.discussion)

    @Option(
        name: .long, help: "From when on: a time (2026-03-01T12:00:00Z), or how long ago (30m, 1h, 2d). Default: 1h.",
        transform: PastTime.init(argument:))
    var since = PastTime(ago: .hours(1))

    @Option(name: .long, help: "Only of this rule.", completion: Completions.rules)
    var rule: String?

    @Option(name: .long, help: "Only of a subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter?

    @Option(name: .long, help: "At most so many, the latest.")
    var limit = 1000

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var source: SourceOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): write a number from 1 to 10000") }
    }

    func run() async throws {
        let now = WallClock.read()
        let since = since.instant(before: now)
        try await source.answer(
            journal: { journal in
                let query = TrailQuery(since: since, rule: rule, subject: subject, limit: limit)
                return DecisionsReport(at: now, since: since, entries: try await journal.trail(query), limit: limit)
            },
            automaton: { client throws(AskFailure) in
                try await client.get(
                    "decisions", [("since", since.rfc3339Milli), ("rule", rule), ("subject", subject?.description), ("limit", "\(limit)")])
            },
            show: { report, _ throws(AskFailure) in try show(report) })
    }

    private func show(_ report: DecisionsReport) throws(AskFailure) {
        switch output {
        case .json: Terminal.out(try report.prettyJSON())
        case .text: for line in DecisionsText(report: report, ink: Terminal.ink).lines(width: Terminal.width()) { Terminal.out(line) }
        }
        if report.decisions.isEmpty, rule != nil || subject != nil {
            throw AskFailure("nothing was decided of that since then", exit: .nothing)
        }
    }
}
