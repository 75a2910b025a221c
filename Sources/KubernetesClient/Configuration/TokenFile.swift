import CurlHTTP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A bearer token in a file that is replaced before it expires, as kubelet does with a service account's.
///
/// The file is read again when the last reading is older than `maximumAge`, and after a 401.
public actor TokenFile: CredentialSource {
    private let path: String
    private let maximumAge: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private var current: (credential: Credential, readAt: ContinuousClock.Instant)?

    /// Reads the token at `path` when it is first needed.
    public init(path: String, maximumAge: Duration = .seconds(60), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.path = path
        self.maximumAge = maximumAge
        self.now = now
    }

    public func credential() throws -> Credential {
        if let current, current.readAt.duration(to: now()) < maximumAge { return current.credential }
        do {
            let credential = Credential.bearer(try Self.read(path))
            current = (credential, now())
            return credential
        } catch {
            // The old token may still be good: kubelet replaces it well before it expires.
            if let current { return current.credential }
            throw error
        }
    }

    public func reject(_ credential: Credential) {
        guard let current, current.credential == credential else { return }
        self.current = (credential, now() - maximumAge)
    }

    /// Reads a token without the white space around it.
    static func read(_ path: String) throws -> Secret {
        let bytes = try ConfigurationFile.read(path, maximumBytes: 1 << 20)
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
        let token = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !token.isEmpty else { throw ConfigurationError(path, "the token file is empty") }
        guard !token.contains(where: { $0 < 0x21 || $0 > 0x7E }) else {
            throw ConfigurationError(path, "the token file holds bytes that cannot be part of a token: it must hold the token alone")
        }
        return Secret(bytes: Array(token))
    }
}
