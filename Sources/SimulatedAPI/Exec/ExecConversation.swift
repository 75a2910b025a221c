import NIOCore
import NIOWebSocket
import ServiceLifecycle
import Simulator

/// One command over a WebSocket: binary frames whose first byte is the channel.
///
/// Source: `k8s.io/apiserver/pkg/util/proxy/websocket.go`. Standard input is taken and dropped: none of the programs reads it.
struct ExecConversation {
    let gate: ExecGate
    let opening: ExecGate.Opening

    /// The channels by their number.
    private enum Stream: UInt8 {
        case output = 1
        case errors = 2
        case status = 3
    }

    private static let chunk = 32 * 1024
    /// How long the client has to close after the end.
    private static let farewell = Duration.seconds(2)

    func run(_ channel: UpgradableChannel.WebSocket) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // Ends when the client has closed, or is gone.
                tasks.addTask { try await Self.listen(inbound, outbound) }
                tasks.addTask {
                    try await speak(outbound)
                    try await Task.sleep(for: Self.farewell)
                }
                defer { tasks.cancelAll() }
                try await tasks.next()
            }
        }
    }

    private static func listen(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        for try await frame in inbound {
            switch frame.opcode {
            case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
            case .connectionClose: return
            default: break
            }
        }
    }

    private func speak(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws {
        let fault = gate.faults.take(method: "GET", path: opening.path, ofStream: true)
        // The real server begins with an empty message on the lowest channel, so that the client knows that it is connected.
        let first: Stream = opening.exec.wantsOutput ? .output : opening.exec.wantsErrors ? .errors : .status
        try await Self.send([], on: first, outbound)
        if case .silentStream(let duration) = fault {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
            throw CancellationError()
        }
        let outcome = await gate.cluster.write { [exec = opening.exec, hasKubelets = gate.hasKubelets] store, now in
            exec.run(in: &store, at: now, hasKubelet: hasKubelets)
        }
        if fault == .brokenStream {
            try await Self.send(outcome.output.prefix(outcome.output.count / 2), on: .output, outbound)
            throw CancellationError()
        }
        if !outcome.output.isEmpty { try await Self.send(outcome.output, on: .output, outbound) }
        if !outcome.errors.isEmpty { try await Self.send(outcome.errors, on: .errors, outbound) }
        try await Self.send(outcome.status.bytes, on: .status, outbound)
        var reason = ByteBuffer()
        reason.write(webSocketErrorCode: .normalClosure)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason))
    }

    /// Sends bytes in frames, at least in one.
    private static func send(
        _ bytes: some Collection<UInt8>, on stream: Stream, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        var rest = Array(bytes)[...]
        repeat {
            var data = ByteBuffer(bytes: [stream.rawValue])
            data.writeBytes(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: data))
        } while !rest.isEmpty
    }
}
