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
    private let known: KnownVerdicts
    /// Reviews go over the connections by which workloads are healed.
    private let gate = RequestGate(most: 4)

    /// Makes rights. With neither a token nor reviews, changes are taken from this machine alone.
    public init(token: APIToken? = nil, reviews: (any TokenReviews)? = nil, protectsReading: Bool = false) {
        self.init(token: token, reviews: reviews, protectsReading: protectsReading, remembered: .seconds(60))
    }

    /// - Parameter remembered: how long whoever was let in may stay without being looked at again.
    init(token: APIToken?, reviews: (any TokenReviews)?, protectsReading: Bool, remembered: Duration) {
        known = KnownVerdicts(remembered)
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
        if caller.session == .knewToken { return }
        guard token != nil || reviews != nil else { return try caller.checkIsLocal() }
        let challenge: HTTPFields = [.wwwAuthenticate: "Bearer realm=\"self-healing-automaton\""]
        let what = isChange ? "a request that changes something" : "reading"
        guard let bearer = caller.bearer else {
            throw APIProblem(
                .unauthorized, "\(what) needs \(reviews == nil ? "the API token" : "a token")", expected: "Authorization: Bearer TOKEN",
                headers: challenge)
        }
        if let token, token.matches(bearer.utf8) { return }
        guard reviews != nil else {
            throw APIProblem(.unauthorized, "this is not the API token", expected: "Authorization: Bearer TOKEN", headers: challenge)
        }
        let verb = isChange ? method.rawValue.lowercased() : "get"
        let path = Self.reviewed(path)
        switch try await review(bearer, verb, path) {
        case .allowed: return
        case .unknown: throw APIProblem(.unauthorized, "the API server knows no such token", headers: challenge)
        case .denied(let user):
            throw APIProblem(
                .forbidden, "\(user) may not \(verb) \(path)",
                expected: "a ClusterRole with nonResourceURLs [\"\(path)\"] and verbs [\"\(verb)\"], bound to \(user)")
        }
    }

    /// Whether it is right without anybody being asked: as the token of this program, or as one that was looked at a moment ago.
    func isKnown(_ caller: Caller, _ method: HTTPRequest.Method, _ path: String) -> Bool {
        guard let bearer = caller.bearer else { return false }
        if let token, token.matches(bearer.utf8) { return true }
        let verb = method == .get || method == .head ? "get" : method.rawValue.lowercased()
        guard reviews != nil, case .allowed = known.verdict(bearer, verb, Self.reviewed(path)) else { return false }
        return true
    }

    /// Whose a token is that somebody signs in with: one that allows something that the pages are for. A cluster gives every workload a
    /// token, and those allow nothing here.
    /// - Parameter first: where who signs in comes from: asked first, as it most likely answers.
    func maySignIn(_ token: String, first: String?) async throws(APIProblem) -> String {
        let deeds = Deed.Name.allCases.map(\.path.text)
        var questions = deeds.filter { $0 == first } + deeds.filter { $0 != first }
        if protectsReading { questions.insert("/", at: questions.isEmpty ? 0 : 1) }
        var denied: String?
        for path in questions {
            switch try await review(token, path == "/" ? "get" : "post", Self.reviewed(path)) {
            case .allowed(let user): return user
            case .unknown: throw APIProblem(.unauthorized, "this token is not known")
            case .denied(let user): denied = user
            }
        }
        throw APIProblem(
            .forbidden, "\(denied ?? "who has this token") may not \(protectsReading ? "look at or " : "")change anything here")
    }

    private func review(_ bearer: String, _ verb: String, _ path: String) async throws(APIProblem) -> TokenVerdict {
        // A token longer than these is nobody's.
        guard let reviews, (1...16_384).contains(bearer.utf8.count) else { return .unknown }
        guard gate.enter() else {
            throw APIProblem(.serviceUnavailable, "too many tokens are looked at; ask again in a moment", headers: [.retryAfter: "1"])
        }
        defer { gate.leave() }
        do throws(PortError) {
            return try await known.verdict(bearer, verb, path) { () async throws(PortError) in
                try await reviews.review(bearer, verb: verb, path: path)
            }
        } catch {
            throw APIProblem(
                .serviceUnavailable, "nobody can say now what the token allows: \(error)", headers: [.retryAfter: "5"])
        }
    }
}

/// What was said of tokens lately: the API server is not asked for each request.
private final class KnownVerdicts: Sendable {
    private struct Question: Hashable {
        let token: [UInt8]
        let verb: String
        let path: String

        /// Not the token itself: what is not kept cannot be read out.
        init(_ token: String, _ verb: String, _ path: String) {
            (self.token, self.verb, self.path) = (SHA256.digest(Array(token.utf8)), verb, path)
        }
    }
    private static let most = 200
    private let remembered: Duration
    private let answers = Mutex<[Question: (verdict: TokenVerdict, until: ContinuousClock.Instant)]>([:])

    init(_ remembered: Duration) { self.remembered = remembered }

    func verdict(
        _ token: String, _ verb: String, _ path: String, _ ask: () async throws(PortError) -> TokenVerdict
    ) async throws(PortError) -> TokenVerdict {
        if let known = self.verdict(token, verb, path) { return known }
        let verdict = try await ask()
        // Whoever was let in may stay a moment; whoever was not may have been given the right meanwhile.
        let until = ContinuousClock.now + (verdict.isAllowed ? remembered : .seconds(10))
        // Whoever makes tokens up pushes nobody out.
        if case .unknown = verdict { return verdict }
        answers.withLock { answers in
            answers = answers.filter { $0.value.until > .now }
            if answers.count >= Self.most { answers = [:] }
            answers[Question(token, verb, path)] = (verdict, until)
        }
        return verdict
    }

    /// What was said lately; nil for nothing that still counts.
    func verdict(_ token: String, _ verb: String, _ path: String) -> TokenVerdict? {
        guard let known = answers.withLock({ $0[Question(token, verb, path)] }), known.until > .now else { return nil }
        return known.verdict
    }
}

extension TokenVerdict {
    fileprivate var isAllowed: Bool { if case .allowed = self { true } else { false } }
}
