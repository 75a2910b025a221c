internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTPTypes

/// Closes a connection whose other side takes too long over its turn: to say what it wants, to send the rest of it, or to take its answer.
/// How long it may be silent between two requests is the idle time's matter.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPConnectionStateHandler.InboundIn
    typealias InboundOut = HTTPConnectionStateHandler.InboundOut
    typealias OutboundIn = HTTPConnectionStateHandler.OutboundIn
    typealias OutboundOut = HTTPConnectionStateHandler.OutboundOut

    /// How long the other side's turns may last.
    struct Limits: Hashable, Sendable {
        /// From the opening to the first request's head.
        var head: Duration
        /// From a request's head to its end.
        var request: Duration
        /// Until what was sent is taken, as far as there is room again.
        var stall: Duration
    }

    private let book: ConnectionBook
    private let limits: Limits
    private var number: ConnectionBook.Number?
    /// Requests that were begun and are not answered whole.
    private var owed = 0
    private var isArriving = false
    private var isStalled = false
    private var arrival: Scheduled<Void>?
    private var departure: Scheduled<Void>?

    init(_ book: ConnectionBook, _ limits: Limits) {
        self.book = book
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            (owed, isArriving) = (owed + 1, true)
            expect(&arrival, within: limits.request, context)
        case .body: break
        case .end:
            isArriving = false
            arrival?.cancel()
        }
        note()
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            owed = max(0, owed - 1)
            note()
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isStalled = !context.channel.isWritable
        departure?.cancel()
        if isStalled { expect(&departure, within: limits.stall, context) }
        note()
        context.fireChannelWritabilityChanged()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard number == nil else { return }
        let channel = context.channel
        number = book.open(from: channel.remoteAddress?.ipAddress ?? "unknown") { channel.close(promise: nil) }
        expect(&arrival, within: limits.head, context)
    }

    private func end() {
        arrival?.cancel()
        departure?.cancel()
        if let number { book.closed(number) }
    }

    /// Tells whose turn it is.
    private func note() {
        if let number { book.turn(number, isOthers: owed == 0 || isArriving || isStalled) }
    }

    private func expect(_ deadline: inout Scheduled<Void>?, within time: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
    }
}
