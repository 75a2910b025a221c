internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// Signing in with the API token, where one is configured: a cookie stands for it afterwards.
extension Dashboard {
    func showSignIn(_ visit: Visit, problem: String? = nil, next: String? = nil) throws(APIProblem) -> Response {
        guard sessions != nil else {
            throw APIProblem(
                .notFound, "there is nothing to sign in with: no API token is configured")
        }
        let next = next ?? visit.uri.queryParameters["next"].map(String.init) ?? ""
        let key = visit.formKey ?? Self.newKey()
        let seal = forms.mark(key, until: visit.now + Cookie.formLength)
        let content = tag("section", .class("card deed"), .labelledBy("sign-in-heading")) {
            tag("h1", .id("sign-in-heading")) { "Sign in" }
            if let problem { tag("div", .class("problem"), .role("alert")) { tag("p") { problem } } }
            tag("p") {
                "Looking is open to everybody who reaches this page. To change something, give the API token; this browser is remembered for \(Cookie.sessionLength.readable)."
            }
            tag("form", .fixed(.method, "post"), .action(WebPath("/sign-in"))) {
                tag("input", .type("hidden"), .name("seal"), .value(seal))
                tag("input", .type("hidden"), .name("next"), .value(next))
                tag("label", .forID("token")) { "API token" }
                tag(
                    "input", .id("token"), .name("token"), .type("password"), .flag(.required), .flag(.autofocus),
                    .fixed(.autocomplete, "current-password"), .number(.maxlength, 4096))
                tag("div", .class("buttons")) {
                    tag("button", .type("submit"), .class("button primary")) { "Sign in" }
                    tag("a", .class("button"), .href(.overview)) { "Only look" }
                }
            }
        }
        let cookie = Cookie.text(Cookie.form, key, lasts: Cookie.formLength, isSecure: visit.isSecure)
        return response(
            frame("Sign in", nil, content, visit, isLive: false), problem == nil ? .ok : .forbidden, [.setCookie: cookie])
    }

    func signIn(_ request: Request, _ visit: Visit) async throws(APIProblem) -> Response {
        guard let sessions else { return try showSignIn(visit) }
        let fields = try await form(request, visit, ["token", "next"])
        guard guesses.enter() else {
            throw APIProblem(.tooManyRequests, "others are signing in; try again in a moment", headers: [.retryAfter: "1"])
        }
        defer { guesses.leave() }
        guard let session = sessions.begin(with: fields["token"] ?? "", at: visit.now) else {
            api.log("Signing in was refused", visit.caller, [:])
            // Guessing takes time.
            try? await Task.sleep(for: .milliseconds(500))
            return try showSignIn(visit, problem: "This is not the API token.", next: fields["next"])
        }
        api.log("Signed in", visit.caller, [:])
        return redirect(
            to: WebPath(local: fields["next"] ?? "") ?? .overview,
            cookies: [Cookie.text(Cookie.session, session, lasts: Cookie.sessionLength, isSecure: visit.isSecure)])
    }

    /// Takes the cookie away. No seal is needed: a cross-site request does not get past the origin, and could only sign out.
    func signOut(_ request: Request, _ visit: Visit) async throws(APIProblem) -> Response {
        try visit.checkSameOrigin()
        return redirect(to: .overview, cookies: [Cookie.text(Cookie.session, "", lasts: .zero, isSecure: visit.isSecure)])
    }
}
