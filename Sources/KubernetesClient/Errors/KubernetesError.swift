import AutomatonCore

/// Why the API server did not do what it was asked, or gave no answer.
///
/// Its texts are bounded and scrubbed of objects and values: they may be logged.
public struct KubernetesError: Error, Sendable, CustomStringConvertible {
    /// One field that the server found invalid.
    public struct InvalidField: Hashable, Sendable {
        /// The path of the field: `spec.template.spec.containers[0].resources.requests`.
        public var field: String
        /// The kind of fault: `FieldValueInvalid`.
        public var reason: String
        /// What the server said, scrubbed and cut.
        public var message: String
    }

    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// 401: the credential is missing, wrong or expired, also after it was read anew.
        case unauthorized
        /// 403.
        case forbidden(Denial)
        /// 404: no such object, namespace or resource.
        case notFound
        /// 409: the object has changed since it was read, or a precondition does not hold.
        case conflict
        /// 409: an object of that name is there already.
        case alreadyExists
        /// 422: the server understood the object and found it invalid. Also a failed `test` of a JSON patch.
        case invalid([InvalidField])
        /// 410: the resourceVersion or continue token is too old. The server may give a token with which the rest of the list can be
        /// read, without consistency.
        case expired(freshContinue: String?)
        /// 429: slow down, or a disruption budget that forbids an eviction (then its own words).
        case tooManyRequests(retryAfter: Duration?, disruptionBudget: String?)
        /// No answer in time, or the server's own 504, for a request that changes nothing.
        case timeout
        /// 5xx. Whether to come back, where the server said so.
        case serverError(retryAfter: Duration?)
        /// No connection, or it broke, and nothing was changed.
        case unreachable
        /// A change was sent and no answer came that says whether it was made: read the object before anything else.
        case outcomeUnknown
        /// The answer could not be understood.
        case decoding
        /// Any other 4xx.
        case rejected
        /// The credential could not be had (unreadable token file, failing plugin).
        case credentials
    }

    /// What went wrong.
    public let kind: Kind
    /// Method and path, without the query: `PATCH /apis/apps/v1/namespaces/shop/deployments/web`.
    public let request: String
    /// The HTTP status; nil when there was no answer.
    public let status: Int?
    /// The Status object's reason: `Forbidden`; empty where there is none.
    public let reason: String
    /// What the server said, scrubbed and cut to 300 characters.
    public let message: String

    init(_ kind: Kind, request: String, status: Int? = nil, reason: String = "", message: String) {
        self.kind = kind
        self.request = request
        self.status = status
        self.reason = reason
        self.message = MessageScrubber.scrub(message)
    }

    public var description: String {
        let code = status.map { " (\($0)\(reason.isEmpty ? "" : " \(reason)"))" } ?? ""
        let said = message.isEmpty ? "" : ": \(message)"
        switch kind {
        case .unauthorized:
            return "\(request)\(code): the API server does not accept the credential: check the token or certificate, and its expiry"
        case .forbidden(let denial): return "\(request)\(code): \(denial)"
        case .invalid(let fields) where !fields.isEmpty:
            let list = fields.prefix(3).map { "\($0.field): \($0.message)" }.joined(separator: "; ")
            return "\(request)\(code): \(MessageScrubber.scrub(list))\(fields.count > 3 ? "; and \(fields.count - 3) more" : "")"
        case .tooManyRequests(_, let budget?): return "\(request)\(code): a disruption budget forbids it: \(budget)"
        case .tooManyRequests(let wait?, nil): return "\(request)\(code): the API server asks to wait \(wait.readable)\(said)"
        case .outcomeUnknown: return "\(request)\(code): sent, but whether it was carried out is unknown\(said)"
        case .unreachable: return "\(request): no answer from the API server\(said)"
        case .credentials: return "\(request): no credential\(said)"
        default: return "\(request)\(code)\(said)"
        }
    }

    /// Whether the same request may succeed later, unchanged.
    public var isTransient: Bool {
        switch kind {
        case .timeout, .serverError, .unreachable: true
        case .tooManyRequests(_, let budget): budget == nil
        default: false
        }
    }

    /// How long the server asked to be left alone.
    public var retryAfter: Duration? {
        switch kind {
        case .tooManyRequests(let wait, _), .serverError(let wait): wait
        default: nil
        }
    }
}
