internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// A look at a page: who asks, when, and with which cookies.
struct Visit {
    let caller: Caller
    let now: Instant
    let uri: URI
    /// Whether a token stands behind who asks, by a cookie; what it allows is another question.
    var isSignedIn: Bool { caller.session != nil }
    /// What the browser has of a session, good or not.
    let sessionCookie: String?
    /// What ties forms to this browser; nil when it has none yet.
    let formKey: String?
    /// What was done just now.
    let done: Deed.Name?
    private let headers: HTTPFields

    init(_ request: Request, from peer: SocketAddress?, at now: Instant, sessions: Sessions?) {
        caller = Caller(request, from: peer).signedIn(sessions, at: now)
        self.now = now
        uri = request.uri
        headers = request.headers
        let cookies = request.headers[values: .cookie]
        sessionCookie = Cookie.read(Cookie.session, from: cookies)
        formKey = Cookie.read(Cookie.form, from: cookies).flatMap { key in
            key.utf8.count == 32 && key.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } ? key : nil
        }
        done = request.method == .get ? uri.queryParameters["done"].flatMap { Deed.Name(rawValue: String($0)) } : nil
    }

    /// Whether the connection that the browser sees is encrypted, as far as it says.
    var isSecure: Bool { headers[.origin]?.lowercased().hasPrefix("https://") ?? false }

    /// The form was sent by a page of this host. A browser says so where it can; what ties the form to it is checked besides.
    func checkSameOrigin() throws(APIProblem) {
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ headers[$0] }), site != "same-origin" {
            throw APIProblem(.forbidden, "a page of another origin may not send this form", expected: "the form of this host itself")
        }
        try caller.checkOrigin()
    }

    /// Requests that change something come from somebody who signed in, bears the token or, where none is configured, from this machine.
    func checkRight(_ api: HealingAPI, _ method: HTTPRequest.Method) async throws(APIProblem) {
        try await api.checkRight(caller, method, uri.path)
    }
}
