import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton explain`
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what is wrong, what is done about it, and why nothing more is.",
        discussion: """
            Each open incident with its whole trail: since when, why it is one, which guard holds it with which figures and until when, what \
            was tried and whether it helped. With a subject, also the rules that look at it while it is well.

            \(AskFailure.discussion)
            """)

    @Argument(help: "A subject: KIND/NAME or NAMESPACE/KIND/NAME (deployment/email-service). Default: every open incident.")
    var subject: SubjectFilter?

    @Option(name: .long, help: "Only what this rule says.", completion: Completions.rules)
    var rule: String?

    @Flag(name: .long, help: "Also what is watched and has no incident. Always so with a subject.")
    var healthy = false

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var source: SourceOptions

    func run() async throws {
        let question = ExplanationText.Question(subject: subject, rule: rule)
        try await source.answer(
            journal: { try await Self.report(from: $0, question, at: WallClock.read()) },
            automaton: { client throws(AskFailure) in
                try await client.get(
                    "explain",
                    [("subject", subject?.description), ("rule", rule), ("healthy", healthy || subject != nil ? "true" : "false")])
            },
            show: { report, place throws(AskFailure) in try show(report, question, place) })
    }

    private func show(_ report: ExplanationReport, _ question: ExplanationText.Question, _ place: String) throws(AskFailure) {
        let text = ExplanationText(report, question, ink: Terminal.ink)
        switch output {
        case .json: Terminal.out(try report.prettyJSON())
        case .text: for line in text.lines(source: place) { Terminal.out(line) }
        }
        // What is missing was said.
        if text.isNothing { throw AskFailure(report.unmatched ?? "nothing is known of \(question.words)", exit: .nothing) }
    }

    /// What a journal alone says: of incidents that were opened and not closed.
    static func report(
        from journal: any Journal, _ question: ExplanationText.Question, at now: Instant
    ) async throws(JournalError) -> ExplanationReport {
        let limit = 100_000
        let entries = try await journal.trail(
            TrailQuery(since: now - JournalRetention().trail, rule: question.rule, subject: question.subject, limit: limit))
        return ExplanationReport(
            trail: entries, try await journal.recollect(since: now), at: now, isCut: entries.count >= limit,
            isParticular: question.isParticular)
    }
}
