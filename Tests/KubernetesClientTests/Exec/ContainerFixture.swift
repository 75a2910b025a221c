import AutomatonCore
import Foundation
import KubernetesClient
import LoopbackServer
import Synchronization

@testable import CurlHTTP

/// An API server whose containers are this machine: each command of an exec is run for real, as the array that it is.
final class ContainerFixture: Sendable {
    /// Whose programs the containers have.
    enum Tools: String, CaseIterable, Sendable {
        case gnu
        case busybox

        static var available: [Tools] { allCases.filter { $0 == .gnu || FileManager.default.isExecutableFile(atPath: "/usr/bin/busybox") } }
    }

    /// What is done to an exec instead of running it to its end.
    enum Fault: Sendable {
        /// The connection breaks when the command has run and nothing was told.
        case breakAfterRun
        /// The connection breaks before the command runs.
        case breakBeforeRun
        /// The API server says no.
        case refuse(Int, String)
        /// This Status comes on the error channel, and nothing runs.
        case status(String)
        /// Nothing comes.
        case silence
        /// Output without end.
        case flood
    }

    struct Exec: Sendable {
        var path: String
        var arguments: [String]
        var container: String?
        var protocols: String
    }

    private struct State {
        var execs: [Exec] = []
        var fault: @Sendable (Exec) -> Fault? = { _ in nil }
        var objects: [String: String] = [:]
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    let root: String
    let server: LoopbackServer
    let api: KubernetesAPI
    private let shared: Shared
    private let bin: String

