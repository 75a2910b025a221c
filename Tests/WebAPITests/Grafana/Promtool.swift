import Foundation
import PrometheusServer

/// Prometheus' own program for looking at rules.
enum Promtool {
    /// Runs it to its end. It writes to a file: what it said is all there when it has ended.
    static func run(_ arguments: [String]) async throws -> (status: Int32, said: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("promtool-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        let process = Process()
        process.executableURL = try PrometheusServer.program("promtool")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
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
        return (status ?? -1, try String(contentsOf: file, encoding: .utf8))
    }
}
