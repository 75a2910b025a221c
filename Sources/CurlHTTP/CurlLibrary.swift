import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// libcurl's state for the whole process.
enum CurlLibrary {
    /// Whether libcurl is initialised; the first reader does it. Also has the process ignore SIGPIPE, which OpenSSL's writes to a
    /// closed connection would raise.
    static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return automaton_curl_global_init() == CURLE_OK
    }()
}