    /// - Parameter subprotocol: The only one that the server speaks.
    init(_ tools: Tools = .gnu, subprotocol: String = "v5.channel.k8s.io", timeout: Duration = .seconds(60)) throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("exec-\(UUID().uuidString)")
        root = base.appendingPathComponent("root").path
        bin = base.appendingPathComponent("bin").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        for tool in ["find", "stat", "df", "sh", "rm"] {
            let own = FileManager.default.isExecutableFile(atPath: "/usr/bin/\(tool)") ? "/usr/bin/\(tool)" : "/bin/\(tool)"
            let target = tools == .busybox ? "/usr/bin/busybox" : own
            try FileManager.default.createSymbolicLink(atPath: "\(bin)/\(tool)", withDestinationPath: target)
        }
        let shared = Shared()
        self.shared = shared
        let bin = bin
        server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                guard request.headers["upgrade"] != nil else {
                    let body = shared.state.withLock { $0.objects[request.path] }
                    let missing = #"{"kind":"Status","status":"Failure","reason":"NotFound","message":"not found","code":404}"#
                    guard connection.respond(body == nil ? 404 : 200, body ?? missing) else { return }
                    continue
                }
                return Self.exec(request, connection, shared, bin, subprotocol)
            }
        }
        api = KubernetesAPI(
            ClusterConfiguration(server: server.url, credentials: FixedCredential(.bearer(Secret("t0ken")))), http: try HTTPClient(),
            retry: .never, requestTimeout: timeout)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: root).deletingLastPathComponent().path)
    }

    /// What was run, and how.
    var execs: [Exec] { shared.state.withLock { $0.execs } }
    var commands: [[String]] { execs.map(\.arguments) }

    func fault(_ fault: @escaping @Sendable (Exec) -> Fault?) { shared.state.withLock { $0.fault = fault } }
    func serve(_ path: String, _ json: String) { shared.state.withLock { $0.objects[path] = json } }

    private static func exec(
        _ request: Connection.Request, _ connection: Connection, _ shared: Shared, _ bin: String, _ subprotocol: String
    ) {
        let items = request.target.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
        func values(_ name: String) -> [String] {
            items.filter { $0.hasPrefix(name + "=") }.map { $0.dropFirst(name.count + 1).removingPercentEncoding ?? "" }
        }
        let exec = Exec(
            path: request.path, arguments: values("command"), container: values("container").first,
            protocols: request.headers["sec-websocket-protocol"] ?? "")
        let fault = shared.state.withLock { state in
            state.execs.append(exec)
            return state.fault(exec)
        }
        guard request.headers["authorization"] == "Bearer t0ken" else { connection.respond(401, "{}"); return }
        if case .refuse(let status, let body) = fault { connection.respond(status, body); return }
        let accept = WebSocketHandshake.accept(request.headers["sec-websocket-key"] ?? "")
        guard let peer = WebSocketPeer(connection, accept: accept, subprotocol: subprotocol) else { return }
        let program = exec.arguments[0]
        switch fault {
        case .breakBeforeRun: return
        case .status(let status): peer.send(2, [3] + Array(status.utf8))
        case .silence: return connection.waitForClose()
        case .flood:
            while peer.send(2, [1] + Array(repeating: 65, count: 30_000)) {}
            return
        default:
            guard let result = try? run(bin, program, Array(exec.arguments.dropFirst())) else {
                peer.send(2, [3] + Array(notFound(program).utf8))
                break
            }
            if case .breakAfterRun = fault { return }
            tell(result, peer)
        }
        peer.close()
        connection.waitForClose()
    }

    private static func notFound(_ program: String) -> String {
        #"{"metadata":{},"status":"Failure","message":"Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"1\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"\#(program)\": executable file not found in $PATH: unknown","reason":"InternalError","details":{"causes":[{"message":"error executing command in container"}]},"code":500}"#
    }

    /// As the API server sends it: pieces on their channels, a ping between, fragments, then the Status without a kind.
    private static func tell(_ result: (code: Int32, output: Data, errors: Data), _ peer: WebSocketPeer) {
        peer.send(2, [1])
        for start in stride(from: 0, to: result.output.count, by: 1000) {
            let piece = [UInt8(1)] + Array(result.output.dropFirst(start).prefix(1000))
            peer.send(2, Array(piece[..<(piece.count / 2)]), isFinal: false)
            peer.send(9, [])
            peer.send(0, Array(piece[(piece.count / 2)...]))
        }
        if !result.errors.isEmpty { peer.send(2, [2] + Array(result.errors)) }
        let status =
            result.code == 0
            ? #"{"metadata":{},"status":"Success"}"#
            : #"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status \#(result.code)","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"\#(result.code)"}]}}"#
        peer.send(2, [3] + Array(status.utf8))
    }

    /// Not with Foundation's `Process`, which learns of an end by a descriptor that other children of this process may have inherited.
    private static func run(_ bin: String, _ program: String, _ arguments: [String]) throws -> (code: Int32, output: Data, errors: Data) {
        let base = URL(fileURLWithPath: bin).deletingLastPathComponent()
        // Through files: two pipes of one process must be read at the same time.
        let names = ["out", "err"].map { base.appendingPathComponent("\($0)-\(UUID().uuidString)").path }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (index, name) in names.enumerated() {
            posix_spawn_file_actions_addopen(&actions, Int32(index) + 1, name, O_WRONLY | O_CREAT, 0o600)
        }
        let command = ["\(bin)/\(program)"] + arguments
        let vector = command.map { strdup($0) as UnsafeMutablePointer<CChar>? }
        let environment = ["PATH=\(bin)", "LC_ALL=C"].map { (entry: String) in strdup(entry) as UnsafeMutablePointer<CChar>? }
        defer { for text in vector + environment { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, nil, vector + [nil], environment + [nil])
        guard code == 0 else { throw CocoaError(.fileReadNoSuchFile) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let exit = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return (exit, try Data(contentsOf: URL(fileURLWithPath: names[0])), try Data(contentsOf: URL(fileURLWithPath: names[1])))
    }
}

/// Files of a test, below a folder.
struct FileTree {
    let root: String

    /// Writes a file of this many KiB, last changed so many days ago; gives its path.
    @discardableResult
    func file(_ name: String, kib: Int = 4, days: Double = 30) throws -> String {
        let path = "\(root)/\(name)"
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        // Not zeros: some file systems would not keep them.
        try Data((0..<(kib * 1024)).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -days * 86400)], ofItemAtPath: path)
        return path
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(name)") }

    /// Every name below it.
    var all: Set<String> { Set(FileManager.default.enumerator(atPath: root)?.allObjects.compactMap { $0 as? String } ?? []) }
}
