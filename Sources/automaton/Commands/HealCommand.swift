import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton heal`
struct HealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal", abstract: "Do not wait for the delay of an open incident: plan and act now, under every other guard.",
        discussion: AskFailure.discussion)

    @Argument(help: "The subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter

    @Option(name: .long, help: "The rule whose incident it is.")
    var rule: String

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let answer: HealReport = try await client.post("heal", [("rule", rule), ("subject", subject.description), ("by", by)])
            Terminal.out("\(answer.rule) on \(answer.subject) does not wait for its delay: \(answer.now.reason)".harmless)
            if let hold = answer.now.hold, hold != Decision.Guard.inFlight.rawValue {
                throw AskFailure("held by guard \(hold); 'automaton explain \(subject)' says more", exit: .unreachable)
            }
        }
    }
}
