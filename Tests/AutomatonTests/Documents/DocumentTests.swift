import AutomatonCore
import Engine
import Foundation
import Testing

/// What the documents say of themselves and of the program: links lead somewhere, and what is named exists.
@Suite("Documents", .timeLimit(.minutes(5)))
struct DocumentTests {
    /// What the tests can do with each kind of block.
    private static let kinds: [String: String] = [
        "console": "DocumentCommandTests runs what follows `$ `", "sh": "DocumentCommandTests runs each line",
        "yaml": "DocumentYAMLTests has it read", "swift": "it stands in a file that is compiled", "json": "it is parsed",
        "diff": "git reads it", "mermaid": "its arrows are followed", "text": "it is shown, and nothing more",
    ]

    @Test("Every block is of a kind that is tested")
    func kinds() {
        #expect(Documents.pages.count >= 14)
        for page in Documents.pages {
            #expect(page.openFence == nil, "\(page.path):\(page.openFence ?? 0): a block that is not closed")
            for block in page.blocks where Self.kinds[block.kind] == nil {
                Issue.record(
                    """
                    \(block.page):\(block.line): no test knows what to do with a block of kind '\(block.kind)'. Name one of \
                    \(Self.kinds.keys.sorted().joined(separator: ", ")) after the fence, or add the kind and its test to DocumentTests.
                    """)
            }
        }
    }

