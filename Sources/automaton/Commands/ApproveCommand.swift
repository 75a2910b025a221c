import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton approve`
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Confirm what a rule in mode 'approve' has planned.", discussion: AskFailure.discussion)

    @Argument(help: "The subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter

    @Option(name: .long, help: "The rule that asks.", completion: Completions.rules)
    var rule: String

    @Option(name: .long, help: "Who confirms. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let answer: ApprovedReport = try await client.post(
                "approve", [("rule", rule), ("subject", subject.description), ("by", by)])
            Terminal.out("Confirmed by \(answer.by), \(answer.rule) on \(answer.subject): \(answer.asked)".harmless)
        }
    }
}
