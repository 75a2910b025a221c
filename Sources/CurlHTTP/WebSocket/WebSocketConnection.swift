import CCurl

/// One WebSocket over a connection that curl makes (name look-up, proxy, TCP, TLS) and then leaves to us. All its calls block; it lives
/// on one thread.
final class WebSocketConnection: CurlConversation {
    private let request: WebSocketRequest
    private let receiver: any WebSocketReceiver
    private let multi: UnsafeMutableRawPointer
    private let easy: CurlEasy
    private let transfer: CurlTransfer
    private let isCancelled: () -> Bool
    private let deadline: ContinuousClock.Instant
    private var socket: curl_socket_t = -1
    /// What is still to be sent. The first is never changed, only left behind: TLS wants the same bytes again after "try again".
    private var outgoing: [[UInt8]] = []
    private var sent = 0
    private var requestSent = false
    private var lastArrival = ContinuousClock.now
    private var nextPing: ContinuousClock.Instant
    /// Set when the receiver has what it wants: the end is not waited for any longer than this.
    private var drainDeadline: ContinuousClock.Instant?

    /// - Parameters:
    ///   - multi: Stays the caller's, who wakes it after a change of `isCancelled`.
    init?(
        _ request: WebSocketRequest, into receiver: any WebSocketReceiver, multi: UnsafeMutableRawPointer,
        isCancelled: @escaping () -> Bool
    ) {
        guard let easy = curl_easy_init() else { return nil }
        self.request = request
        self.receiver = receiver
        self.multi = multi
        self.easy = easy
        self.isCancelled = isCancelled
        var timeouts = request.timeouts
        timeouts.total = nil
        transfer = CurlTransfer(HTTPRequest(url: request.url, timeouts: timeouts, tls: request.tls, proxy: request.proxy))
        let now = ContinuousClock.now
        deadline = now + (request.timeouts.total ?? .seconds(1 << 30))
        nextPing = now + request.pingInterval
    }

    deinit {
        _ = curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
    }

    /// Runs it to its end.
    /// - Throws: `HTTPError`, `CancellationError`, the receiver's error.
    func run() throws -> WebSocketOutcome {
        try connect()
        let leftover: [UInt8]
        switch try shakeHands() {
        case .refused(let response): return .refused(response)
        case .opened(let subprotocol, let rest):
            receiver.opened(subprotocol: subprotocol)
            leftover = rest
        case .incomplete: throw error(.aborted)
        }
        do {
            return .closed(try converse(leftover))
        } catch let failure as WebSocketDecoder.Failure {
            // Told why, as RFC 6455, section 7.1.7 wants it; whether it still hears it does not matter.
            switch failure {
            case .violation(let violation):
                sayGoodbye(1002)
                throw error(.protocolViolation, violation.text)
            case .tooLarge:
                sayGoodbye(1009)
                throw error(.tooLarge(limit: request.maximumMessageBytes))
            }
        }
    }

    // MARK: Stages

