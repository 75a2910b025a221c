import ArgumentParser
import AutomatonCore
import Engine
import Rules
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            var answer: HealReport = try await ask(client)
            // It is planned first; what is planned may wait to be confirmed.
            for _ in 0..<Self.looks where answer.now.hold == Decision.Guard.inFlight.rawValue {
                try? await Task.sleep(for: .milliseconds(300))
                // By now it may be over.
                do throws(AskFailure) { answer = try await ask(client) } catch { break }
            }
            if answer.now.hold == Decision.Guard.approval.rawValue {
                let approved: ApprovedReport = try await client.post(
                    "approve", [("rule", answer.rule), ("subject", answer.subject), ("by", by)])
                return Terminal.out("Confirmed by \(approved.by), \(approved.rule) on \(approved.subject): \(approved.asked)".harmless)
            }
            Terminal.out("\(answer.rule) on \(answer.subject) does not wait for its delay: \(answer.now.reason)".harmless)
            if let hold = answer.now.hold, hold != Decision.Guard.inFlight.rawValue {
                throw AskFailure("held by guard \(hold); 'automaton explain \(subject)' says more", exit: .unreachable)
            }
        }
    }

    /// So often it is looked whether it waits to be confirmed.
    private static let looks = 10

    private func ask(_ client: APIClient) async throws(AskFailure) -> HealReport {
        try await client.post("fixes/apply", [("subject", subject.description), ("by", by)])
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

    @Argument(help: "The file.")
    var file: String

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func run() async throws {
        let fixes: [Fix]
        do {
            let text = try FixesFiles.text(file)
            fixes = try FixFile.fixes(in: text, file: file, now: WallClock.read())
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

/// Files that people name.
enum FixesFiles {
    /// More than any manifest, or list of fixes, has.
    private static let largest = 8 << 20

    /// The text of a file.
    static func text(_ path: String) throws -> String {
        let data = FileManager.default.contents(atPath: path)
        guard let data, data.count <= largest else {
            throw ConfigurationErrors([
                Problem(file: path, message: data == nil ? "cannot be read: name a file that is there" : "is larger than \(largest) bytes")
            ])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationErrors([Problem(file: path, message: "is not UTF-8 text")])
        }
        return text
    }
}
