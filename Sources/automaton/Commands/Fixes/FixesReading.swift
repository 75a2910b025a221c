import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton fixes list`
struct FixesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what is kept, and whether it holds.", discussion: AskFailure.discussion)

    @Argument(help: "Only of a subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter?

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var source: SourceOptions

    func run() async throws {
        let choice = subject.flatMap { FixChoice(argument: $0.description) }
        try await source.withFixes { fixes, partial throws(AskFailure) in
            let fixes = fixes.filter { choice?.matches($0) ?? true }
            if let partial, fixes.isEmpty { throw AskFailure("\(partial): ask the leader (--api)", exit: .unreachable) }
            switch output {
            case .json: Terminal.out(try FixesReport(fixes: fixes, partial: partial).prettyJSON())
            case .text:
                if let partial { Terminal.error("\(partial): ask the leader (--api)".harmless) }
                if fixes.isEmpty { Terminal.out("Nothing is kept\(subject.map { " of \($0)" } ?? "")") }
                if !fixes.isEmpty { for line in FixesText.table(fixes) { Terminal.out(line.harmless) } }
            }
            if fixes.isEmpty, subject != nil { throw AskFailure("nothing such is kept", exit: .nothing) }
        }
    }
}

/// `automaton fixes show`
struct FixesShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of a fix, or of those of a subject.", discussion: AskFailure.discussion)

    @Argument(help: "Its name (f-…), or the subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var fix: FixChoice

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var source: SourceOptions

    func run() async throws {
        try await source.withFixes { fixes, partial throws(AskFailure) in
            let chosen = fixes.filter { fix.matches($0) }
            if let partial, chosen.isEmpty { throw AskFailure("\(partial): ask the leader (--api)", exit: .unreachable) }
            guard !chosen.isEmpty else { throw AskFailure("nothing is kept under \(fix.text)", exit: .nothing) }
            switch output {
            case .json: Terminal.out(try FixesReport(fixes: chosen, partial: partial).prettyJSON())
            case .text: Terminal.out(chosen.map { FixesText.lines($0).joined(separator: "\n") }.joined(separator: "\n\n"))
            }
        }
    }
}

/// Fixes for people.
enum FixesText {
    /// In columns, a line a fix.
    static func table(_ fixes: [FixReport]) -> [String] {
        var rows = [["ID", "NAMESPACE", "RESOURCE", "TYPE", "CONTAINER", "VALUE", "BEFORE", "STATE", "SINCE", "RULE"]]
        for fix in fixes {
            rows.append([
                fix.id, fix.namespace, fix.resource, fix.type, fix.container ?? "-", amounts(fix.value, fix.request),
                fix.before.map { amounts($0, fix.requestBefore) } ?? "-", fix.state.rawValue, fix.timestamp.instant.rfc3339,
                fix.imported == true ? "imported" : fix.rule ?? "by hand",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }
    }

    /// One fix, a line a fact.
    static func lines(_ fix: FixReport) -> [String] {
        let facts: [(String, String?)] = [
            ("id", fix.id), ("of", "\(fix.namespace)/\(fix.resource)"), ("container", fix.container), ("type", fix.type),
            ("value", amounts(fix.value, fix.request)), ("before", fix.before.map { amounts($0, fix.requestBefore) }),
            ("state", fix.state.rawValue + (fix.detail.map { ": \($0)" } ?? "")), ("since", fix.timestamp.instant.rfc3339),
            ("imported", fix.imported == true ? "yes: what follows is what a person says, and nobody saw it" : nil),
            ("rule", fix.rule ?? "none: a person wrote it down"), ("remediation", fix.remediation), ("incident", fix.incident),
            ("attempt", fix.attempt),
        ]
        return facts.compactMap { name, value in
            value.map { (name + String(repeating: " ", count: 13 - name.count) + $0).harmless }
        }
    }

    private static func amounts(_ value: String, _ request: String?) -> String { value + (request.map { " (request \($0))" } ?? "") }
}
