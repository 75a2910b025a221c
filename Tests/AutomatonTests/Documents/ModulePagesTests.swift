import Foundation
import Testing

/// The pages on AutomatonCore that docc makes.
@Suite("Pages on the core", .timeLimit(.minutes(5)))
struct ModulePagesTests {
    private static let docc = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/docc" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        "Every public symbol is documented and has its place, and docc warns of nothing",
        .enabled(if: docc != nil, "docc is not on the path"))
    func pages() async throws {
        let directory = try TemporaryDirectory()
        let modules = try Program.executable().deletingLastPathComponent().path + "/Modules"
        let script = Documents.root + "/scripts/api-docs.sh"
        let made = try await Command.run("/bin/bash", [script, modules, directory.path + "/pages"])
        #expect(made.status == 0, "\(made.said)")
        let landing = directory.path + "/pages/AutomatonCore/data/documentation/automatoncore.json"
        #expect(FileManager.default.fileExists(atPath: landing))

        let symbols = try String(contentsOfFile: directory.path + "/pages/symbols/AutomatonCore.symbols.json", encoding: .utf8)
        let graph = try #require(try JSONSerialization.jsonObject(with: Data(symbols.utf8)) as? [String: Any])
        let all = try #require(graph["symbols"] as? [[String: Any]])
        let top = Set(all.compactMap { $0["pathComponents"] as? [String] }.filter { $0.count == 1 }.map { $0[0] })
        let catalogue = Documents.root + "/Sources/AutomatonCore/AutomatonCore.docc"
        let articles = try FileManager.default.contentsOfDirectory(atPath: catalogue).filter { $0.hasSuffix(".md") }
        let listed = try articles.flatMap { article in
            try String(contentsOfFile: "\(catalogue)/\(article)", encoding: .utf8).matches(of: /(?m)^- ``(\w+)``$/).map { String($0.1) }
        }
        #expect(top.count > 100)
        #expect(top.subtracting(listed).isEmpty, "put them under Topics of a page in \(catalogue): \(top.subtracting(listed).sorted())")
        #expect(listed.count == Set(listed).count, "in two places")
    }

    @Test("It finds a link that leads nowhere", .enabled(if: docc != nil, "docc is not on the path"))
    func wrong() async throws {
        let directory = try TemporaryDirectory()
        let catalogue = "Sources/AutomatonCore/AutomatonCore.docc"
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(Documents.root)/\(catalogue)") {
            let text = try String(contentsOfFile: "\(Documents.root)/\(catalogue)/\(name)", encoding: .utf8)
            try directory.write("\(catalogue)/\(name)", text.replacing("``WatchingCheck``", with: "``WatchingChek``"))
        }
        let script = try String(contentsOfFile: Documents.root + "/scripts/api-docs.sh", encoding: .utf8)
        let copy = try directory.write("scripts/api-docs.sh", script)
        let modules = try Program.executable().deletingLastPathComponent().path + "/Modules"
        let made = try await Command.run("/bin/bash", [copy, modules, directory.path + "/pages"])
        #expect(made.status != 0 && made.said.contains("WatchingChek"), "\(made.said)")
    }
}
