/// A client for mail servers (RFC 5321, 3207, 4954).
///
/// Each delivery runs on a thread of its own, since curl blocks the one it is on while it waits for the answer to a goodbye. Nothing blocks
/// Swift's threads.
public enum SMTP {
    /// Delivers a message. A recipient that the server refuses does not keep the others from getting it.
    /// - Returns: When the server took it for at least one recipient.
    /// - Throws: `SMTPError` when it was taken for none, or `CancellationError` when the task was cancelled.
    public static func deliver(_ request: SMTPRequest) async throws -> SMTPReceipt {
        if let fault = request.fault { throw SMTPError(.badRequest, .connect, endpoint: request.endpoint, detail: fault) }
        let endpoint = request.endpoint
        let thread = CurlThread<SMTPSession>(failure: { SMTPError(.other, .connect, endpoint: endpoint, detail: $0) }) {
            multi, isCancelled in
            SMTPSession(request, multi: multi, isCancelled: isCancelled)
        }
        return try await thread.run()
    }
}
