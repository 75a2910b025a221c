public import AutomatonCore

/// A command in a container of a pod, asked for over a WebSocket.
///
/// The API server refuses what it can tell by itself before it changes protocols. What the kubelet says comes over the WebSocket, as the
/// Status at its end.
public struct PodExec: Sendable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// Standard output; empty if it was not asked for.
        public var output: [UInt8] = []
        /// Standard error; empty if it was not asked for.
        public var errors: [UInt8] = []
        /// The Status at the end.
        public var status: JSON
    }

    private let request: APIRequest
    private var pods: PodSubresources { PodSubresources(namespace: request.info.namespace, now: .epoch) }

    /// A request to `exec`; nil for any other.
    public init?(_ request: APIRequest) {
        let info = request.info
        guard info.group.isEmpty, info.version == "v1", info.resource == "pods", info.subresource == "exec", info.tail.isEmpty,
            !info.namespace.isEmpty
        else { return nil }
        self.request = request
    }

    /// Whether standard output was asked for.
    public var wantsOutput: Bool { request.flag("stdout") }
    /// Whether standard error was asked for.
    public var wantsErrors: Bool { request.flag("stderr") }

    /// Why the API server does not even ask the kubelet; nil if it does.
    public func refusal(in store: borrowing Store) -> APIError? {
        do {
            _ = try pods.target(request.info.name, request, in: store)
            return nil
        } catch { return error }
    }

    /// Runs the command.
    /// - Parameter hasKubelet: Whether the node's kubelet can be reached.
    public func run(in store: inout Store, at now: Instant, hasKubelet: Bool) -> Outcome {
        let container: String
        do { container = try pods.target(request.info.name, request, in: store) } catch { return Outcome(status: error.status) }
        let command = request.query.filter { $0.name == "command" }.map(\.value)
        guard hasKubelet else {
            let url = "https://\(PodSubresources.kubelet)/exec/\(request.info.namespace)/\(request.info.name)/\(container)"
            return Outcome(
                status: Self.internalError(
                    "error sending request: Post \"\(url)\": dial tcp \(PodSubresources.kubelet): connect: connection refused"))
        }
        guard Self.isRunning(container, in: store.get(.pods, namespace: request.info.namespace, name: request.info.name)) else {
            return Outcome(status: Self.internalError("unable to upgrade connection: container not found (\"\(container)\")"))
        }
        guard !command.isEmpty, wantsOutput || wantsErrors || request.flag("stdin") else {
            return Outcome(status: Self.internalError("unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr"))
        }
        do {
            let result = try PodShell.run(command, inPod: request.info.name, of: request.info.namespace, &store, at: now)
            return Outcome(
                output: wantsOutput ? result.output : [], errors: wantsErrors ? result.errors : [], status: Self.ended(result.exitCode))
        } catch { return Outcome(status: ObjectWriter.translated(error).status) }
    }

    private static func isRunning(_ container: String, in pod: StoredObject?) -> Bool {
        for list in ["containerStatuses", "initContainerStatuses"] {
            for status in pod?["status", .member(list)]?.array ?? [] where status["name"]?.string == container {
                return status["state"]?["running"] != nil
            }
        }
        return false
    }

    /// The Status after the end of the command (`codeExitToStatusError` in `k8s.io/apiserver/pkg/util/proxy`); without kind and version.
    private static func ended(_ exitCode: Int) -> JSON {
        guard exitCode != 0 else { return ["metadata": .emptyObject, "status": "Success"] }
        return [
            "metadata": .emptyObject, "status": "Failure", "reason": "NonZeroExitCode",
            "message": .string("command terminated with non-zero exit code: command terminated with exit code \(exitCode)"),
            "details": ["causes": [["reason": "ExitCode", "message": .string(String(exitCode))]]],
        ]
    }

    private static func internalError(_ text: String) -> JSON {
        [
            "metadata": .emptyObject, "status": "Failure", "reason": "InternalError", "code": 500,
            "message": .string("Internal error occurred: \(text)"), "details": ["causes": [["message": .string(text)]]],
        ]
    }
}
