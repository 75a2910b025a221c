/// Asks somebody else whose a bearer token is, and whether they may do something.
public protocol TokenReviews: Sendable {
    /// Whether the bearer of a token may use a path.
    /// - Parameters:
    ///   - token: the secret; never shown in an error.
    ///   - verb: what is done, as RBAC names it for paths: `get`, `post`, `delete`.
    ///   - path: the path, as RBAC's `nonResourceURLs` names it.
    func review(_ token: String, verb: String, path: String) async throws(PortError) -> TokenVerdict
}

/// What came of it.
public enum TokenVerdict: Hashable, Sendable {
    /// Nobody knows the token, or it is over.
    case unknown
    /// It is this user's, who may not.
    case denied(user: String)
    /// It is this user's, who may.
    case allowed(user: String)
}
