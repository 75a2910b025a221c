import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// A connection that speaks HTTP/1.1, or a WebSocket if its first request asks for one.
///
/// Only the first, as NIO has it: a client opens a connection of its own for a WebSocket.
struct UpgradableChannel: HTTPChannelHandler {
    typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias WebSocket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// What a connection turned out to speak.
    enum Speech: Sendable {
        case http(HTTP)
        case exec(WebSocket, ExecGate.Opening)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let speech: EventLoopFuture<Speech>
    }

    let gate: ExecGate
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let speech = channel.eventLoop.makePromise(of: Speech.self)
            do {
                try channel.pipeline.syncOperations.addHandlers([
                    encoder, decoder, FirstRequestHandler(gate: gate, speech: speech, http: [encoder, decoder], logger: logger),
                ])
            } catch {
                speech.fail(error)
                throw error
            }
            return Value(channel: channel, speech: speech.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.speech.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .exec(let channel, let opening): try await ExecConversation(gate: gate, opening: opening).run(channel)
            }
        } catch {
            logger.trace("Connection ended: \(error)")
            value.channel.close(mode: .all, promise: nil)
        }
    }
}
