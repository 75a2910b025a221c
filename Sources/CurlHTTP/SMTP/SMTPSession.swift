import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One delivery over curl. All its calls block; it lives on one thread.
final class SMTPSession: CurlConversation {
    /// How long a server may take to answer a goodbye. curl would wait for minutes, and the outcome is known by then.
    private static let goodbyePatience = Duration.seconds(2)

    private let request: SMTPRequest
    private let multi: UnsafeMutableRawPointer
    private let easy: CurlEasy
    private let isCancelled: () -> Bool
    private var dialogue: SMTPDialogue
    private var messageOffset = 0
    /// Until when the answer to our goodbye is waited for; nil while we have not said it.
    private var goodbyeDeadline: ContinuousClock.Instant?
    /// curl's lists and error buffer, which must outlive the transfer.
    private var recipientList: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private let errorBuffer: UnsafeMutablePointer<CChar>

    /// - Parameter multi: Stays the caller's, who wakes it after a change of `isCancelled`.
    init?(_ request: SMTPRequest, multi: UnsafeMutableRawPointer, isCancelled: @escaping () -> Bool) {
        guard let easy = curl_easy_init() else { return nil }
        self.request = request
        self.multi = multi
        self.easy = easy
        self.isCancelled = isCancelled
        dialogue = SMTPDialogue(recipients: request.recipients, credential: request.credential)
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        _ = curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        curl_slist_free_all(recipientList)
        curl_slist_free_all(connectTo)
        errorBuffer.deallocate()
    }

