import Foundation
import Testing

/// A command as a document shows it, and how it can be tried.
struct ShellLine: Sendable, Hashable, CustomTestStringConvertible {
    let page: String
    let line: Int
    /// As a person types it, without the prompt and the remark after it.
    let text: String

    var place: String { "\(page):\(line)" }
    var testDescription: String { "\(place): \(text)" }

    /// How it is tried.
    enum Trial: Equatable {
        /// It runs to its end in a folder with the rules and the manifests.
        case alone
        /// It is asked of an automaton that runs, with a fault.
        case asked
        /// It runs until it listens, and is ended.
        case watches
        /// kubectl takes it, and finds no server.
        case kubectl
        /// What it takes is here at hand only for a person: it is read by those who would run it, and not run.
        case read
    }

    /// Each command of the documents once, where it stands first.
    static let all: [ShellLine] = {
        var seen: Set<String> = []
        return Documents.blocks("console", "sh").flatMap(lines).filter { seen.insert($0.text).inserted }
    }()

    /// Of a console what follows its prompt; of a script every line. A line that ends with a backslash goes on.
    private static func lines(of block: MarkdownPage.Block) -> [ShellLine] {
        var found: [ShellLine] = []
        var open: (number: Int, text: String)?
        for (index, line) in block.lines.enumerated() {
            var text = String(line)
            if let begun = open {
                text = begun.text + text.drop { $0 == " " }
            } else if block.kind == "console" {
                guard text.hasPrefix("$ ") else { continue }
                text = String(text.dropFirst(2))
            }
            let number = open?.number ?? block.line + 1 + index
            open = nil
            if text.hasSuffix("\\") {
                open = (number, String(text.dropLast()))
                continue
            }
            let command = text.replacing(/(^|\s+)#.*$/, with: "")
            if !command.isEmpty { found.append(ShellLine(page: block.page, line: number, text: command)) }
        }
        return found
    }

    /// The programs that it starts, each with its arguments as a shell gives them.
    var programs: [[String]] {
        var programs: [[String]] = [[]]
        for match in text.matches(of: /\|\||&&|[|;]|>>?\s*\S+|(?:[^\s"'|;&>]|"[^"]*"|'[^']*')+/) {
            let word = String(match.output)
            if ["|", "||", "&&", ";"].contains(word) {
                programs.append([])
            } else if !word.hasPrefix(">") {
                programs[programs.count - 1].append(word.replacing(/["']/, with: ""))
            }
        }
        return programs.map { Array($0.drop { $0.wholeMatch(of: /[A-Z_]+=.*/) != nil }) }.filter { !$0.isEmpty }
    }

    /// How it is tried; nil when nobody knows.
    var trial: Trial? {
        if programs.isEmpty { return .read }
        var trials: Set<Trial?> = []
        for program in programs { trials.insert(Self.trial(of: program)) }
        if trials.contains(nil) { return nil }
        return [.read, .watches, .asked, .kubectl, .alone].first { trials.contains($0) }
    }

    private static func trial(of program: [String]) -> Trial? {
        switch program[0] {
        case "automaton": subcommands[program.dropFirst().first ?? ""] ?? (program.contains("--help") ? .alone : nil)
        case "kubectl": program.dropFirst().first == "kustomize" ? .alone : .kubectl
        case "curl": .asked
        case "make", "promtool", "grep", "cat", "git", "man": .alone
        case "swift", "docker": .read
        case let path where path.hasPrefix("scripts/"): .read
        default: nil
        }
    }

    /// The commands of the automaton. A new one is added here, with how the documents' examples of it are tried.
    private static let subcommands: [String: Trial] = [
        "run": .watches,
        "explain": .asked, "decisions": .asked, "pause": .asked, "silence": .asked, "resume": .asked, "approve": .asked, "revert": .asked,
        "heal": .asked, "incidents": .asked, "fixes": .asked, "replay": .asked, "health": .asked,
        "rules": .alone, "rbac": .alone, "dashboard": .alone, "version": .alone, "--version": .alone, "--help": .alone, "help": .alone,
        "config": .alone, "completion": .alone, "notify": .alone,
        // These take minutes, and have tests of their own.
        "demo": .read, "simulate": .read,
    ]
}
