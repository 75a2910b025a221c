internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// The pages at `/`: what a person sees of a running automaton, and the buttons. Made here as a whole; the script only fetches them anew.
public struct Dashboard: Sendable {
    let api: HealingAPI
    let settings: @Sendable () async -> SettingsInForce
    let figures: FigureHistory
    let version: String
    /// Ties forms to the browsers that they were shown to.
    let forms = Seal()
    /// Nil where there is nothing to sign in with.
    var sessions: Sessions? { api.sessions }
    /// Pages are cheap, and many may be left open.
    private let gate = RequestGate(most: 16)

    /// Makes the pages of an automaton.
    /// - Parameters:
    ///   - api: what it is asked through; its token is what signing in takes.
    ///   - version: of the program.
    ///   - figures: what a ``FigureSampler`` fills, for the charts.
    ///   - settings: the thresholds in force; asked at each look at their page.
    public init(
        api: HealingAPI, version: String, figures: FigureHistory, settings: @escaping @Sendable () async -> SettingsInForce
    ) {
        self.api = api
        self.version = version
        self.figures = figures
        self.settings = settings
    }

    /// What a path stands for.
    enum Resource: Hashable {
        case asset(String)
        case overview, incidents, incident(String), rules, settings
        case deed(Deed.Name)
        case signIn, signOut
        case nothing

        /// Nil for a path that is none of ours.
        init?(path: String) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
            switch (parts.first, parts.count) {
            case ("", 1): self = .overview
            case ("favicon.ico", 1): self = .asset(path)
            case ("assets", _): self = .asset(path)
            case ("incidents", 1): self = .incidents
            case ("incidents", 2) where !parts[1].isEmpty: self = .incident(parts[1])
            case ("rules", 1): self = .rules
            case ("settings", 1): self = .settings
            case ("sign-in", 1): self = .signIn
            case ("sign-out", 1): self = .signOut
            case ("actions", 2): self = Deed.Name(rawValue: parts[1]).map { .deed($0) } ?? .nothing
            case ("incidents", _), ("rules", _), ("settings", _), ("actions", _): self = .nothing
            default: return nil
            }
        }

        /// Whether it shows how the automaton is.
        var isShown: Bool {
            switch self {
            case .overview, .incidents, .incident, .rules, .settings: true
            case .asset, .deed, .signIn, .signOut, .nothing: false
            }
        }

        var methods: [HTTPRequest.Method] {
            switch self {
            case .signOut: [.post]
            case .deed, .signIn: [.get, .head, .post]
            default: [.get, .head]
            }
        }
    }

    /// Answers a request; nil when its path is none of the pages.
    func respond(to request: Request, from peer: SocketAddress?) async -> Response? {
        guard let resource = Resource(path: request.uri.path) else { return nil }
        let visit = Visit(request, from: peer, at: api.now(), sessions: sessions)
        var response: Response
        do throws(APIProblem) {
            guard resource.methods.contains(request.method) else {
                let allowed = resource.methods.map(\.rawValue).joined(separator: ", ")
                throw APIProblem(
                    .methodNotAllowed, "this page does not take \(request.method.rawValue)", expected: allowed, headers: [.allow: allowed])
            }
            try api.countRequest(of: visit.caller)
            response = try await answer(resource, request, visit)
        } catch {
            response = self.response(problemPage(error, visit), error.status, error.headers)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ resource: Resource, _ request: Request, _ visit: Visit) async throws(APIProblem) -> Response {
        // What takes the time of others, a form that arrives or the API server, comes before the few places are taken.
        if resource.isShown, let response = try await mustSignIn(visit, .get) { return response }
        var form: [UInt8] = []
        switch resource {
        case .signIn where request.method == .post: return try await signIn(request, visit)
        case .signOut: return try signOut(visit)
        case .deed:
            if request.method == .post { try checkForm(request, visit) }
            if let response = try await mustSignIn(visit, .post) { return response }
            if request.method == .post { form = try await arrived(request) }
        default: break
        }
        guard gate.enter() else { throw .tooMuch }
        defer { gate.leave() }
        switch resource {
        case .asset(let path):
            guard let asset = Asset.named(path) else { throw APIProblem(.notFound, "there is no such file") }
            return asset.response
        case .overview:
            let page = OverviewPage(await overview())
            return response(frame(page.title, .overview, page.content, visit))
        case .incidents: return try await incidents(visit)
        case .incident(let id): return try await incident(id, visit)
        case .rules: return try await rules(visit)
        case .settings:
            let page = SettingsPage(
                await settings(), await api.engine.glance(limit: 0), fixes: try? await api.fixReports(), tokens: signInTokens,
                isSignedIn: visit.isSignedIn)
            return response(frame("Settings", .settings, page.content, visit))
        case .deed(let name) where request.method == .post: return try await carryOut(name, form, visit)
        case .deed(let name): return try await show(name, visit)
        case .signIn, .signOut: return try showSignIn(visit)
        case .nothing: throw APIProblem(.notFound, "there is no such page")
        }
    }

    // MARK: What pages have in common

    func frame(_ title: String, _ section: Page.Section?, _ content: HTML, _ visit: Visit, isLive: Bool = true) -> Page {
        Page(
            title: title, section: section, isLive: isLive, told: visit.done.map { HTML(text: $0.done) }, isSignedIn: visit.isSignedIn,
            now: visit.now, version: version, content: content)
    }

    private func problemPage(_ problem: APIProblem, _ visit: Visit) -> Page {
        let report = problem.report
        return frame(
            report.title, nil,
            tag("section", .class("card deed"), .labelledBy("problem-heading")) {
                tag("h1", .id("problem-heading")) { "\(report.status) \(report.title)" }
                tag("p") { report.detail }
                if let expected = report.expected { tag("p", .class("quiet")) { "What would be right: \(expected)" } }
                tag("p", .class("buttons")) { tag("a", .class("button"), .href(.overview)) { "To the overview" } }
            }, visit, isLive: false)
    }

    func response(_ page: Page, _ status: HTTPResponse.Status = .ok, _ more: HTTPFields = [:]) -> Response {
        var headers = Self.headers
        headers[.contentType] = "text/html; charset=utf-8"
        for field in more where field.name != .contentType { headers.append(field) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page.html.markup)))
    }

    /// After something was done: another page, so that a reload does not do it again.
    func redirect(to path: WebPath, cookies: [String] = []) -> Response {
        var headers = Self.headers
        headers[.location] = path.text
        for cookie in cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: .seeOther, headers: headers)
    }

    /// Nothing from elsewhere is loaded, run, framed or sent to. The referrer stays on this host: without it, a form of ours would come
    /// without an origin.
    private static let headers: HTTPFields = {
        var headers: HTTPFields = [
            .contentSecurityPolicy:
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; "
                + "frame-ancestors 'none'; base-uri 'none'",
            .xContentTypeOptions: "nosniff", .cacheControl: "no-store",
        ]
        for (name, value) in [("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }()
}

/// Hands what the pages are made of to the dashboard, which answers everything there itself, errors too.
struct DashboardMiddleware: RouterMiddleware {
    let dashboard: Dashboard

    @concurrent func handle(
        _ request: Request, context: PeerContext, next: @concurrent (Request, PeerContext) async throws -> Response
    ) async throws -> Response {
        if let response = await dashboard.respond(to: request, from: context.peer) { return response }
        return try await next(request, context)
    }
}
