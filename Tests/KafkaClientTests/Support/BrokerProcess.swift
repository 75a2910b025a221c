import Foundation
import Testing

/// Where the tools that the tests need were installed; nil, and why, when they could not be.
enum TestTools {
    static let folder: String? = {
        guard let script = Bundle.module.path(forResource: "install-tools", ofType: "sh", inDirectory: "Scripts") else { return nil }
        let cache = ProcessInfo.processInfo.environment["TEST_TOOLS"] ?? NSHomeDirectory() + "/.cache/self-healing-automaton-tests"
        let installer = Process()
        let output = Pipe()
        installer.executableURL = URL(fileURLWithPath: "/bin/bash")
        installer.arguments = [script, cache + "/kafka"]
        installer.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        installer.standardOutput = output
        guard (try? installer.run()) != nil else { return nil }
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        installer.waitUntilExit()
        return installer.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }()

    static var python: String { (folder ?? "") + "/bin/python" }

    static func script(_ name: String) throws -> String {
        try #require(Bundle.module.path(forResource: name, ofType: "py", inDirectory: "Scripts"))
    }
}

/// A Kafka broker in a process of its own, on a free loopback port, with its data in a temporary folder.
final class BrokerProcess {
    let server: String
    private let child: Child
    private let directory: URL

    init() throws {
        let tools = try #require(TestTools.folder)
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("kafka-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let port = try Loopback.freePort()
        server = "127.0.0.1:\(port)"
        // The binary itself: the script before it would not pass signals on.
        let library = tools + "/lib"
        let version = try #require(try FileManager.default.contentsOfDirectory(atPath: library).first { $0.hasPrefix("python") })
        child = try Child(
            "\(library)/\(version)/site-packages/noida_db/noida-db",
            ["start", "--only", "kafka", "--kafka-port", String(port), "--data-dir", directory.path])
        for _ in 0..<500 {
            if Loopback.accepts(port) { return }
            usleep(20_000)
        }
        throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: "the broker did not open its port"])
    }

    deinit {
        child.kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Stops every thread of it; returns when they are stopped, for the signal itself does not wait.
    func freeze() throws {
        kill(child.pid, SIGSTOP)
        let tasks = "/proc/\(child.pid)/task"
        for _ in 0..<500 {
            let states = try FileManager.default.contentsOfDirectory(atPath: tasks).map { thread in
                let status = (try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8)) ?? ""
                return status.split(separator: ")").last?.split(separator: " ").first ?? ""
            }
            if states.allSatisfy({ $0 == "T" }) { return }
            usleep(10_000)
        }
    }
    func thaw() { kill(child.pid, SIGCONT) }
}
