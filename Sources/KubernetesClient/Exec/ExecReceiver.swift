import CurlHTTP
import Synchronization

/// Sorts the messages of an exec by their channel (`v5.channel.k8s.io` and `v4.channel.k8s.io`): the first byte says which.
struct ExecReceiver: WebSocketReceiver {
    /// What has come so far; read when the WebSocket has ended.
    final class Transcript: Sendable {
        struct Content {
            var output: [UInt8] = []
            var errorOutput: [UInt8] = []
            var status: [UInt8] = []
            var isCut = false
        }

        let content = Mutex(Content())
    }

    private enum Channel: UInt8 {
        case output = 1
        case errorOutput = 2
        case status = 3
    }

    /// After the status, the server may still send what the command wrote before; then it closes.
    private static let drain: Duration = .seconds(5)
    private static let maximumStatusBytes = 64 << 10

    let transcript: Transcript
    let maximumOutputBytes: Int
    let maximumErrorBytes: Int

    func opened(subprotocol: String) {}

    func receive(_ message: [UInt8], isText: Bool) -> WebSocketFlow {
        // An empty message opens a channel in some versions.
        guard let first = message.first else { return .proceed }
        // A channel that was not asked for is somebody else's business, like the answer to a closed stream (255).
        guard !isText, let channel = Channel(rawValue: first) else { return .proceed }
        return transcript.content.withLock { content in
            switch channel {
            case .output:
                let room = maximumOutputBytes - content.output.count
                content.output.append(contentsOf: message.dropFirst().prefix(room))
                if message.count - 1 > room {
                    content.isCut = true
                    return .close
                }
            case .errorOutput:
                content.errorOutput.append(contentsOf: message.dropFirst().prefix(maximumErrorBytes - content.errorOutput.count))
            case .status:
                content.status.append(contentsOf: message.dropFirst().prefix(Self.maximumStatusBytes - content.status.count))
                if !content.status.isEmpty { return .drain(atMost: Self.drain) }
            }
            return .proceed
        }
    }
}
