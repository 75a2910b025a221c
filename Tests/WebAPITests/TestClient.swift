import NIOCore
import NIOPosix
import Testing

/// An HTTP client that shows the bytes as they came.
struct TestClient {
    let port: Int

    struct Answer {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    /// Sends a request and reads to the end of the connection.
    func get(
        _ path: String, method: String = "GET", host: String = "localhost", headers: [String] = [], body: String = ""
    ) async throws -> Answer {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + headers + length
        let text = try await answer(to: lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head = try #require(parts.first).split(separator: "\r\n")
        let status = try #require(head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let fields = head.dropFirst().map { line in
            let field = line.split(separator: ":", maxSplits: 1)
            return (field[0].lowercased(), field.count > 1 ? String(field[1].drop { $0 == " " }) : "")
        }
        return Answer(status: status, headers: Dictionary(fields) { $1 }, body: parts.count > 1 ? String(parts[1]) : "")
    }

    /// Sends it in one write, and reads to the end.
    ///
    /// The server closes a connection on which nothing comes. On a busy machine that may be before this task has its turn: then nothing was
    /// sent, and it is sent again on another one (RFC 9112, 9.3.1).
    private func answer(to request: String, tries: Int = 5) async throws -> String {
        do {
            return try await connected { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var text = ""
                for try await buffer in inbound { text += String(buffer: buffer) }
                return text
            }
        } catch ChannelError.ioOnClosedChannel where tries > 1 {
            return try await answer(to: request, tries: tries - 1)
        }
    }

    /// Lends a connection.
    func connected<Result: Sendable>(
        _ body: (NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { try await body($0, $1) }
    }
}

/// Waits for a condition; fails when it does not come true within the time.
func eventually(
    within limit: Duration = .seconds(90), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
