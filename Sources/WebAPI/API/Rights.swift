public import AutomatonCore
internal import HTTPTypes
internal import Synchronization

/// Who may change something, and who may read.
public struct Rights: Sendable {
    /// What requests may bear; nil for none.
    let token: APIToken?
    /// Who is asked about other tokens; nil for nobody.
    let reviews: (any TokenReviews)?
    /// Whether reading needs a right, too.
    let protectsReading: Bool
    private let known = KnownVerdicts()
    /// Reviews go over the connections by which workloads are healed.
    private let gate = RequestGate(most: 4)

    /// Makes rights. With neither a token nor reviews, changes are taken from this machine alone.
    public init(token: APIToken? = nil, reviews: (any TokenReviews)? = nil, protectsReading: Bool = false) {
        self.token = token
        self.reviews = reviews
        self.protectsReading = protectsReading
    }

    /// The path as RBAC names it. Every user may `get` what lies under `/api` by the ClusterRole `system:discovery`: it is reviewed
    /// elsewhere, and the pages with it.
    static func reviewed(_ path: String) -> String {
        let prefix = "/api/autoheal/"
        return "/autoheal" + (path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count - 1)) : path)
    }

    /// Requests bear a token that may, or, where nobody can tell, come from this machine.
    func check(_ caller: Caller, _ method: HTTPRequest.Method, _ path: String) async throws(APIProblem) {
        let isChange = method != .get && method != .head
        guard isChange || protectsReading else { return }
        guard token != nil || reviews != nil else { return try caller.checkIsLocal() }
        let challenge: HTTPFields = [.wwwAuthenticate: "Bearer realm=\"self-healing-automaton\""]
        let what = isChange ? "a request that changes something" : "reading"
        guard let bearer = caller.bearer else {
            throw APIProblem(
                .unauthorized, "\(what) needs \(reviews == nil ? "the API token" : "a token")", expected: "Authorization: Bearer TOKEN",
                headers: challenge)
        }
        if let token, token.matches(bearer.utf8) { return }
        guard let reviews else {
            throw APIProblem(.unauthorized, "this is not the API token", expected: "Authorization: Bearer TOKEN", headers: challenge)
        }
        // A token longer than these is nobody's.
        guard bearer.utf8.count <= 16_384 else { throw APIProblem(.unauthorized, "this is no token", headers: challenge) }
        let verb = isChange ? method.rawValue.lowercased() : "get"
        let path = Self.reviewed(path)
        guard gate.enter() else {
            throw APIProblem(.serviceUnavailable, "too many tokens are looked at; ask again in a moment", headers: [.retryAfter: "1"])
        }
        defer { gate.leave() }
        let verdict: TokenVerdict
        do throws(PortError) {
            verdict = try await known.verdict(bearer, verb, path) { () async throws(PortError) in
                try await reviews.review(bearer, verb: verb, path: path)
            }
        } catch {
            throw APIProblem(
                .serviceUnavailable, "nobody can say now what the token allows: \(error)", headers: [.retryAfter: "5"])
        }
        switch verdict {
        case .allowed: return
        case .unknown: throw APIProblem(.unauthorized, "the API server knows no such token", headers: challenge)
        case .denied(let user):
            throw APIProblem(
                .forbidden, "\(user) may not \(verb) \(path)",
                expected: "a ClusterRole with nonResourceURLs [\"\(path)\"] and verbs [\"\(verb)\"], bound to \(user)")
        }
    }
}

/// What was said of tokens lately: the API server is not asked for each request.
private final class KnownVerdicts: Sendable {
    private struct Question: Hashable {
        let token: [UInt8]
        let verb: String
        let path: String
    }
    private static let most = 200
    private let answers = Mutex<[Question: (verdict: TokenVerdict, until: ContinuousClock.Instant)]>([:])

    func verdict(
        _ token: String, _ verb: String, _ path: String, _ ask: () async throws(PortError) -> TokenVerdict
    ) async throws(PortError) -> TokenVerdict {
        // Not the token itself: what is not kept cannot be read out.
        let question = Question(token: SHA256.digest(Array(token.utf8)), verb: verb, path: path)
        if let known = answers.withLock({ $0[question] }), known.until > .now { return known.verdict }
        let verdict = try await ask()
        // Whoever was let in may stay a moment; whoever was not may have been given the right meanwhile.
        let until = ContinuousClock.now + (verdict.isAllowed ? .seconds(60) : .seconds(10))
        // Whoever makes tokens up pushes nobody out.
        if case .unknown = verdict { return verdict }
        answers.withLock { answers in
            answers = answers.filter { $0.value.until > .now }
            if answers.count >= Self.most { answers = [:] }
            answers[question] = (verdict, until)
        }
        return verdict
    }
}

extension TokenVerdict {
    fileprivate var isAllowed: Bool { if case .allowed = self { true } else { false } }
}
