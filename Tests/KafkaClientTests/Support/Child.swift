import Foundation

/// A process that a test started; spoken to in lines, killed with the object.
final class Child {
    let process = Process()
    private let (output, input) = (Pipe(), Pipe())

    init(_ path: String, _ arguments: [String], in directory: String? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // A newer librdkafka for this process must not get into another's.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.standardOutput = output
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { kill() }

    var pid: Int32 { process.processIdentifier }

    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(pid, SIGKILL)
        process.waitUntilExit()
    }

    func ask(_ line: String) -> String? {
        try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        return readLine()
    }

    func readLine() -> String? {
        var line = Data()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data([10]) { line += byte }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}
