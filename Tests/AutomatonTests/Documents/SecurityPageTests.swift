import Foundation
import Testing

/// The threat model names, for each guard, the test that shows it.
@Suite("Security page")
struct SecurityPageTests {
    /// `SUITE.test`, as the page writes it: a function under `@Test` in a file that has the suite.
    private static func isShown(_ suite: some StringProtocol, _ test: some StringProtocol) -> Bool {
        files.contains { text in
            guard let name = text.range(of: "func \(test)(") else { return false }
            let before = text[..<name.lowerBound]
            guard let mark = before.range(of: "@Test", options: .backwards) else { return false }
            return !before[mark.upperBound...].contains(" func ")
                && ["struct", "class", "extension"].contains { text.contains("\($0) \(suite) ") }
        }
    }

    private static let files: [String] = {
        let folder = Documents.root + "/Tests"
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") }.compactMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }()

    @Test("Each guard has a test, and each test that is named exists")
    func tests() throws {
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
                #expect(Self.isShown(test.1, test.2), "\(page.path):\(line.number): there is no test \(test.1).\(test.2)")
            }
        }
        #expect(named.count >= 40)
        #expect(!Self.isShown("SecurityPageTests", "nothing") && Self.isShown("SecurityPageTests", "tests"))
    }
}
