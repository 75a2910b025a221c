import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Finds out from a connection's first request what the connection speaks, and sets it up for that.
///
/// NIO's own handler loses a request that asked for an upgrade and did not get it, and the answers to just those matter here. So it is
/// held until it is decided, and handed on to HTTP when there is no upgrade.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Nothing was said yet.
        case silent
        /// The request is held; it may not have ended.
        case deciding
        /// It is to be upgraded with these headers, once it has ended.
        case accepted(HTTPRequestHead, HTTPHeaders)
        /// What comes now is no HTTP any more and is held for who reads it next.
        case upgrading
        /// Nothing more is done here.
        case settled
    }

    private let gate: ExecGate
    private let speech: EventLoopPromise<UpgradableChannel.Speech>
    private let http: [any RemovableChannelHandler]
    private let logger: Logger
    private var state = State.silent
    private var held: [NIOAny] = []
    private var hasEnded = false
    private var opening: ExecGate.Opening?

    /// - Parameter http: the encoder and the decoder, which go when the connection becomes a WebSocket.
    init(
        gate: ExecGate, speech: EventLoopPromise<UpgradableChannel.Speech>, http: [any RemovableChannelHandler], logger: Logger
    ) {
        self.gate = gate
        self.speech = speech
        self.http = http
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .settled: context.fireChannelRead(data)
        case .upgrading: held.append(data)
        case .deciding, .accepted:
            held.append(data)
            if case .end = Self.unwrapInboundIn(data) { hasEnded = true }
            upgradeIfReady(context)
        case .silent:
            held.append(data)
            state = .deciding
            guard case .head(let head) = Self.unwrapInboundIn(data),
                head.headers["Upgrade"].contains(where: { $0.lowercased() == "websocket" })
            else { return speakHTTP(context) }
            decide(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, case .silent = state {
            // Before its first request nobody else would close it.
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // HTTP that cannot be read is answered as such.
        if case .silent = state { speakHTTP(context) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        giveUp()
        context.fireChannelInactive()
    }

    /// A connection that is gone before it was active is never told to be inactive.
    func handlerRemoved(context: ChannelHandlerContext) { giveUp() }

    private func giveUp() {
        if case .settled = state { return }
        state = .settled
        speech.fail(ChannelError.eof)
    }

    // MARK: HTTP

    private func speakHTTP(_ context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
            let channel = try UpgradableChannel.HTTP(
                wrappingChannelSynchronously: context.channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            settle(.http(channel), context)
        } catch {
            fail(error, context)
        }
    }

    /// Hands on what was held, and goes.
    private func settle(_ result: UpgradableChannel.Speech, _ context: ChannelHandlerContext) {
        state = .settled
        speech.succeed(result)
        let parts = held
        held = []
        for part in parts { context.fireChannelRead(part) }
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        state = .settled
        speech.fail(error)
        context.close(promise: nil)
    }

    // MARK: WebSocket

    private func decide(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let upgrader = upgrader(context)
        upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: head, initialResponseHeaders: ["Connection": "Upgrade", "Upgrade": "websocket"]
        ).whenComplete { result in
            let (handler, context) = this.value
            guard case .deciding = handler.state else { return }
            switch result {
            case .failure: handler.speakHTTP(context)
            case .success(let headers):
                handler.state = .accepted(head, headers)
                handler.upgradeIfReady(context)
            }
        }
    }

    private func upgrader(_ context: ChannelHandlerContext) -> NIOTypedWebSocketServerUpgrader<UpgradableChannel.Speech> {
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        return NIOTypedWebSocketServerUpgrader(
            maxFrameSize: 1 << 20,
            shouldUpgrade: { [gate] channel, head in
                channel.eventLoop.makeFutureWithTask { await gate.opening(head) }.map { opening in
                    this.value.opening = opening
                    return opening.map { ["Sec-WebSocket-Protocol": $0.subprotocol] }
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    guard let opening = this.value.opening else { throw ChannelError.inappropriateOperationForState }
                    return .exec(try UpgradableChannel.WebSocket(wrappingChannelSynchronously: channel), opening)
                }
            })
    }

    private func upgradeIfReady(_ context: ChannelHandlerContext) {
        guard hasEnded, case .accepted(let head, let headers) = state else { return }
        state = .upgrading
        held = []
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(Self.wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        // Bytes that follow the request come out of the decoder as it goes, and are held here.
        for handler in http { context.pipeline.syncOperations.removeHandler(handler, promise: nil) }
        let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        upgrader(context).upgrade(channel: context.channel, upgradeRequest: head).whenComplete { result in
            let (handler, context) = this.value
            switch result {
            case .success(let speech): handler.settle(speech, context)
            case .failure(let error): handler.fail(error, context)
            }
        }
    }
}
