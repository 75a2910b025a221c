public import CurlHTTP

/// What a request shows to say who sends it.
public struct Credential: Hashable, Sendable {
    /// The value of the Authorization header, with its scheme: `Bearer …`.
    public var authorization: Secret?
    /// A client certificate with its key.
    public var identity: TLSOptions.Identity?

    /// Makes a credential; by default an empty one.
    public init(authorization: Secret? = nil, identity: TLSOptions.Identity? = nil) {
        self.authorization = authorization
        self.identity = identity
    }

    /// A bearer token (RFC 6750).
    public static func bearer(_ token: Secret) -> Credential {
        Credential(authorization: Secret(bytes: Array("Bearer ".utf8) + token.bytes))
    }
}

/// Where credentials come from, and come from again when they expire.
public protocol CredentialSource: Sendable {
    /// The credential to use now.
    /// - Throws: `ConfigurationError` when there is none to be had.
    func credential() async throws -> Credential

    /// The API server did not accept this credential: the next one must be read anew, unless it already has been.
    func reject(_ credential: Credential) async
}

/// A credential that never changes.
public struct FixedCredential: CredentialSource {
    private let value: Credential

    /// Always gives the same credential; by default none, for a server that asks for none.
    public init(_ value: Credential = Credential()) {
        self.value = value
    }

    public func credential() -> Credential { value }
    public func reject(_ credential: Credential) {}
}
