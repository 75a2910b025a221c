#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a command ended, as kubelet says it on the error channel: a Status object, often without its kind.
struct ExecStatus: Hashable {
    /// How it ended.
    enum Outcome: Hashable {
        /// With this exit code.
        case exited(Int32)
        /// It was never started, and why: no such program, no such container.
        case notStarted(String)
        /// It cannot be said, and what was said instead.
        case failed(String)
    }

    private struct Status: Decodable {
        var status: String?
        var reason: String?
        var message: String?
        var details: APIStatus.Details?
    }

    let outcome: Outcome

    /// Reads it; anything that is no Status is a failure.
    init(json bytes: [UInt8]) {
        guard let status = try? JSONDecoder().decode(Status.self, from: Data(bytes)), let word = status.status else {
            outcome = .failed("the end of the command is told in words that are not understood")
            return
        }
        let message = MessageScrubber.scrub(status.message ?? "")
        if word == "Success" {
            outcome = .exited(0)
        } else if status.reason == "NonZeroExitCode" {
            let code = status.details?.causes?.first { $0.reason == "ExitCode" }?.message.flatMap { Int32($0) }
            outcome = code.map { .exited($0) } ?? .failed(message)
        } else if Self.notStartedPhrases.contains(where: { message.contains($0) }) {
            outcome = .notStarted(message)
        } else {
            outcome = .failed(message.isEmpty ? "the command failed (\(status.reason ?? "no reason"))" : message)
        }
    }

    /// What runc, crun and the runtimes above them say when there is nothing to run.
    private static let notStartedPhrases = [
        "executable file not found", "no such file or directory", "permission denied: unknown", "container not found",
        "unable to start container process", "is not running",
    ]
}
