import Foundation

/// A program that is not ours.
enum Command {
    /// kubectl, where it is installed; kustomize is in it.
    static let kubectl = installed("kubectl")
    /// readelf, of the package binutils.
    static let readelf = installed("readelf")

    /// kubernetes-validate, which knows the schemas of Kubernetes, in the tests' folder of tools; made there if it is not. Nil when that
    /// fails.
    static let validator = tool("manifests", program: "kubernetes-validate")
    /// pyspdxtools, which knows SPDX, in the same way.
    static let spdx = tool("sbom", program: "pyspdxtools")
    /// hadolint, which knows Dockerfiles and the shell in them, in the same way.
    static let hadolint = tool("dockerfile", program: "hadolint")

    private static func installed(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func tool(_ name: String, program: String) -> String? {
        let scripts = ManifestsTests.repository + "/Tests/WebAPITests/Browser"
        guard let list = try? String(contentsOfFile: scripts + "/tools.txt", encoding: .utf8),
            let line = list.split(separator: "\n").map({ $0.split(separator: " ") }).first(where: { $0.first == name[...] }),
            line.count == 2
        else { return nil }
        let cache = ProcessInfo.processInfo.environment["TEST_TOOLS"] ?? NSHomeDirectory() + "/.cache/self-healing-automaton-tests"
        let installer = Process()
        installer.executableURL = URL(fileURLWithPath: "/bin/bash")
        installer.arguments = [scripts + "/install-tools.sh", "\(cache)/\(name)", String(line[1])]
        installer.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        installer.standardOutput = FileHandle.nullDevice
        guard (try? installer.run()) != nil else { return nil }
        installer.waitUntilExit()
        return installer.terminationStatus == 0 ? "\(cache)/\(name)/bin/\(program)" : nil
    }

    /// Runs a program to its end; answers with its status and all that it said.
    static func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, said: String) {
        let directory = try TemporaryDirectory()
        let file = try directory.write("said", "")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
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
        return (status ?? -1, try String(contentsOfFile: file, encoding: .utf8))
    }
}
