import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton revert`
struct RevertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take back what a rule changed last on a subject, if it is still as the rule left it, under every limit.",
        discussion: AskFailure.discussion)

    @Argument(help: "The subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter

    @Option(name: .long, help: "The rule that changed it.", completion: Completions.rules)
    var rule: String

    @Option(
        name: .long, help: "The attempt, as GET /api/autoheal/incidents names it. Default: the last one that was written and still stands.")
    var attempt: String?

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            var fields = [("rule", rule), ("subject", subject.description), ("by", by)]
            if let attempt { fields.append(("attempt", attempt)) }
            let answer: RevertedReport = try await client.post("revert", fields)
            let changes = answer.changes.map { "\($0.field) \($0.before ?? "unset") → \($0.after ?? "unset")" }.joined(separator: ", ")
            Terminal.out(
                "\(answer.remediation) on \(answer.subject) is being taken back: \(changes), if it is still as it was left".harmless)
            Terminal.out("'automaton explain \(subject)' says what became of it".harmless)
            Terminal.out(
                "If the fault comes back, rule \(rule) asks before it does anything there: for a day (OBJECTION_TIME), or until somebody confirms it by 'automaton approve \(subject) --rule \(rule)'"
                    .harmless)
        }
    }
}
