import ArgumentParser
import AutomatonCore
import Engine
import Rules
import Threads
import WebAPI

/// `automaton fixes apply`
struct FixesApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Apply what is kept of a subject again without waiting for the delay, under every other guard.",
        discussion: """
            This also confirms what a rule in mode 'approve' asks. Where what is kept holds there is nothing to apply, and nothing is ever \
            lowered.

            \(AskFailure.discussion)
            """)

    @Argument(help: "The subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    @Option(name: .long, help: "Seconds that are waited for what becomes of it.")
    var wait = 60

    func validate() throws {
        guard (1...3600).contains(wait) else { throw ValidationError("--wait \(wait): write seconds from 1 to 3600") }
    }

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            // By its clock, not by ours.
            let before: DecisionsReport = try await client.get("decisions", [("limit", "1")])
            let answer: HealReport = try await client.post("fixes/apply", [("subject", subject.description), ("by", by)])
            let healing = Healing(client: client, by: by, since: before.at.instant, end: ContinuousClock.now + .seconds(wait))
            let result = await healing.result(of: answer)
            for line in HealedText(result: result, ink: Terminal.ink).lines { Terminal.out(line) }
            guard result.isDone else { throw AskFailure("not done; 'automaton explain \(subject)' says more", exit: .unreachable) }
        }
    }
}

extension Healing {
    /// What becomes of an incident that waits no longer.
    fileprivate func result(of answer: HealReport) async -> HealedReport.Result {
        let target = Target(rule: answer.rule, subject: answer.subject)
        switch answer.now.hold {
        case Decision.Guard.approval.rawValue?: return await follow(target, await confirm(target))
        case let hold? where !Self.isPassing(hold):
            return HealedReport.Result(rule: answer.rule, subject: answer.subject, outcome: .held, text: answer.now.reason)
        default: return await follow(target, .hurried)
        }
    }
}

/// `automaton fixes forget`
struct FixesForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Keep something no longer. The workload stays as it is.", discussion: AskFailure.discussion)

    @Argument(help: "Names (f-…), or subjects: KIND/NAME or NAMESPACE/KIND/NAME, for all that is kept of them.")
    var fixes: [FixChoice]

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let kept: FixesReport = try await client.get("fixes")
            for choice in fixes {
                let chosen = kept.fixes.filter { choice.matches($0) }
                guard !chosen.isEmpty else { throw AskFailure("nothing is kept under \(choice.text)", exit: .nothing) }
                for fix in chosen {
                    let answer: FixForgottenReport = try await client.delete("fixes/\(APIClient.encoded(fix.id))", [("by", by)])
                    let gone = answer.forgotten
                    Terminal.out(
                        "Kept no longer: \(gone.type) \(gone.value)\(gone.container.map { " of \($0)" } ?? "") on \(gone.namespace)/\(gone.resource)"
                            .harmless)
                }
            }
        }
    }
}

/// `automaton fixes import`
struct FixesImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Keep what a file says, as 'fixes export --format yaml' writes it.",
        discussion: """
            The whole file is read before anything is sent; each error has its line. What is kept already and is newer stays.

            \(AskFailure.discussion)
            """)

    @Argument(help: "The file; - for the standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        let fixes: [Fix]
        do {
            // Who writes into a pipe may take their time.
            let text = try await OwnThread.run { [file] in try FixesFiles.text(file, mayBeStream: true) }
            fixes = try FixFile.fixes(in: text, file: file == "-" ? "standard input" : file, now: WallClock.read())
        } catch let errors as ConfigurationErrors {
            for problem in errors.problems { Terminal.error(problem.description) }
            throw ExitCode(AskFailure.Exit.usage.rawValue)
        }
        try await api.ask { client throws(AskFailure) in
            var (taken, left) = (0, 0)
            for fix in fixes {
                let answer: FixKeptReport = try await client.post("fixes", fix.texts.map { ($0.name, $0.text) } + [("by", by)])
                if answer.isTaken {
                    taken += 1
                } else {
                    left += 1
                    let stays = answer.fix.map { "\($0.value) of \($0.timestamp.instant.rfc3339) stays" }
                    Terminal.error("\(fix.key): \(stays ?? "it was forgotten since \(fix.at.rfc3339)")".harmless)
                }
                if taken + left == 1 { for warning in answer.warnings { Terminal.error(warning.harmless) } }
            }
            Terminal.out("Kept: \(taken) of \(fixes.count)\(left > 0 ? "; \(left) were known, or newer" : "")")
        }
    }
}
