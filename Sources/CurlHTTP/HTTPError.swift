/// Why a request got no (whole) response. Its text names the host and what to check, never headers, paths or bodies.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// How far a request had come when its time was over.
    public enum Stage: String, Sendable {
        /// Looking the name up or making the TCP connection, or waiting for a free one.
        case connect
        /// The TLS handshake.
        case tls
        /// Waiting for the head of the response.
        case response
        /// Receiving the body.
        case body
        /// No byte of a stream for longer than its idle time-out.
        case idle
    }

    /// What went wrong.
    public enum Kind: Sendable, Equatable {
        /// A time-out, and how far the request had come.
        case timeout(Stage)
        /// Nobody listens at the address.
        case connectionRefused
        /// The connection could not be made for another reason (no route, network unreachable, missing socket).
        case connectionFailed
        /// The host's name could not be found.
        case dns
        /// The TLS handshake failed: untrusted or wrong certificate, bad client certificate.
        case tls
        /// The connection broke before the response was complete.
        case aborted
        /// The body was larger than the request allows, in bytes.
        case tooLarge(limit: Int)
        /// The other side does not speak the protocol that it was asked to (a WebSocket).
        case protocolViolation
        /// The request itself cannot be sent (malformed URL, unreadable certificate, unknown proxy).
        case badRequest
        /// The client was shut down.
        case shutDown
        /// Anything else that libcurl says.
        case other
    }

    /// What went wrong.
    public let kind: Kind
    /// Where the request went: `host:port`, or the path of a unix socket.
    public let endpoint: String
    /// Whether bytes of the request may have reached the server: then a change may have been made.
    public let requestSent: Bool
    /// What libcurl or the system said; may be empty.
    public let detail: String

    /// Makes an error.
    public init(_ kind: Kind, endpoint: String, requestSent: Bool = false, detail: String = "") {
        self.kind = kind
        self.endpoint = endpoint
        self.requestSent = requestSent
        self.detail = detail
    }

    public var description: String {
        let said = detail.isEmpty ? "" : " (\(detail))"
        switch kind {
        case .timeout(.connect):
            return "\(endpoint) did not accept a connection in time\(said): check the address, the network policy and the firewall"
        case .timeout(.tls): return "\(endpoint) did not finish the TLS handshake in time\(said): check that the port speaks TLS"
        case .timeout(.response): return "\(endpoint) did not answer in time\(said): check its load, or allow more time"
        case .timeout(.body): return "\(endpoint) did not finish its answer in time\(said): check its load, or allow more time"
        case .timeout(.idle): return "\(endpoint) has been silent for too long\(said): the connection may be half open"
        case .connectionRefused: return "\(endpoint) refused the connection\(said): check that the server runs and that the port is right"
        case .connectionFailed: return "no connection to \(endpoint)\(said): check the address and the route to it"
        case .dns: return "the name of \(endpoint) cannot be resolved\(said): check the spelling and the DNS"
        case .tls:
            return "TLS with \(endpoint) failed\(said): check the certificate authority, the client certificate and the server's name"
        case .aborted: return "\(endpoint) closed the connection before its answer was complete\(said)"
        case .tooLarge(let limit): return "the answer of \(endpoint) is larger than the \(limit) bytes allowed"
        case .protocolViolation:
            return "\(endpoint) broke the protocol\(said): check that it is the server meant, and what stands before it"
        case .badRequest: return "the request to \(endpoint) cannot be sent\(said): check the URL, the proxy and the certificate files"
        case .shutDown: return "the HTTP client was shut down before \(endpoint) answered"
        case .other: return "the request to \(endpoint) failed\(said)"
        }
    }
}
