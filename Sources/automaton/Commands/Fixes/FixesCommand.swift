import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton fixes`
struct FixesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fixes",
        abstract: "What helped and is kept: list it, show it, apply it again, forget it, put it into git, bring it back.",
        discussion: """
            When an attempt raised memory or replicas and that helped, the values are kept. A deploy that brings the old ones back is told, and \
            undone if the rule says so (check: fix-drift).

            \(AskFailure.discussion)
            """,
        subcommands: [
            FixesListCommand.self, FixesShowCommand.self, FixesApplyCommand.self, FixesForgetCommand.self, FixesExportCommand.self,
            FixesImportCommand.self,
        ], defaultSubcommand: FixesListCommand.self)
}

/// Which of the fixes: by name, or by what they are of.
struct FixChoice: Hashable, ExpressibleByArgument {
    /// As it was written.
    let text: String
    let subject: SubjectFilter?

    init?(argument: String) {
        subject = SubjectFilter(argument)
        text = argument
        guard subject != nil || argument.hasPrefix("f-") else { return nil }
    }

    func matches(_ fix: FixReport) -> Bool {
        guard let subject else { return fix.id == text }
        return SubjectFilter("\(fix.namespace)/\(fix.resource)").map {
            $0.kind == subject.kind && $0.name == subject.name && (subject.namespace == nil || subject.namespace == $0.namespace)
        } ?? false
    }
}

extension SourceOptions {
    /// Asks for the fixes that are kept; those of a journal are as it was written last.
    func withFixes(_ show: ([FixReport], _ partial: String?) throws(AskFailure) -> Void) async throws {
        try await answer(
            journal: { journal in
                let records = try await journal.recollect(since: WallClock.read()).fixes
                return FixesReport(fixes: records.compactMap(\.fix).map { FixReport($0, finding: nil) })
            },
            automaton: { client throws(AskFailure) in try await client.get("fixes") },
            show: { report, _ throws(AskFailure) in try show(report.fixes, report.partial) })
    }
}