    func run() throws -> SMTPReceipt {
        try prepare()
        while true {
            if isCancelled() { throw CancellationError() }
            var running: Int32 = 0
            _ = curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                guard message.pointee.msg == CURLMSG_DONE else { continue }
                let code = message.pointee.data.result
                if code == CURLE_OK { return SMTPReceipt(refusals: dialogue.refusals) }
                if isCancelled() { throw CancellationError() }
                throw error(code)
            }
            _ = curl_multi_poll(multi, nil, 0, 1000, nil)
        }
    }

    private func prepare() throws {
        var handle = CurlHandle(easy)
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.prepareConnection(errorBuffer: errorBuffer)
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        let scheme = request.security == .implicit ? "smtps" : "smtp"
        let clientName = request.clientName.map { "/" + $0 } ?? ""
        if let name = request.tls.serverName {
            handle.set(CURLOPT_URL, "\(scheme)://\(name.contains(":") ? "[\(name)]" : name):\(request.port)\(clientName)")
            connectTo = curl_slist_append(nil, "::\(request.endpoint)")
            handle.set(CURLOPT_CONNECT_TO, list: connectTo)
        } else {
            handle.set(CURLOPT_URL, "\(scheme)://\(request.endpoint)\(clientName)")
        }
        // An empty proxy is none; unset, curl would ask the environment.
        handle.set(CURLOPT_PROXY, "")
        handle.setTimeouts(connect: request.connectTimeout, total: request.timeout)
        switch request.security {
        case .implicit, .startTLS: handle.set(CURLOPT_USE_SSL, automaton_curl_tls_required)
        case .startTLSIfOffered: handle.set(CURLOPT_USE_SSL, automaton_curl_tls_if_offered)
        case .none: handle.set(CURLOPT_USE_SSL, automaton_curl_tls_never)
        }
        handle.setTLS(request.tls)
        // A goodbye while curl still calls back, rather than when the multi handle is freed.
        handle.set(CURLOPT_FORBID_REUSE, 1)
        if let credential = request.credential {
            handle.set(CURLOPT_USERNAME, credential.user)
            handle.set(CURLOPT_PASSWORD, credential.password.text)
            // Left to itself, curl prefers what it often cannot finish (GSSAPI, NTLM), and does not try another way then.
            handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        }
        handle.set(CURLOPT_MAIL_FROM, "<\(request.sender)>")
        for recipient in request.recipients { recipientList = curl_slist_append(recipientList, "<\(recipient)>") ?? recipientList }
        handle.set(CURLOPT_MAIL_RCPT, list: recipientList)
        handle.allowRefusedRecipients()
        handle.set(CURLOPT_UPLOAD, 1)
        handle.set(CURLOPT_INFILESIZE_LARGE, offset: request.message.count)
        handle.set(CURLOPT_READDATA, pointer: context)
        handle.set(CURLOPT_READFUNCTION, callback: readMessage)
        handle.set(CURLOPT_WRITEDATA, pointer: context)
        handle.set(CURLOPT_WRITEFUNCTION, callback: dropBody)
        handle.set(CURLOPT_HEADERDATA, pointer: context)
        handle.set(CURLOPT_HEADERFUNCTION, callback: readReply)
        handle.set(CURLOPT_DEBUGDATA, pointer: context)
        handle.set(CURLOPT_VERBOSE, 1)
        handle.setDebug(noteCommand)
        handle.set(CURLOPT_XFERINFODATA, pointer: context)
        handle.set(CURLOPT_NOPROGRESS, 0)
        handle.setProgress(isToEnd)
        guard handle.refused == CURLE_OK, curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw failure(.badRequest, detail: String(cString: curl_easy_strerror(handle.refused)))
        }
    }

    // MARK: Errors

    private func error(_ code: CURLcode) -> SMTPError {
        var detail = String(cString: errorBuffer)
        if detail.isEmpty { detail = String(cString: curl_easy_strerror(code)) }
        // The server's own no says more than curl's.
        if dialogue.stage == .recipients, let last = dialogue.refusals.last, dialogue.refusals.count == request.recipients.count {
            // One that may be taken later speaks for all.
            return failure(.refused((dialogue.refusals.last { $0.reply.isTransient } ?? last).reply))
        }
        if let reply = dialogue.reply, reply.code >= 400, code != CURLE_OPERATION_TIMEDOUT { return failure(.refused(reply)) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return failure(.timeout)
        case CURLE_COULDNT_CONNECT:
            var number = 0
            _ = automaton_curl_getinfo_long(easy, CURLINFO_OS_ERRNO, &number)
            return number == Int(ECONNREFUSED) ? failure(.connectionRefused) : failure(.connectionFailed, detail: detail)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return failure(.dns)
        case CURLE_USE_SSL_FAILED: return failure(.tlsNotOffered, stage: .tls)
        case CURLE_LOGIN_DENIED: return failure(.loginNotOffered, stage: .authentication)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            return failure(.tls, stage: .tls, detail: detail)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY:
            return failure(.aborted, detail: detail)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN,
            CURLE_OUT_OF_MEMORY:
            return failure(.badRequest, detail: detail)
        default: return failure(.other, detail: detail)
        }
    }

    private func failure(_ kind: SMTPError.Kind, stage: SMTPError.Stage? = nil, detail: String = "") -> SMTPError {
        SMTPError(kind, stage ?? self.stage, endpoint: request.endpoint, detail: detail)
    }

    private var stage: SMTPError.Stage {
        guard dialogue.stage == .connect else { return dialogue.stage }
        // The local port is known once TCP stands.
        var port = 0
        guard automaton_curl_getinfo_long(easy, CURLINFO_LOCAL_PORT, &port) == CURLE_OK, port > 0 else { return .connect }
        return request.security == .implicit ? .tls : .greeting
    }

    // MARK: Callbacks

    fileprivate func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, request.message.count - messageOffset)
        buffer.copyBytes(from: request.message[messageOffset..<(messageOffset + count)])
        messageOffset += count
        if messageOffset == request.message.count { dialogue.sentMessage() }
        return count
    }

    fileprivate func received(_ bytes: UnsafeBufferPointer<UInt8>) { dialogue.received(bytes) }

    fileprivate func sent(_ bytes: UnsafeBufferPointer<UInt8>) {
        dialogue.sent(bytes)
        if dialogue.isOver, goodbyeDeadline == nil { goodbyeDeadline = .now + Self.goodbyePatience }
    }

    fileprivate var shouldEnd: Bool { isCancelled() || goodbyeDeadline.map { $0 <= .now } ?? false }
}

private func session(_ context: UnsafeMutableRawPointer?) -> SMTPSession? {
    context.map { Unmanaged<SMTPSession>.fromOpaque($0).takeUnretainedValue() }
}

private func readMessage(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let session = session(context) else { return 0 }
    return session.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

private func readReply(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let session = session(context) else { return 0 }
    bytes.withMemoryRebound(to: UInt8.self, capacity: size * count) {
        session.received(UnsafeBufferPointer(start: $0, count: size * count))
    }
    return size * count
}

/// A mail server sends no body; what were one must not reach standard output.
private func dropBody(_: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _: UnsafeMutableRawPointer?) -> Int { size * count }

private func noteCommand(
    _: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard kind == CURLINFO_HEADER_OUT, let bytes, let session = session(context) else { return 0 }
    bytes.withMemoryRebound(to: UInt8.self, capacity: count) { session.sent(UnsafeBufferPointer(start: $0, count: count)) }
    return 0
}

private func isToEnd(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    session(context)?.shouldEnd == true ? 1 : 0
}
