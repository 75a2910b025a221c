import CurlHTTP
import Synchronization

/// A command to be run in a container: a program and its arguments, never a line for a shell.
struct PodCommand: Sendable {
    var namespace: String
    var pod: String
    /// Nil for the pod's default container.
    var container: String?
    var arguments: [String]
    /// Whether it is to change something: then a break in the middle leaves the outcome open.
    var isChange = false
    var timeout: Duration = .seconds(30)
    /// When it writes more than this, it is left and the rest is lost.
    var maximumOutputBytes = 4 << 20
    /// More than this of its complaints is not kept.
    var maximumErrorBytes = 16 << 10
}

/// What a command left behind.
struct PodCommandResult: Sendable {
    /// Nil when it was left because it wrote too much.
    var exitCode: Int32?
    var output: [UInt8]
    var errorOutput: [UInt8]

    /// The first of its complaints, for people.
    var complaint: String {
        let line = errorOutput.split(separator: 0x0A).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return MessageScrubber.scrub(line)
    }
}

extension KubernetesAPI {
    /// A command with its arguments in the URL must stay below what servers and proxies take of a request's head.
    static let maximumCommandBytes = 6000

    /// Runs a command in a container, without input and without a terminal, over a WebSocket.
    /// - Throws: `KubernetesError`, `CancellationError`.
    func run(_ command: PodCommand) async throws -> PodCommandResult {
        let path = APIPath(namespace: command.namespace, resource: "pods", name: command.pod, subresource: "exec")
        let line = "GET \(path)"
        var query = APIQuery(command.arguments.map { ("command", $0) })
        if let container = command.container { query["container"] = container }
        query["stdout"] = "true"
        query["stderr"] = "true"
        let timeouts = HTTPTimeouts(connect: min(.seconds(10), command.timeout), total: command.timeout, idle: .seconds(20))
        let transcript = ExecReceiver.Transcript()
        do {
            _ = try await webSocket(
                path, query: query, protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"], timeouts: timeouts, isChange: command.isChange
            ) {
                ExecReceiver(
                    transcript: transcript, maximumOutputBytes: command.maximumOutputBytes, maximumErrorBytes: command.maximumErrorBytes)
            }
        } catch is CancellationError where command.isChange {
            throw KubernetesError(.outcomeUnknown, request: line, message: "given up in the middle because the program is ending")
        }
        let content = transcript.content.withLock { $0 }
        if content.isCut { return PodCommandResult(exitCode: nil, output: content.output, errorOutput: content.errorOutput) }
        guard !content.status.isEmpty else {
            throw KubernetesError(
                command.isChange ? .outcomeUnknown : .unreachable, request: line,
                message: "the stream ended before the end of '\(command.arguments.first ?? "")' was told")
        }
        switch ExecStatus(json: content.status).outcome {
        case .exited(let code): return PodCommandResult(exitCode: code, output: content.output, errorOutput: content.errorOutput)
        case .notStarted(let why):
            throw KubernetesError(.rejected, request: line, message: "'\(command.arguments.first ?? "")' could not be started: \(why)")
        case .failed(let why):
            throw KubernetesError(command.isChange ? .outcomeUnknown : .serverError(retryAfter: nil), request: line, message: why)
        }
    }
}
