internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Who asks, as far as a request tells: what keeps strangers, and pages in a person's browser, from changing anything.
struct Caller {
    private let peer: SocketAddress?
    private let headers: HTTPFields
    private let authority: String?
    /// What a browser's cookie stands for, where it was looked at; nil for none.
    private(set) var session: Sessions.Standing?

    init(_ request: Request, from peer: SocketAddress?) {
        self.init(headers: request.headers, authority: request.head.authority, from: peer)
    }

    init(headers: HTTPFields, authority: String?, from peer: SocketAddress?) {
        self.peer = peer
        self.headers = headers
        self.authority = authority
    }

    /// The same with what its cookie stands for: a page of ours asks.
    func signedIn(_ sessions: Sessions?, at now: Instant) -> Caller {
        var caller = self
        caller.session = Cookie.read(Cookie.session, from: headers[values: .cookie]).flatMap { sessions?.standing($0, at: now) }
        return caller
    }

    /// The address, for the log.
    var address: String { peer?.ipAddress ?? "unknown" }

    /// A page of another origin has no business here: it would use the way that a port-forward of its reader opens.
    func checkOrigin() throws(APIProblem) {
        let origins = headers[values: .origin]
        guard !origins.isEmpty else { return }
        let own = authority.map { ["http://\($0.lowercased())", "https://\($0.lowercased())"] } ?? []
        guard origins.allSatisfy({ own.contains($0.lowercased()) }) else {
            throw APIProblem(.forbidden, "a page of another origin may not ask this: its Origin is not this host")
        }
    }

    /// The token that it bears; nil for none.
    var bearer: String? {
        let scheme = "bearer "
        if let text = headers[.authorization], text.count > scheme.count, text.prefix(scheme.count).lowercased() == scheme {
            return String(text.dropFirst(scheme.count))
        }
        if case .bears(let token) = session { return token }
        return nil
    }

    /// A DNS name that was made to point here is no local name, and what a proxy passes on comes from somewhere else.
    func checkIsLocal() throws(APIProblem) {
        let right = "kubectl exec or kubectl port-forward; or set API_TOKEN (or --api-token-file) and send Authorization: Bearer TOKEN"
        let none = "no API token is configured, so what changes something is taken from this machine only"
        // Not all of 127.0.0.0/8: what a service mesh's sidecar passes on comes from 127.0.0.6.
        guard let address = peer?.ipAddress, ["127.0.0.1", "::1", "::ffff:127.0.0.1"].contains(address) else {
            throw APIProblem(.forbidden, none, expected: right)
        }
        guard !headers.contains(where: { Self.isForwarding($0.name.canonicalName) }) else {
            throw APIProblem(.forbidden, "\(none); this request came through a proxy", expected: right)
        }
        guard let authority, Self.isLocal(authority.lowercased()) else {
            throw APIProblem(.forbidden, "\(none), under a name of it: localhost, 127.0.0.1 or [::1]", expected: right)
        }
    }

    private static func isForwarding(_ name: String) -> Bool {
        name == "forwarded" || name == "via" || name.hasPrefix("x-forwarded-") || name.hasPrefix("x-envoy-") || name == "x-real-ip"
    }

    private static func isLocal(_ authority: String) -> Bool {
        let names = ["localhost", "127.0.0.1", "[::1]"]
        return names.contains { name in
            guard authority.hasPrefix(name) else { return false }
            let rest = authority.dropFirst(name.count)
            return rest.isEmpty || (rest.first == ":" && rest.dropFirst().allSatisfy { $0.isASCII && $0.isNumber })
        }
    }

    /// A form of a page cannot send this without asking first.
    func checkIsJSON() throws(APIProblem) {
        let type = headers[.contentType]?.lowercased().prefix { $0 != ";" && $0 != " " }
        guard type == "application/json" else {
            throw APIProblem(.unsupportedMediaType, "the body's type is not application/json", expected: "Content-Type: application/json")
        }
    }
}
