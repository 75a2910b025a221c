import ArgumentParser
import Checks
import Remediations
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton rules document [FILE]`
struct RulesDocumentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document", abstract: "Print what rules can use: every check, remediation and threshold.",
        discussion: """
            With a FILE, prints that page with the text put between its two marks instead, for rules/README.md.

            Exit code 0 when it was printed, 64 when the page cannot be read or lacks the marks.
            """)

    @Argument(help: "A Markdown page with the two marks.", completion: .file(extensions: ["md"]))
    var page: String?

    func run() throws {
        let documentation = RuleDocumentation(checks: builtInChecks, remediations: builtInRemediations)
        guard let page else { return Terminal.out(documentation.text) }
        guard let data = FileManager.default.contents(atPath: page) else {
            throw ValidationError("\(page) cannot be read: name a file that is there, such as rules/README.md")
        }
        guard let text = documentation.inserted(into: String(decoding: data, as: UTF8.self)) else {
            throw ValidationError("\(page) does not have the lines '\(RuleDocumentation.begin)' and '\(RuleDocumentation.end)'")
        }
        Terminal.out(text.last == "\n" ? String(text.dropLast()) : text)
    }
}
