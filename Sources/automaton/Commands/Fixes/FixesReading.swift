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
                if !fixes.isEmpty { for line in FixesText.table(fixes, width: Terminal.width(), ink: Terminal.ink) { Terminal.out(line) } }
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
    /// In columns, a row a fix.
    static func table(_ fixes: [FixReport], width: Int?, ink: Ink) -> [String] {
        var table = TextTable(
            [
                .init("ID"), .init("SUBJECT", least: 20, keepsEnd: true), .init("CONTAINER", least: 8, yields: true),
                .init("TYPE", yields: true), .init("VALUE", least: 9, wraps: true), .init("BEFORE", least: 9, wraps: true), .init("STATE"),
                .init("SINCE", yields: true), .init("RULE", least: 8, yields: true),
            ], ink: ink)
        for fix in fixes {
            table.add([
                .init(fix.id), .init("\(fix.namespace)/\(fix.resource)", ink.bold), .init(fix.container ?? "-"), .init(fix.type),
                .init(amounts(fix.value, fix.request)), .init(fix.before.map { amounts($0, fix.requestBefore) } ?? "-"),
                .init(fix.state.rawValue, paint(fix.state, ink)), .init(fix.timestamp.instant.rfc3339, ink.faint),
                .init(fix.imported == true ? "imported" : fix.rule ?? "by hand"),
            ])
        }
        return table.lines(width: width)
    }

    private static func paint(_ state: FixReport.State, _ ink: Ink) -> (String) -> String {
        switch state {
        case .holds: ink.green
        case .drifted: ink.red
        case .outgrown, .idle, .unknown: ink.yellow
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
