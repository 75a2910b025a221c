import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton revert`
struct RevertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take back what an attempt changed, if it is still as the attempt left it, under every limit.",
        discussion: """
            The incident's page, 'explain' and GET /api/autoheal/incidents name incidents and attempts.

            \(AskFailure.discussion)
            """)

    @Argument(help: "The incident: 20261122T041233Z-8f3a01b2.")
    var incident: String

    @Option(name: .long, help: "The attempt. Default: the last one that was written and still stands.")
    var attempt: String?

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let fields = [("incident", incident), ("by", by)] + (attempt.map { [("attempt", $0)] } ?? [])
            let answer: RevertedReport = try await client.post("revert", fields)
            let changes = answer.changes.map { "\($0.field) \($0.before ?? "unset") → \($0.after ?? "unset")" }.joined(separator: ", ")
            Terminal.out(
                "\(answer.remediation) on \(answer.subject) is being taken back: \(changes), if it is still as it was left; 'automaton explain \(answer.subject)' says what became of it"
                    .harmless)
        }
    }
}
