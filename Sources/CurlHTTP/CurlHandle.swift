import CCurl

/// curl's easy handle, as it is imported (`typedef void CURL`).
typealias CurlEasy = UnsafeMutableRawPointer

/// Sets the options of one easy handle, and remembers the first that curl refused.
struct CurlHandle {
    let easy: CurlEasy
    private(set) var refused: CURLcode = CURLE_OK

    init(_ easy: CurlEasy) {
        self.easy = easy
    }

    private mutating func check(_ code: CURLcode) {
        if code != CURLE_OK, refused == CURLE_OK { refused = code }
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        check(automaton_curl_setopt_long(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: String) {
        check(automaton_curl_setopt_string(easy, option, value))
    }

    mutating func set(_ option: CURLoption, blob bytes: [UInt8]) {
        bytes.withUnsafeBytes { check(automaton_curl_setopt_blob(easy, option, $0.baseAddress, $0.count)) }
    }

    mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
        check(automaton_curl_setopt_pointer(easy, option, pointer))
    }

    mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
        check(automaton_curl_setopt_list(easy, option, list))
    }

    mutating func set(_ option: CURLoption, offset: Int) {
        check(automaton_curl_setopt_off_t(easy, option, curl_off_t(offset)))
    }

    mutating func set(_ option: CURLoption, callback: @escaping automaton_curl_data_callback) {
        check(automaton_curl_setopt_callback(easy, option, callback))
    }

    mutating func setDebug(_ callback: @escaping curl_debug_callback) { check(automaton_curl_setopt_debug(easy, callback)) }

    mutating func setProgress(_ callback: @escaping curl_xferinfo_callback) { check(automaton_curl_setopt_progress(easy, callback)) }

    mutating func allowRefusedRecipients() { check(automaton_curl_allow_refused_recipients(easy)) }

    /// Sets what every connection wants. The buffer must outlive its time on the handle.
    mutating func prepareConnection(errorBuffer: UnsafeMutablePointer<CChar>) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 15)
        check(automaton_curl_close_on_exec(easy))
        set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(errorBuffer))
    }

    /// Sets everything that the transfer asks for. The transfer must outlive its time on the handle.
    mutating func prepare(_ transfer: CurlTransfer) {
        let request = transfer.request
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        prepareConnection(errorBuffer: transfer.errorBuffer)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, automaton_curl_http_1_1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // The default is 16 KiB; a pod alone is about that.
        if transfer.isStream { set(CURLOPT_BUFFERSIZE, 64 << 10) }
        set(CURLOPT_PRIVATE, pointer: context)
        set(CURLOPT_URL, request.url)
        // An empty proxy is none; unset, curl would ask the environment.
        set(CURLOPT_PROXY, request.proxy ?? "")
        if let unixSocket = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, unixSocket) }
        setTimeouts(connect: request.timeouts.connect, total: request.timeouts.total)
        if request.url.hasPrefix("https://") { setTLS(request.tls) }
        setBody(request, context)
        setHeaders(transfer)
        set(CURLOPT_WRITEDATA, pointer: context)
        set(CURLOPT_WRITEFUNCTION, callback: writeBody)
        set(CURLOPT_HEADERDATA, pointer: context)
        set(CURLOPT_HEADERFUNCTION, callback: writeHeader)
    }

    mutating func setTimeouts(connect: Duration?, total: Duration?) {
        // Zero would mean curl's default (connect: 300 s, total: none).
        func milliseconds(_ duration: Duration) -> Int {
            let (seconds, attoseconds) = duration.components
            return Int(max(1, min(seconds, 1 << 30) * 1000 + attoseconds / 1_000_000_000_000_000))
        }
        set(CURLOPT_CONNECTTIMEOUT_MS, connect.map(milliseconds) ?? Int(Int32.max))
        if let total { set(CURLOPT_TIMEOUT_MS, milliseconds(total)) }
    }

    mutating func setTLS(_ tls: TLSOptions) {
        switch tls.trust {
        case .system: break
        case .file(let path): set(CURLOPT_CAINFO, path)
        case .pem(let bytes): set(CURLOPT_CAINFO_BLOB, blob: bytes)
        case .anyone:
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
        switch tls.identity {
        case nil: break
        case .files(let certificate, let key):
            set(CURLOPT_SSLCERT, certificate)
            set(CURLOPT_SSLKEY, key)
        case .pem(let certificate, let key):
            set(CURLOPT_SSLCERTTYPE, "PEM")
            set(CURLOPT_SSLKEYTYPE, "PEM")
            set(CURLOPT_SSLCERT_BLOB, blob: certificate)
            set(CURLOPT_SSLKEY_BLOB, blob: key.bytes)
        }
    }

    private mutating func setBody(_ request: HTTPRequest, _ context: UnsafeMutableRawPointer) {
        switch request.method {
        case "GET" where request.body == nil: set(CURLOPT_HTTPGET, 1)
        case "HEAD": set(CURLOPT_NOBODY, 1)
        default: break
        }
        if let body = request.body {
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
            if request.isIdempotent {
                body.withUnsafeBytes {
                    _ = automaton_curl_setopt_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
                }
            } else {
                // curl sends a request again when a reused connection breaks before the first byte of the answer. It cannot do so with
                // a body that it reads through a callback and cannot rewind: a PATCH goes out at most once.
                set(CURLOPT_READDATA, pointer: context)
                set(CURLOPT_READFUNCTION, callback: readBody)
            }
        }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private mutating func setHeaders(_ transfer: CurlTransfer) {
        let request = transfer.request
        var list: UnsafeMutablePointer<curl_slist>?
        func append(_ line: String) {
            if let longer = curl_slist_append(list, line) { list = longer }
        }
        for field in request.headers {
            // A line end in a value would let it add fields of its own.
            guard !(field.name + field.value).utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else {
                check(CURLE_BAD_FUNCTION_ARGUMENT)
                continue
            }
            append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Without this, curl waits for a "100 Continue" before larger bodies.
        append("Expect:")
        if request.body != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { append("Content-Type:") }
        if let name = request.tls.serverName, request.url.hasPrefix("https://") {
            redirect(to: name, transfer, append)
        }
        transfer.headerList = list
        set(CURLOPT_HTTPHEADER, list: list)
    }

    /// Asks for the URL under the name that the certificate must carry, while connecting to (and naming in Host) the URL's own host.
    private mutating func redirect(to name: String, _ transfer: CurlTransfer, _ append: (String) -> Void) {
        let request = transfer.request
        let endpoint = request.endpoint
        guard let colon = endpoint.lastIndex(of: ":") else { return check(CURLE_URL_MALFORMAT) }
        let afterAuthority = request.url.dropFirst(8).drop { $0 != "/" && $0 != "?" }
        let bracketed = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        set(CURLOPT_URL, "https://\(bracketed):\(endpoint[endpoint.index(after: colon)...])\(afterAuthority)")
        transfer.connectTo = curl_slist_append(nil, "::\(endpoint)")
        set(CURLOPT_CONNECT_TO, list: transfer.connectTo)
        append("Host: \(endpoint)")
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func writeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let transfer = transfer(context) else { return 0 }
    return bytes.withMemoryRebound(to: UInt8.self, capacity: size * count) {
        transfer.receive(body: UnsafeBufferPointer(start: $0, count: size * count))
    }
}

private func writeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let transfer = transfer(context) else { return 0 }
    bytes.withMemoryRebound(to: UInt8.self, capacity: size * count) {
        transfer.receive(headerLine: UnsafeBufferPointer(start: $0, count: size * count))
    }
    return size * count
}

private func readBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let transfer = transfer(context) else { return 0 }
    return transfer.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}
