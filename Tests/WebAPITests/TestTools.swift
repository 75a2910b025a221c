import Foundation
import Synchronization

/// Programs from PyPI that the tests need, each in a virtual environment that is made once; nil when it could not be made.
enum TestTools {
    static let playwright = installed("browser")
    static let prometheusClient = installed("openmetrics")
    static let schemathesis = installed("openapi")

    private static func installed(_ name: String) -> String? {
        guard let list = Bundle.module.path(forResource: "tools", ofType: "txt", inDirectory: "Browser"),
            let lines = try? String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").map({ $0.split(separator: " ") }),
            let package = lines.first(where: { $0.count == 2 && $0[0] == name }).map({ String($0[1]) }),
            let script = Bundle.module.path(forResource: "install-tools", ofType: "sh", inDirectory: "Browser")
        else { return nil }
        let cache = ProcessInfo.processInfo.environment["TEST_TOOLS"] ?? NSHomeDirectory() + "/.cache/self-healing-automaton-tests"
        let installer = Process()
        let output = Pipe()
        installer.executableURL = URL(fileURLWithPath: "/bin/bash")
        installer.arguments = [script, cache + "/" + name, package]
        installer.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        installer.standardOutput = output
        guard (try? installer.run()) != nil else { return nil }
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        installer.waitUntilExit()
        return installer.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }

    /// Runs a program to its end; ends it when the test is cancelled. Answers with its status and what it said.
    static func run(
        _ program: String, _ arguments: [String], _ hear: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> (status: Int32, said: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        // What it leaves there is nobody's.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("test-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = output
        let said = Said()
        output.fileHandleForReading.readabilityHandler = { handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            said.add(text)
            hear(text)
        }
        let (ends, ended) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            ended.yield(process.terminationStatus)
            ended.finish()
        }
        try process.run()
        let status = await withTaskCancellationHandler {
            await ends.first { _ in true }
        } onCancel: {
            process.terminate()
        }
        output.fileHandleForReading.readabilityHandler = nil
        return (status ?? -1, said.text)
    }

    private final class Said: Sendable {
        private let all = Mutex("")
        var text: String { all.withLock { $0 } }
        func add(_ more: String) { all.withLock { $0 += more } }
    }
}
