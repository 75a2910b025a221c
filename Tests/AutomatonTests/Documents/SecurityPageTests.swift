import Foundation
import Testing

/// The threat model names, for each guard, the test that shows it.
@Suite("Security page")
struct SecurityPageTests {
    /// Every test as the page writes it: a function under `@Test`, with each type of its file.
    private static func all() async throws -> Set<String> {
        let found = try await Command.run(
            "/usr/bin/grep", ["-rE", "@Test|func |(struct|class|extension) ", Documents.root + "/Tests", "--include=*.swift"])
        var (file, types, tests, isMarked) = (Substring(), Set<Substring>(), Set<Substring>(), false)
        var all: Set<String> = []
        func finish() { for type in types { all.formUnion(tests.map { "\(type).\($0)" }) } }
        for line in found.said.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            if line[..<colon] != file {
                finish()
                (file, types, tests, isMarked) = (line[..<colon], [], [], false)
            }
            var words = line[line.index(after: colon)...].split { $0 == " " || $0 == "(" || $0 == "{" || $0 == ":" || $0 == "<" }[...]
            while let word = words.popFirst() {
                if word == "@Test" { isMarked = true }
                guard let name = words.first else { break }
                if ["struct", "class", "extension"].contains(word) { types.insert(name) }
                if word == "func" {
                    if isMarked { tests.insert(name) }
                    isMarked = false
                }
            }
        }
        finish()
        return all
    }

    @Test("Each guard has a test, and each test that is named exists")
    func tests() async throws {
        let all = try await Self.all()
        let page = try #require(Documents.page("docs/security.md"))
        var column: Int?
        var named: Set<String> = []
        for line in page.prose {
            guard line.text.hasPrefix("|") else {
                column = nil
                continue
            }
            let cells = line.text.replacing("\\|", with: " ").split(separator: "|", omittingEmptySubsequences: false)
            if let begun = cells.firstIndex(where: { $0.contains("shown by") }) {
                column = begun
                continue
            }
            guard let column, !line.text.hasPrefix("|--") else { continue }
            let shown = try #require(column < cells.count ? cells[column] : nil, "\(page.path):\(line.number): the row has too few cells")
            let tests = shown.matches(of: /`(\w+)\.(\w+)`/)
            #expect(!tests.isEmpty, "\(page.path):\(line.number): no test shows this guard: name one as `Suite.test`")
            for test in tests {
                named.insert(String(test.output.0))
                #expect(all.contains("\(test.1).\(test.2)"), "\(page.path):\(line.number): there is no test \(test.1).\(test.2)")
            }
        }
        #expect(named.count >= 40)
        #expect(!all.contains("SecurityPageTests.all") && all.contains("SecurityPageTests.tests"))
    }
}