    private func connect() throws {
        var handle = CurlHandle(easy)
        handle.prepare(transfer)
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        if request.proxy != nil { handle.set(CURLOPT_HTTPPROXYTUNNEL, 1) }
        guard handle.refused == CURLE_OK, curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw error(.badRequest, String(cString: curl_easy_strerror(handle.refused)))
        }
        while true {
            var running: Int32 = 0
            _ = curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                guard message.pointee.msg == CURLMSG_DONE else { continue }
                let code = message.pointee.data.result
                guard code == CURLE_OK else { throw HTTPError(code, transfer, easy) }
                guard automaton_curl_getinfo_socket(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK, socket >= 0 else {
                    throw error(.connectionFailed)
                }
                lastArrival = .now
                return
            }
            try checkTime(.connect)
            _ = curl_multi_poll(multi, nil, 0, milliseconds(until: deadline), nil)
        }
    }

    private func shakeHands() throws -> WebSocketHandshake.Progress {
        do {
            var handshake = try WebSocketHandshake(request, host: transfer.request.endpoint)
            outgoing.append(handshake.request)
            requestSent = true
            while true {
                try checkTime(.response)
                guard let bytes = try receive() else { return try handshake.receive([], isOver: true) }
                let progress = try handshake.receive(bytes, isOver: false)
                guard case .incomplete = progress else { return progress }
                try flush()
                if bytes.isEmpty { wait(until: min(deadline, idleDeadline)) }
            }
        } catch let violation as WebSocketViolation {
            throw error(requestSent ? .protocolViolation : .badRequest, violation.text)
        }
    }

    private func converse(_ leftover: [UInt8]) throws -> WebSocketClose? {
        var decoder = WebSocketDecoder(maximumMessageBytes: request.maximumMessageBytes)
        decoder.append(leftover)
        while true {
            // A server that floods with pings must not have us keep all the answers.
            while outgoing.count < 64, let event = try decoder.next() {
                if let close = try take(event) { return close }
            }
            if let drainDeadline, drainDeadline <= .now { return nil }
            try checkTime(.body)
            if outgoing.count < 64 {
                // Before anything is sent: a server that has closed breaks the sending, but what it sent before can still be read.
                guard let bytes = try receive() else { return nil }
                decoder.append(bytes)
                if !bytes.isEmpty { continue }
            }
            if nextPing <= .now {
                outgoing.append(WebSocketFrame.encode(.ping))
                nextPing = .now + request.pingInterval
            }
            try flush()
            if outgoing.count < 64, decoder.hasMore { continue }
            wait(until: min(deadline, idleDeadline, nextPing, drainDeadline ?? deadline))
        }
    }

    /// Answers or delivers an event; the close with which it ends the conversation, if it does.
    private func take(_ event: WebSocketDecoder.Event) throws -> WebSocketClose? {
        switch event {
        case .ping(let payload): outgoing.append(WebSocketFrame.encode(.pong, payload))
        case .pong: break
        case .close(let close):
            sayGoodbye(close.code == 1005 ? 1000 : close.code)
            return close
        case .message(let message, let isText):
            switch receiver.receive(message, isText: isText) {
            case .proceed: break
            case .drain(let time): drainDeadline = drainDeadline ?? (.now + time)
            case .close:
                sayGoodbye(1000)
                return WebSocketClose(code: 1000, reason: "")
            case .fail(let error):
                sayGoodbye(1000)
                throw error
            }
        }
        return nil
    }

    private func sayGoodbye(_ code: UInt16) {
        outgoing.append(WebSocketFrame.encode(.close, WebSocketFrame.closing(code)))
        // The connection ends either way: what does not go out at once is not waited for.
        do { try flush() } catch {}
    }

    // MARK: Bytes

    /// What has arrived, empty when nothing has; nil when the other side has ended the connection.
    private func receive() throws -> [UInt8]? {
        var code = CURLE_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, count in
            count = 0
            code = curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
            if code != CURLE_OK { count = 0 }
        }
        switch code {
        case CURLE_OK where bytes.isEmpty: return nil
        case CURLE_OK:
            lastArrival = .now
            return bytes
        case CURLE_AGAIN: return []
        default: throw error(.aborted, String(cString: curl_easy_strerror(code)))
        }
    }

    /// Sends as much as goes out now.
    private func flush() throws {
        while let first = outgoing.first {
            var count = 0
            let code = first.withUnsafeBytes { bytes in
                curl_easy_send(easy, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, &count)
            }
            if code == CURLE_AGAIN { return }
            guard code == CURLE_OK else { throw error(.aborted, String(cString: curl_easy_strerror(code))) }
            sent += count
            if sent == first.count {
                outgoing.removeFirst()
                sent = 0
            }
        }
    }

    /// Waits until something can be read (or sent, if anything is to be), the instant, or a wake-up.
    private func wait(until instant: ContinuousClock.Instant) {
        var interest = curl_waitfd(fd: socket, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        if !outgoing.isEmpty { interest.events |= Int16(CURL_WAIT_POLLOUT) }
        _ = curl_multi_poll(multi, &interest, 1, milliseconds(until: instant), nil)
    }

    // MARK: Time

    private var idleDeadline: ContinuousClock.Instant { request.timeouts.idle.map { lastArrival + $0 } ?? deadline }

    private func checkTime(_ stage: HTTPError.Stage) throws {
        if isCancelled() { throw CancellationError() }
        let now = ContinuousClock.now
        if now >= deadline { throw error(.timeout(stage)) }
        if stage != .connect, now >= idleDeadline { throw error(.timeout(.idle)) }
    }

    private func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
        let (seconds, attoseconds) = ContinuousClock.now.duration(to: instant).components
        return Int32(max(0, min(seconds, 60) * 1000 + attoseconds / 1_000_000_000_000_000)) + 1
    }

    private func error(_ kind: HTTPError.Kind, _ detail: String = "") -> HTTPError {
        HTTPError(kind, endpoint: transfer.request.endpoint, requestSent: requestSent, detail: detail)
    }
}
