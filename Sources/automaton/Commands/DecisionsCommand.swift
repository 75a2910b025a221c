import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton decisions`
struct DecisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions", abstract: "List what was decided, and why; also the decisions to do nothing.",
        discussion: AskFailure.discussion)

    @Option(name: .long, help: "From when on: a time (2026-03-01T12:00:00Z), or how long ago (30m, 1h, 2d).")
    var since = PastTime(ago: .hours(1))

    @Option(name: .long, help: "Only of this rule.")
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
        if let state = source.state {
            let report: DecisionsReport
            do {
                let entries = try await (StateDirectory.openJournal(state)).trail(
                    TrailQuery(since: since, rule: rule, subject: subject, limit: limit))
                report = DecisionsReport(at: now, since: since, entries: entries, limit: limit)
            } catch {
                throw AskFailure("\(error)", exit: .unreachable).told()
            }
            do throws(AskFailure) { try show(report) } catch { throw error.told() }
        } else {
            try await source.api.ask { client throws(AskFailure) in
                try show(
                    try await client.get(
                        "decisions",
                        [("since", since.rfc3339Milli), ("rule", rule), ("subject", subject?.description), ("limit", "\(limit)")]))
            }
        }
    }

    private func show(_ report: DecisionsReport) throws(AskFailure) {
        switch output {
        case .json: Terminal.out(try report.prettyJSON())
        case .text: for line in DecisionsText(report: report, ink: Ink(hasColour: Terminal.hasColour)).lines { Terminal.out(line) }
        }
        if report.decisions.isEmpty, rule != nil || subject != nil {
            throw AskFailure("nothing was decided of that since then", exit: .nothing)
        }
    }
}
