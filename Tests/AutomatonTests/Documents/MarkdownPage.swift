import Foundation
import Testing

/// A page of the documentation, as far as the tests read it.
struct MarkdownPage: Sendable {
    /// What stands between two fences.
    struct Block: Sendable, CustomTestStringConvertible {
        /// `docs/runbook.md`.
        let page: String
        /// The line of the first fence.
        let line: Int
        /// The word after the fence.
        let kind: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { "\(page):\(line)" }
    }

    /// A line outside of blocks.
    struct Line: Sendable {
        let number: Int
        let text: String
    }

    /// From the root of the repository.
    let path: String
    private(set) var blocks: [Block] = []
    private(set) var prose: [Line] = []
    /// What links to a part of the page name.
    private(set) var anchors: Set<String> = []
    /// A fence that is not closed.
    private(set) var openFence: Int?

    init(path: String, text: String) {
        self.path = path
        var open: (line: Int, kind: String, indent: Int, text: [Substring])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.drop { $0 == " " }
            guard content.hasPrefix("```") else {
                if let indent = open?.indent { open?.text.append(line.dropFirst(indent)) } else { addProse(String(line), index + 1) }
                continue
            }
            if let block = open {
                blocks.append(Block(page: path, line: block.line, kind: block.kind, text: block.text.joined(separator: "\n") + "\n"))
                open = nil
            } else {
                open = (index + 1, String(content.dropFirst(3)), line.count - content.count, [])
            }
        }
        openFence = open?.line
    }

    private mutating func addProse(_ line: String, _ number: Int) {
        prose.append(Line(number: number, text: line))
        guard let heading = line.wholeMatch(of: /#{1,6} +(.*?) *#*/) else { return }
        let slug = Self.slug(String(heading.1))
        var name = slug
        var count = 0
        while anchors.contains(name) {
            count += 1
            name = "\(slug)-\(count)"
        }
        anchors.insert(name)
    }

    /// The name that GitHub gives a heading: no markup, small letters, hyphens for spaces, and no other sign.
    static func slug(_ heading: String) -> String {
        let plain = heading.replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.1) }.lowercased()
        return String(
            plain.compactMap { character in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_" ? character : nil
            })
    }

    /// What stands between backticks, outside of blocks, with its line.
    var codes: [Line] {
        prose.flatMap { line in line.text.matches(of: /`([^`]+)`/).map { Line(number: line.number, text: String($0.1)) } }
    }

    /// Where links and pictures lead, with their lines.
    var links: [Line] {
        prose.flatMap { line in
            line.text.replacing(/`[^`]*`/, with: "").matches(of: /\]\(([^)\s]+)\)/).map { Line(number: line.number, text: String($0.1)) }
        }
    }
}

/// All pages that people read.
enum Documents {
    static let root = ManifestsTests.repository

    static let pages: [MarkdownPage] = {
        let folders = ["", "docs", "rules", "k8s"]
        let paths = folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? [])
                .filter { $0.hasSuffix(".md") }.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
        }
        return paths.sorted().compactMap { path in
            (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)).map { MarkdownPage(path: path, text: $0) }
        }
    }()

    static func page(_ path: String) -> MarkdownPage? { pages.first { $0.path == path } }

    /// The blocks of a kind.
    static func blocks(_ kinds: String...) -> [MarkdownPage.Block] { pages.flatMap(\.blocks).filter { kinds.contains($0.kind) } }

    /// Every word in the repository but in its documents and in these tests: what may name a variable, a metric or a suite.
    static func words() async throws -> Set<Substring> {
        let found = try await Command.run(
            "/bin/bash",
            [
                "-c",
                """
                cd "\(root)" && grep -ohrE '[A-Za-z_][A-Za-z0-9_]+' Sources Tests scripts k8s rules Benchmarks Makefile --include='*.swift' \
                  --include='*.sh' --include='*.yaml' --include='*.py' --include='*.h' --include=Makefile --exclude-dir=Documents | sort -u
                """,
            ])
        guard found.status == 0 else { throw CocoaError(.fileReadUnknown) }
        return Set(found.said.split(separator: "\n"))
    }
}
