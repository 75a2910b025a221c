internal import AutomatonCore
internal import Synchronization

/// Signing in: what a browser gets for a token, so that it does not keep the token itself.
struct Sessions: Sendable {
    /// What a cookie stands for.
    enum Standing: Hashable {
        /// Who has it knew the API token.
        case knewToken
        /// This token of Kubernetes, which is reviewed at each use.
        case bears(String)
    }

    private let token: APIToken?
    private let seal: Seal
    private let bearers = BearerSessions()

    /// The key comes from the token: a new token ends all its sessions, another replica knows them, and they do not tell the token.
    init(_ token: APIToken?) {
        self.token = token
        seal =
            token.map { Seal(key: SHA256.authentication(of: Array("sessions of the dashboard".utf8), key: Array($0.text.utf8))) } ?? Seal()
    }

    /// What the cookie holds; nil when it is not the API token.
    func begin(with candidate: String, at now: Instant) -> String? {
        guard let token, token.matches(candidate.utf8) else { return nil }
        return seal.mark("session", until: now + Cookie.sessionLength)
    }

    /// What the cookie holds for a token that the API server knows. This process alone knows what it stands for.
    func begin(bearing token: String, of user: String, at now: Instant) -> String {
        bearers.begin(token, of: user, until: now + Cookie.sessionLength)
    }

    /// Nil for a cookie that stands for nothing (any more).
    func standing(_ value: String, at now: Instant) -> Standing? {
        if let token = bearers.token(of: value, at: now) { return .bears(token) }
        return token != nil && seal.accepts(value, "session", at: now) ? .knewToken : nil
    }

    /// Forgets the token that a cookie stands for.
    func end(_ value: String) { bearers.end(value) }
}

/// Tokens of Kubernetes, in memory alone, by a word that only the browser has.
private final class BearerSessions: Sendable {
    private struct Session {
        var token: [UInt8]
        var user: String
        var until: Instant
    }

    /// Sessions at once; beyond, the one that would end first goes.
    private static let most = 200
    /// Of one user: beyond, that user's oldest goes, so that nobody pushes others out.
    private static let mostOfOne = 5
    /// By a digest: what takes longer to look up says nothing about the word itself.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    func begin(_ token: String, of user: String, until end: Instant) -> String {
        let word = SHA256.hex((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        sessions.withLock { sessions in
            let own = sessions.filter { $0.value.user == user }
            let going = own.count >= Self.mostOfOne ? own : sessions.count >= Self.most ? sessions : [:]
            if let first = going.min(by: { $0.value.until < $1.value.until }) { sessions[first.key] = nil }
            sessions[Self.name(word)] = Session(token: Array(token.utf8), user: user, until: end)
        }
        return word
    }

    func token(of word: String, at now: Instant) -> String? {
        sessions.withLock { sessions in
            let name = Self.name(word)
            guard let session = sessions[name] else { return nil }
            guard session.until > now else {
                sessions[name] = nil
                return nil
            }
            return String(decoding: session.token, as: UTF8.self)
        }
    }

    func end(_ word: String) { sessions.withLock { $0[Self.name(word)] = nil } }

    private static func name(_ word: String) -> [UInt8] { SHA256.digest(Array(word.utf8)) }
}
