import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// What a pause and a silence have in common.
struct SuspensionOptions: ParsableArguments {
    @Option(name: .long, help: "Only this rule.", completion: Completions.rules)
    var rule: String?

    @Option(name: .long, help: "Only a subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter?

    @Option(name: .long, help: "Why, for those who see it.")
    var why = ""

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func suspend(_ kind: Suspension.Kind, for length: TimeSpan?) async throws {
        try await api.ask { client throws(AskFailure) in
            let answer: SuspendedReport = try await client.post(
                "suspensions",
                [
                    ("kind", kind.rawValue), ("rule", rule), ("subject", subject?.description), ("for", length?.text), ("by", by),
                    ("why", why.isEmpty ? nil : why),
                ])
            for warning in answer.warnings { Terminal.error("warning: \(warning.harmless)") }
            let time = TimeText(now: answer.suspension.at.instant)
            let count = answer.incidents
            Terminal.out(answer.suspension.words(time))
            Terminal.out(
                "\(count == 0 ? "No open incident is" : "\(count) open incident\(count == 1 ? " is" : "s are")") covered now. "
                    + "Lift it: automaton resume \(answer.suspension.id)")
        }
    }
}

/// `automaton pause`
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Begin no new attempts: on everything, one rule, or one subject. People are told as ever.",
        discussion: AskFailure.discussion)

    @OptionGroup var options: SuspensionOptions

    @Option(
        name: .customLong("for"), help: "How long (30m, 2h, 1d). Default: until it is lifted.", transform: TimeSpan.ofSuspension)
    var length: TimeSpan?

    func run() async throws { try await options.suspend(.pause, for: length) }
}

/// `automaton silence`
struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Begin nothing and tell nobody for a time: on everything, one rule, or one subject.",
        discussion: AskFailure.discussion)

    @OptionGroup var options: SuspensionOptions

    @Option(
        name: .customLong("for"), help: "How long (30m, 2h, 1d); a silence always has an end.", transform: TimeSpan.ofSuspension)
    var length: TimeSpan

    func run() async throws { try await options.suspend(.silence, for: length) }
}
