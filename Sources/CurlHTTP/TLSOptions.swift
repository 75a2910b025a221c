/// How a connection over TLS is made: whom to trust, and who we say we are.
public struct TLSOptions: Hashable, Sendable {
    /// The certificate authorities that a server's certificate must come from.
    public enum Trust: Hashable, Sendable {
        /// The machine's own store.
        case system
        /// A PEM file, read again for each new connection, so that a rotated file is seen.
        case file(String)
        /// PEM text.
        case pem([UInt8])
        /// Anyone. The connection is encrypted but the server may be anybody.
        case anyone
    }

    /// A client certificate with its private key.
    public enum Identity: Hashable, Sendable {
        /// PEM files, read again for each new connection.
        case files(certificate: String, key: String)
        /// PEM text.
        case pem(certificate: [UInt8], key: Secret)
    }

    /// Whom to trust.
    public var trust: Trust
    /// The client certificate, if the server asks for one.
    public var identity: Identity?
    /// The name that the server's certificate must carry, where it is not the host of the URL. It is also sent as SNI.
    public var serverName: String?

    /// Makes options; by default the machine's own store and no client certificate.
    public init(trust: Trust = .system, identity: Identity? = nil, serverName: String? = nil) {
        self.trust = trust
        self.identity = identity
        self.serverName = serverName
    }
}