    @Test("Every link between documents leads to a file, and to a heading of it")
    func links() {
        var count = 0
        for page in Documents.pages {
            for link in page.links where !link.text.contains("://") && !link.text.hasPrefix("mailto:") {
                count += 1
                let parts = link.text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let folder = page.path.contains("/") ? page.path.prefix(through: page.path.lastIndex(of: "/")!) : ""
                let target = parts[0].isEmpty ? page.path : Self.normal(folder + parts[0])
                #expect(
                    FileManager.default.fileExists(atPath: "\(Documents.root)/\(target)"),
                    "\(page.path):\(link.number): there is no \(target)")
                guard parts.count == 2, let other = Documents.page(target) else { continue }
                #expect(
                    other.anchors.contains(parts[1]), "\(page.path):\(link.number): \(target) has no heading #\(parts[1])")
            }
        }
        #expect(count >= 60)
    }

    private static func normal(_ path: some StringProtocol) -> String {
        var parts: [Substring] = []
        for part in String(path).split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    @Test("Every document is reached from the README, over links")
    func reachable() {
        var reached: Set<String> = []
        var open = ["README.md"]
        while let path = open.popLast() {
            guard reached.insert(path).inserted, let page = Documents.page(path) else { continue }
            let folder = path.contains("/") ? String(path.prefix(through: path.lastIndex(of: "/")!)) : ""
            open += page.links.map { link in Self.normal(folder + String(link.text.prefix { $0 != "#" })) }
        }
        for page in Documents.pages where page.path != "CHANGELOG.md" {
            #expect(reached.contains(page.path), "nothing leads from README.md to \(page.path)")
        }
    }

    @Test("Every file, metric, variable and option that is named exists")
    func names() async throws {
        let help = try await Program.run(["--experimental-dump-help"]).out
        let known = Set(help.matches(of: /"kind" : "long",\s*"name" : "([a-z-]+)"/).map { "--" + $0.1 }).union(Self.foreignOptions)
        #expect(known.contains("--dry-run"))
        let (words, metrics) = (try await Documents.words(), Set(HealingMetrics.descriptors.map(\.name)))
        var counts = [0, 0, 0, 0]
        for page in Documents.pages where page.path != "CHANGELOG.md" {
            for code in page.codes {
                let place = "\(page.path):\(code.number)"
                for option in code.text.matches(of: /(?:^|[\s\[|])(--[a-z][a-z-]+)/).map({ String($0.1) }) {
                    counts[0] += 1
                    #expect(
                        known.contains(option), "\(place): the program has no option \(option); if another has, add it to foreignOptions")
                }
                if let name = code.text.wholeMatch(of: /(healing_[a-z_]+[a-z])(\{[^}]*\})?/)?.1 {
                    counts[1] += 1
                    #expect(
                        metrics.contains(String(name).replacing(/_(bucket|count|sum)$/, with: "")), "\(place): there is no metric \(name)")
                }
                for name in code.text.matches(of: /\b(?:[A-Z]+(?:_[A-Z]+)+|PG[A-Z]{3,})\b/).map({ String($0.output) }) {
                    counts[2] += 1
                    #expect(
                        words.contains(name[...]) || Self.foreignVariables.contains(where: name.hasPrefix),
                        "\(place): nothing in the repository reads \(name)")
                }
                if !code.text.contains("NAME"),
                    code.text.wholeMatch(of: /(docs|k8s|rules|Sources|Tests|scripts|Benchmarks)\/[\w.\/-]+/) != nil
                {
                    counts[3] += 1
                    #expect(FileManager.default.fileExists(atPath: "\(Documents.root)/\(code.text)"), "\(place): there is no \(code.text)")
                }
            }
        }
        #expect(counts.allSatisfy { $0 >= 10 }, "\(counts)")
    }

    /// Options of kubectl, make, swift, Prometheus, docker and the scripts.
    private static let foreignOptions: Set<String> = [
        "--kubeconfig", "--replicas", "--strict", "--filter", "--enable-feature", "--previous", "--explicit-target-dependency-import-check",
        "--from-env-file", "--image", "--platform", "--tmpfs", "--target", "--build-arg", "--password", "--help", "--version",
    ]
    /// Variables of libpq, librdkafka and the tests' tools that nothing here reads by name.
    private static let foreignVariables = ["PG", "KAFKA_", "OLLAMA_", "OPENAI_", "DB_PASSWORD", "API_KEY"]

    @Test("Swift in a document stands in a file that is compiled", arguments: Documents.blocks("swift"))
    func swift(_ block: MarkdownPage.Block) throws {
        let folders = ["Sources", "Tests/ExamplePlugins", "Tests/ExamplePluginsTests"]
        let stands = folders.contains { folder in
            let files = FileManager.default.enumerator(atPath: "\(Documents.root)/\(folder)")?.compactMap { $0 as? String } ?? []
            return files.contains { file in
                file.hasSuffix(".swift")
                    && (try? String(contentsOfFile: "\(Documents.root)/\(folder)/\(file)", encoding: .utf8))?.contains(block.text) == true
            }
        }
        #expect(stands, "\(block.page):\(block.line): these lines stand in no file of \(folders.joined(separator: ", "))")
    }

    @Test("The page on checks shows the whole of its example")
    func wholeExample() throws {
        let file = try String(contentsOfFile: Documents.root + "/Tests/ExamplePlugins/MemorySkew.swift", encoding: .utf8)
        let shown = try #require(Documents.page("docs/writing-a-check.md")).blocks.filter { $0.kind == "swift" }.map(\.text)
        let whole = shown.prefix { file.contains($0) }.joined(separator: "\n")
        #expect(whole == file, "show Tests/ExamplePlugins/MemorySkew.swift in docs/writing-a-check.md, in its order, cut at empty lines")
    }

    @Test("Every guard has its row, in its order")
    func guards() throws {
        let page = try #require(Documents.page("docs/how-it-works.md"))
        let rows = page.prose.compactMap { $0.text.prefixMatch(of: /\| `([a-z_]+)` \|/).map { String($0.1) } }
        // In the order in which they are asked.
        #expect(rows == Decision.Guard.allCases.map(\.rawValue))
    }

    @Test("JSON and patches in a document are such", arguments: Documents.blocks("json", "diff"))
    func formats(_ block: MarkdownPage.Block) async throws {
        if block.kind == "json" {
            #expect(throws: Never.self, "\(block.page):\(block.line)") {
                try JSONSerialization.jsonObject(with: Data(block.text.utf8), options: .fragmentsAllowed)
            }
        } else {
            let directory = try TemporaryDirectory()
            let file = try directory.write("block.diff", block.text)
            let read = try await Command.run("/usr/bin/git", ["apply", "--numstat", file])
            #expect(read.status == 0, "\(block.page):\(block.line): \(read.said)")
        }
    }

    /// What a renderer refuses it draws as an error, over the whole picture.
    @Test("A diagram's arrows lead from what it shows to what it shows", arguments: Documents.blocks("mermaid"))
    func diagrams(_ block: MarkdownPage.Block) throws {
        let place = "\(block.page):\(block.line)"
        var lines = block.lines.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        #expect(lines.removeFirst().wholeMatch(of: /flowchart (TD|LR)/) != nil, "\(place): write 'flowchart TD' or 'flowchart LR' first")
        var shown: Set<Substring> = []
        var named: Set<Substring> = []
        for line in lines {
            if let node = line.wholeMatch(of: /(\w+)(\["[^"]+"\]|\(\["[^"]+"\]\)|\{"[^"]+"\})/) {
                shown.insert(node.1)
            } else if let arrow = line.wholeMatch(of: /(\w+) (?:-->|-\.->)(?:\|"[^"|]+"\|)? (\w+)/) {
                named.formUnion([arrow.1, arrow.2])
            } else {
                Issue.record(#"\#(place): '\#(line)' is neither a box (name["text"]) nor an arrow (a -->|"text"| b)"#)
            }
        }
        #expect(shown == named, "\(place): boxes without an arrow, or arrows without a box: \(shown.symmetricDifference(named).sorted())")
    }
}
