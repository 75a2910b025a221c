internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// Signing in with the API token or one of Kubernetes, as far as they are taken: a cookie stands for it afterwards.
extension Dashboard {
    /// What one can sign in with, in words; nil where there is nothing.
    var signInTokens: String? {
        switch (api.rights.token != nil, api.rights.reviews != nil) {
        case (true, true): "the API token, or a token of Kubernetes (kubectl create token NAME)"
        case (true, false): "the API token"
        case (false, true): "a token of Kubernetes (kubectl create token NAME)"
        case (false, false): nil
        }
    }

    func showSignIn(_ visit: Visit, problem: String? = nil, next: String? = nil) throws(APIProblem) -> Response {
        guard let tokens = signInTokens else {
            throw APIProblem(.notFound, "there is nothing to sign in with: no API token is configured, and Kubernetes is not asked")
        }
        let isClosed = api.rights.protectsReading
        let next = next ?? visit.uri.queryParameters["next"].map(String.init) ?? ""
        let key = visit.formKey ?? Self.newKey()
        let seal = forms.mark(key, until: visit.now + Cookie.formLength)
        let content = tag("section", .class("card deed"), .labelledBy("sign-in-heading")) {
            tag("h1", .id("sign-in-heading")) { "Sign in" }
            if let problem { tag("div", .class("problem"), .role("alert")) { tag("p") { problem } } }
            tag("p") {
                isClosed
                    ? "To look, and to change something, give "
                    : "Looking is open to everybody who reaches this page. To change something, give "
                "\(tokens); this browser is remembered for \(Cookie.sessionLength.readable)."
            }
            tag("form", .fixed(.method, "post"), .action(WebPath("/sign-in"))) {
                tag("input", .type("hidden"), .name("seal"), .value(seal))
                tag("input", .type("hidden"), .name("next"), .value(next))
                tag("label", .forID("token")) { api.rights.reviews == nil ? "API token" : "Token" }
                tag(
                    "input", .id("token"), .name("token"), .type("password"), .flag(.required), .flag(.autofocus),
                    .fixed(.autocomplete, "current-password"), .number(.maxlength, 8192))
                tag("div", .class("buttons")) {
                    tag("button", .type("submit"), .class("button primary")) { "Sign in" }
                    if !isClosed { tag("a", .class("button"), .href(.overview)) { "Only look" } }
                }
            }
        }
        let cookie = Cookie.text(Cookie.form, key, lasts: Cookie.formLength, isSecure: visit.isSecure)
        return response(
            frame("Sign in", nil, content, visit, isLive: false), problem == nil ? .ok : .forbidden, [.setCookie: cookie])
    }

    func signIn(_ request: Request, _ visit: Visit) async throws(APIProblem) -> Response {
        guard let sessions else { return try showSignIn(visit) }
        try checkForm(request, visit)
        let fields = try fields(of: try await arrived(request), visit, ["token", "next"])
        let token = fields["token"] ?? ""
        let session: String
        if let own = sessions.begin(with: token, at: visit.now) {
            session = own
            api.log("Signed in", visit.caller, ["with": "the API token"])
        } else {
            let user: String
            do throws(APIProblem) {
                user = try await api.judging(visit.caller) { () async throws(APIProblem) in
                    try await api.rights.maySignIn(token, first: Self.path(of: fields["next"]))
                }
            } catch {
                switch error.status {
                case .serviceUnavailable:
                    return try showSignIn(
                        visit, problem: "Nobody can say now whose token this is. Try again in a moment.", next: fields["next"])
                case .unauthorized, .forbidden:
                    api.log("Signing in was refused", visit.caller, [:])
                    // Guessing takes time; no place is held meanwhile.
                    try? await Task.sleep(for: .milliseconds(500))
                    let problem = error.status == .unauthorized ? refusal : "\(error.report.detail)."
                    return try showSignIn(visit, problem: problem, next: fields["next"])
                default: throw error
                }
            }
            session = sessions.begin(bearing: token, of: user, at: visit.now)
            api.log("Signed in", visit.caller, ["with": "a token of Kubernetes", "user": "\(user)"])
        }
        return redirect(
            to: WebPath(local: fields["next"] ?? "") ?? .overview,
            cookies: [Cookie.text(Cookie.session, session, lasts: Cookie.sessionLength, isSecure: visit.isSecure)])
    }

    /// The path that somebody comes from, without its fields.
    private static func path(of next: String?) -> String? { next?.split(separator: "?").first.map { String($0) } }

    private var refusal: String {
        switch (api.rights.token != nil, api.rights.reviews != nil) {
        case (_, false): "This is not the API token."
        case (true, true): "This is neither the API token nor one that Kubernetes knows."
        case (false, true): "Kubernetes knows no such token."
        }
    }

    /// Takes the cookie away, and forgets what it stood for. No seal is needed: a cross-site request does not get past the origin, and could only sign out.
    func signOut(_ visit: Visit) throws(APIProblem) -> Response {
        try visit.checkSameOrigin()
        if let cookie = visit.sessionCookie { sessions?.end(cookie) }
        return redirect(to: .overview, cookies: [Cookie.text(Cookie.session, "", lasts: .zero, isSecure: visit.isSecure)])
    }
}
