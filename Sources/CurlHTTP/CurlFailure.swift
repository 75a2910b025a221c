import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension HTTPError {
    /// What a transfer that curl ended with `code` means.
    init(_ code: CURLcode, _ transfer: CurlTransfer, _ easy: CurlEasy) {
        func number(_ info: CURLINFO) -> Int {
            var value = 0
            return automaton_curl_getinfo_long(easy, info, &value) == CURLE_OK ? value : 0
        }
        let sent = number(CURLINFO_REQUEST_SIZE) > 0
        var detail = String(cString: transfer.errorBuffer)
        if detail.isEmpty { detail = String(cString: curl_easy_strerror(code)) }
        let kind: Kind
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            detail = ""
            if transfer.head != nil {
                kind = .timeout(.body)
            } else if sent {
                kind = .timeout(.response)
            } else {
                // The local port is known once TCP stands; CURLINFO_CONNECT_TIME_T stays 0 until TLS does.
                kind = .timeout(number(CURLINFO_LOCAL_PORT) > 0 ? .tls : .connect)
            }
        case CURLE_COULDNT_CONNECT:
            kind = number(CURLINFO_OS_ERRNO) == Int(ECONNREFUSED) ? .connectionRefused : .connectionFailed
            if kind == .connectionRefused { detail = "" }
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: kind = .dns
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            kind = .tls
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND, CURLE_WEIRD_SERVER_REPLY:
            kind = .aborted
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN,
            CURLE_OUT_OF_MEMORY:
            kind = .badRequest
        default: kind = .other
        }
        self.init(kind, endpoint: transfer.request.endpoint, requestSent: sent, detail: detail)
    }
}
