import Foundation
import Simulator
import Synchronization

/// The real binary, running.
final class Program: Sendable {
    /// How a process ended.
    enum End: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    private let process: Process
    private let directory: TemporaryDirectory
    private let ended = Mutex<End?>(nil)
    private let told = Mutex(LogReading())

    /// Starts `automaton` with nothing in its environment but what is given.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        directory = try TemporaryDirectory()
        process = Process()
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "TMPDIR": directory.path]
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        var handles: [FileHandle] = []
        for (name, keyPath) in [("out", \Process.standardOutput), ("log", \Process.standardError)] {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.write(name, "")))
            process[keyPath: keyPath] = handle
            handles.append(handle)
        }
        // The child has its own; Process keeps ours as long as it lives, and many programs are run.
        defer { for handle in handles { try? handle.close() } }
        process.terminationHandler = { [weak self] process in
            let end: End = process.terminationReason == .exit ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
            self?.ended.withLock { $0 = end }
        }
        try process.run()
    }

    deinit { kill() }

    /// The binary lies beside the bundle of the running tests.
    static func executable() throws -> URL {
        var directory = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        for _ in 0..<5 {
            directory.deleteLastPathComponent()
            let candidate = directory.appendingPathComponent("automaton")
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory), !isDirectory.boolValue {
                return candidate
            }
        }
        throw CocoaError(.fileNoSuchFile, userInfo: [NSLocalizedDescriptionKey: "no automaton beside the tests"])
    }

    /// The rules as they are shipped.
    static let shippedRules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../rules")
        .standardizedFileURL.path

    /// SIGKILL: no code of the process runs any more.
    func kill() { send(SIGKILL) }

    /// SIGTERM, as kubelet sends it.
    func terminate() { send(SIGTERM) }

    /// SIGSTOP: it keeps everything, and nothing of it runs until ``resume()``.
    func freeze() { send(SIGSTOP) }

    /// SIGCONT.
    func resume() { send(SIGCONT) }

    private func send(_ signal: Int32) {
        if process.isRunning { Foundation.kill(process.processIdentifier, signal) }
    }

    /// How it ended; nil while it runs.
    var end: End? { ended.withLock { $0 } }

    /// What it wrote to standard output.
    var output: String { text("out") }
    /// What it wrote to standard error.
    var log: String { text("log") }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: directory.path + "/" + name) ?? Data(), as: UTF8.self)
    }

    /// The complete lines of the log that are JSON.
    var lines: [LogLine] { told.withLock { $0.goOn(path: directory.path + "/log") } }

    /// The end of everything that it said.
    var transcript: String { "--- log\n\(log.suffix(6000))\n--- output\n\(output.suffix(3000))" }

    /// Waits for a line of the log.
    @discardableResult
    func line(_ what: String, within limit: Duration = .seconds(90), where matches: (LogLine) -> Bool) async throws -> LogLine {
        var found: LogLine?
        try await until("log line: \(what)", within: limit, context: { transcript }) {
            found = lines.first(where: matches)
            if found == nil, let end { throw Ended(end: end, transcript: transcript) }
            return found != nil
        }
        guard let found else { throw NotInTime(what: what, limit: limit, context: transcript) }
        return found
    }

    /// Waits for a line whose message contains a text.
    @discardableResult
    func line(_ text: String, within limit: Duration = .seconds(90)) async throws -> LogLine {
        try await line(text, within: limit) { $0.message.contains(text) }
    }

    /// Waits for its end.
    @discardableResult
    func wait(within limit: Duration = .seconds(90)) async throws -> End {
        try await until("the end of the process", within: limit, context: { transcript }) { end != nil }
        return end ?? .exit(-1)
    }

    /// Runs to the end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> (end: End, out: String, log: String) {
        let program = try Program(arguments, environment: environment)
        defer { program.kill() }
        let end = try await program.wait()
        return (end, program.output, program.log)
    }

    /// It ended while something was waited for.
    struct Ended: Error, CustomStringConvertible {
        let end: End
        let transcript: String
        var description: String { "the process ended: \(end)\n\(transcript)" }
    }
}

/// What was read of a log so far: tests look many times a second, and what was written does not change.
private struct LogReading {
    private var lines: [LogLine] = []
    private var read: UInt64 = 0

    /// Reads what came since, to the end of its last complete line.
    mutating func goOn(path: String) -> [LogLine] {
        guard let file = FileHandle(forReadingAtPath: path), (try? file.seek(toOffset: read)) != nil, let new = try? file.readToEnd(),
            let end = new.lastIndex(of: UInt8(ascii: "\n"))
        else { return lines }
        let complete = new[...end]
        read += UInt64(complete.count)
        lines += complete.split(separator: UInt8(ascii: "\n")).compactMap { LogLine(String(decoding: $0, as: UTF8.self)) }
        return lines
    }
}

/// A line of the log.
struct LogLine: Sendable {
    let json: JSON

    init?(_ text: some StringProtocol) {
        guard let json = try? JSON(parsing: String(text)), json.object != nil else { return nil }
        self.json = json
    }

    var message: String { self["message"] }
    subscript(_ key: String) -> String { json[key]?.string ?? "" }
    var changes: [String] { json["changes"]?.array?.compactMap(\.string) ?? [] }

    /// Whether it is a decision about a rule, by its choice and guard.
    func isDecision(_ choice: String, guard name: String = "", rule: String = "oom-killed") -> Bool {
        self["choice"] == choice && self["guard"] == name && self["rule"] == rule
    }
}
