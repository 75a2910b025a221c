internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What each path answers.
struct Endpoints: Sendable {
    let registry: PrometheusRegistry
    let health: @Sendable () -> HealthReport
    let readiness: @Sendable () -> ReadinessReport
    /// Nil where only metrics and health are served.
    let api: HealingAPI?
    /// Nil for a list of the paths in its place.
    var dashboard: Dashboard?

    static let index = """
        Self-Healing Automaton

        /metrics  figures for Prometheus
        /healthz  alive or not
        /readyz   ready or not, and what is missing
        /api/autoheal/explain    the open incidents, and why each is as it is (?subject=KIND/NAME&rule=NAME&healthy=true)
        /api/autoheal/decisions  what was decided, and why (?since=1h&rule=NAME&subject=KIND/NAME)
        /api/autoheal/incidents  what was wrong, what was tried, and how it ended (?since=12h&status=healed&severity=critical)
        /api/autoheal/alerts     for Alertmanager's webhook (POST)
        /openapi.json            all of the API, as an OpenAPI document
        /api/autoheal/events     changes as they happen (server-sent events)
        /api/autoheal/status     whether all is well, in a few figures

        """

    func router() -> Router<PeerContext> {
        let router = Router(context: PeerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: PlainErrors(paths: ["/", "/metrics", "/healthz", "/readyz"]))
        if let api { router.add(middleware: APIMiddleware(api: api)) }
        if let dashboard { router.add(middleware: DashboardMiddleware(dashboard: dashboard)) }
        router.get("/") { _, _ in Response(.ok, "text/plain; charset=utf-8", Array(Self.index.utf8)) }
        if api != nil {
            router.get("/openapi.json") { _, _ in Response(.ok, "application/json", Array(OpenAPIDocument.text.utf8)) }
        }
        router.get("/metrics") { [registry] request, _ in
            let format = ExpositionFormat(accept: request.headers[.accept])
            var response = Response(.ok, format.contentType, registry.text(format))
            response.headers[.vary] = "Accept"
            return response
        }
        router.get("/healthz") { [health] _, _ in
            let problems = health().problems
            return Response(problems.isEmpty, "healthy", "problems", problems)
        }
        router.get("/readyz") { [readiness] _, _ in
            let missing = readiness().missing
            return Response(missing.isEmpty, "ready", "missing", missing)
        }
        return router
    }
}

/// Hands what is asked under `/api` to the API, which answers everything there itself, errors too.
private struct APIMiddleware: RouterMiddleware {
    let api: HealingAPI

    @concurrent func handle(
        _ request: Request, context: PeerContext, next: @concurrent (Request, PeerContext) async throws -> Response
    ) async throws -> Response {
        if let response = await api.respond(to: request, from: context.peer) { return response }
        return try await next(request, context)
    }
}

/// Answers errors with a line of text, and a known path with another method with 405 (RFC 9110, section 15.5.6).
private struct PlainErrors: RouterMiddleware {
    let paths: Set<String>

    @concurrent func handle(
        _ request: Request, context: PeerContext, next: @concurrent (Request, PeerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            let isOtherMethod = error.status == .notFound && paths.contains(request.uri.path)
            let status = isOtherMethod ? HTTPResponse.Status.methodNotAllowed : error.status
            var response = Response(status, "text/plain; charset=utf-8", Array("\(status.code) \(status.reasonPhrase)\n".utf8))
            if isOtherMethod { response.headers[.allow] = "GET, HEAD" }
            return response
        }
    }
}

extension Response {
    fileprivate init(_ status: HTTPResponse.Status, _ contentType: String, _ body: [UInt8]) {
        // Probes and scrapes are of the moment.
        var headers = HTTPFields.guarded
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// `{"ready":false,"missing":[…]}`, 200 or 503.
    fileprivate init(_ isGood: Bool, _ word: String, _ listName: String, _ list: [String]) {
        var body = Array("{\"\(word)\":\(isGood),\"\(listName)\":".utf8)
        body.appendJSON(list)
        body.append(contentsOf: "}\n".utf8)
        self.init(isGood ? .ok : .serviceUnavailable, "application/json", body)
    }
}
