public import AutomatonCore
public import CurlHTTP

/// How a service is reached.
public struct HTTPService: Sendable {
    let http: HTTPClient
    /// A whole delivery's request may take so long.
    var timeout: Duration
    /// A file with the certificate authorities; nil for the machine's own.
    var authorities: String?
    /// Nil goes straight.
    var proxy: String?
    let now: @Sendable () -> Instant

    /// What of an answer is read, and what of it is shown.
    private static let (mostBytes, mostShown) = (4 << 20, 200)

    /// Makes one.
    public init(
        _ http: HTTPClient, timeout: Duration = .seconds(10), authorities: String? = nil, proxy: String? = nil,
        now: @escaping @Sendable () -> Instant
    ) {
        self.http = http
        self.timeout = timeout
        self.authorities = authorities
        self.proxy = proxy
        self.now = now
    }

    /// Sends a request. Answers with what a 2xx said.
    /// - Parameters:
    ///   - secrets: what must not be shown, should the answer repeat it.
    ///   - wait: reads when to come again where a service says so in a way of its own.
    func send(
        _ method: String, _ url: String, headers: [HTTPField] = [], type: String? = "application/json", body: [UInt8]? = nil,
        hiding secrets: [Secret] = [], wait: (HTTPResponse) -> Duration? = { _ in nil }
    ) async throws(DeliveryFailure) -> HTTPResponse {
        var request = HTTPRequest(method: method, url: url, headers: headers, body: body)
        if body != nil, let type { request.headers.append(HTTPField("Content-Type", type)) }
        request.headers.append(HTTPField("User-Agent", "self-healing-automaton"))
        request.timeouts = HTTPTimeouts(connect: min(timeout, .seconds(5)), total: timeout)
        request.maximumResponseBytes = Self.mostBytes
        request.proxy = proxy
        if let authorities { request.tls.trust = .file(authorities) }
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch let error as HTTPError {
            throw DeliveryFailure(Self.hide(secrets, in: "\(error)"), retry: error.mayPass ? .later(after: nil) : .never)
        } catch {
            throw DeliveryFailure("it was cut short", retry: .later(after: nil))
        }
        guard response.head.isSuccess else { throw failure(response, secrets, asked: wait(response)) }
        return response
    }

    /// What an answer that is no 2xx means.
    private func failure(_ response: HTTPResponse, _ secrets: [Secret], asked: Duration?) -> DeliveryFailure {
        let said = Self.shown(response.body, hiding: secrets)
        let text = "status \(response.status)" + (said.isEmpty ? "" : ": \(said)")
        let asked = response.head["Retry-After"].flatMap { RetryAfter.read($0, at: now()) } ?? asked
        switch response.status {
        case 408, 425, 429, 500...: return DeliveryFailure(text, retry: .later(after: asked))
        // Some say 403 when too much was asked for (GitHub); then they say when to come again.
        case 403 where asked != nil: return DeliveryFailure(text, retry: .later(after: asked))
        case 300..<400: return DeliveryFailure("\(text): it points elsewhere, and is not followed; correct the address", retry: .never)
        default: return DeliveryFailure(text, retry: .never)
        }
    }

    /// What a service said, for people.
    static func shown(_ body: [UInt8], hiding secrets: [Secret]) -> String {
        hide(secrets, in: String(decoding: body.prefix(4096), as: UTF8.self)).oneLine(mostShown)
    }

    private static func hide(_ secrets: [Secret], in text: String) -> String {
        secrets.reduce(text) { text, secret in
            let hidden = secret.text
            guard hidden.utf8.count >= 4 else { return text }
            return text.split(separator: hidden, omittingEmptySubsequences: false).joined(separator: "<redacted>")
        }
    }
}

extension HTTPError {
    /// Whether another try may succeed.
    fileprivate var mayPass: Bool {
        switch kind {
        case .badRequest, .tooLarge, .protocolViolation: false
        case .timeout, .connectionRefused, .connectionFailed, .dns, .tls, .aborted, .shutDown, .other: true
        }
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// How long to wait; nil when it is neither. Never below zero.
    static func read(_ text: String, at now: Instant) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 1_000_000_000)) }
        // Sun, 06 Nov 1994 08:49:37 GMT
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Instant(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z").map { max(.zero, $0 - now) }
    }
}
