import AutomatonCore
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Simulator

/// What the responder needs to know of a connection: how to close it.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers HTTP requests as the Kubernetes API server does.
struct KubernetesResponder: HTTPResponder {
    let cluster: Cluster
    let access: Access
    let faults: APIFaultInjection
    let bound: BoundPort
    let timeScale: Double
    let features: ClusterFeatures
    let onRequest: SimulatedAPIServer.RequestObserver?

    /// How long a read waits for a version that is not there yet.
    private static let versionPatience = Duration.seconds(3)

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        onRequest?(request.method.rawValue, request.uri.description)
        let fault = faults.take(method: request.method.rawValue, path: request.uri.path)
        if let fault {
            if case .lostAnswer = fault { _ = try? await answer(request) }
            if let response = try await show(fault, context) { return response }
        }
        let response: Response
        do {
            response = try await answer(request)
        } catch let error as APIError {
            response = .status(error)
        }
        if case .late(let duration) = fault { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) } }
        return response
    }

    private func show(_ fault: APIFaultInjection.Fault, _ context: ConnectionContext) async throws -> Response? {
        switch fault {
        case .hang(let duration), .lostAnswer(let duration):
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
            context.channel.close(mode: .all, promise: nil)
            throw CancellationError()
        case .droppedConnection:
            context.channel.close(mode: .all, promise: nil)
            throw CancellationError()
        case .throttled:
            var response = Response.text(.tooManyRequests, "Too many requests, please try again later.\n")
            response.headers[.retryAfter] = "1"
            return response
        case .late, .brokenStream, .silentStream: return nil
        case .internalError:
            return .status(
                APIError(
                    code: 500, reason: "InternalError", message: "Internal error occurred: injected fault",
                    details: ["causes": [["message": "injected fault"]]]))
        case .conflict:
            return .status(
                APIError(
                    code: 409, reason: "Conflict",
                    message: "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest "
                        + "version and try again", details: .emptyObject))
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let path = request.uri.path
        let decoded = path.contains("%") ? path.removingPercentEncoding ?? path : path
        let query = Query.parse(request.uri.query ?? "")
        let method = request.method.rawValue
        let info = RequestInfo(method: method, path: decoded, isWatch: false)
        let user = try access.user(authorization: request.headers[.authorization])
        guard info.isResource, !info.resource.isEmpty || decoded.contains("//") else {
            try access.authorise(user, info)
            return try plain(request, path: decoded, query: query)
        }
        let body: [UInt8]
        do {
            let buffer = try await request.body.collect(upTo: APIRequest.maximumBodyBytes)
            body = Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError(
                code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is \(APIRequest.maximumBodyBytes)")
        }
        let apiRequest = APIRequest(
            method: method, path: decoded, query: query, contentType: request.headers[.contentType] ?? "",
            userAgent: request.headers[.userAgent] ?? "", body: body)
        try access.authorise(user, apiRequest.info)
        if request.headers[.upgrade] != nil { try access.authoriseConnect(user, apiRequest) }
        return try await resource(
            apiRequest, user: user, accept: request.headers[.accept] ?? "", isUpgrade: request.headers[.upgrade] != nil)
    }

    // MARK: What is not about objects

    private func plain(_ request: Request, path: String, query: [(name: String, value: String)]) throws -> Response {
        let check = path.split(separator: "/").map(String.init)
        if let name = check.first, ["healthz", "livez", "readyz"].contains(name) {
            guard check.count == 1 || check == [name, "ping"] else { return .text(.notFound, "404 page not found\n") }
            let isVerbose = query.contains { $0.name == "verbose" }
            return .text(.ok, isVerbose ? "[+]ping ok\n\(name) check passed\n" : "ok")
        }
        if features.metrics == .broken, check.starts(with: ["apis", ResourceType.podMetrics.group]), check.count > 2 {
            return Self.unavailable
        }
        let discovery = Discovery(serverAddress: "127.0.0.1:\(bound.current ?? 0)", features: features)
        guard let document = discovery.document(at: path) else { return .text(.notFound, "404 page not found\n") }
        guard request.method == .get else { throw APIError(code: 405, reason: "MethodNotAllowed", message: "405: Method Not Allowed") }
        if check == ["api"] || check == ["apis"] {
            for clause in Representation.clauses(request.headers[.accept] ?? "") {
                guard clause.media == "application/json" || clause.media == "*/*" else { continue }
                guard clause.parameters["as"] == "APIGroupDiscoveryList" else { return .json(.ok, document) }
                if clause.parameters["v"] == "v2" { return aggregated(discovery.aggregated(isCore: check == ["api"]), request) }
            }
            if request.headers[.accept] != nil { throw Self.notAcceptable }
        }
        return .json(.ok, document)
    }

    private static let notAcceptable = APIError(
        code: 406, reason: "NotAcceptable",
        message: "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf")

    private func aggregated(_ document: JSON, _ request: Request) -> Response {
        let bytes = document.bytes
        let hash = bytes.reduce(into: UInt64(14_695_981_039_346_656_037)) { $0 = ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let tag = "\"\(String(hash, radix: 16, uppercase: true))\""
        if request.headers[.ifNoneMatch] == tag {
            return Response(status: .notModified, headers: [.eTag: tag, .vary: "Accept"])
        }
        var response = Response.json(.ok, bytes: bytes)
        response.headers[.contentType] = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        response.headers[.eTag] = tag
        response.headers[.vary] = "Accept"
        return response
    }

    // MARK: Objects

    private func resource(_ request: APIRequest, user: Access.User, accept: String, isUpgrade: Bool) async throws -> Response {
        let info = request.info
        guard Catalog.serves(group: info.group, version: info.version, features) else { return .text(.notFound, "404 page not found\n") }
        if features.metrics == .broken, info.group == ResourceType.podMetrics.group { return Self.unavailable }
        if let review = try WriteHandler.review(request, user: user, access: access) { return .json(.created, review) }
        guard let served = Catalog.find(group: info.group, version: info.version, plural: info.resource),
            info.subresource.isEmpty || served.subresources.contains(info.subresource), info.tail.isEmpty || info.subresource == "proxy",
            served.type.isNamespaced || info.namespace.isEmpty || served.type == .namespaces
        else { throw APIError.unknownResource }
        if served.type == .podMetrics { return .json(.ok, try await metrics(request, served)) }
        if request.method == "HEAD" { return Response(status: .methodNotAllowed, headers: [.contentType: "application/json"]) }
        guard var form = Representation(accept: accept, includeObject: request.parameter("includeObject") ?? "Metadata") else {
            throw Representation.notAcceptable
        }
        form.view = served.view
        let handler = WriteHandler(request, resource: served, user: user, isUpgrade: isUpgrade)
        switch info.verb {
        case "get": return try await get(request, served, form, isUpgrade: isUpgrade)
        case "list": return try await list(request, served, form)
        case "watch": return try await WatchResponder(cluster: cluster, timeScale: timeScale).respond(request, served, form)
        case "deletecollection":
            let page = try await cluster.write { store, now in try handler.deleteCollection(in: &store, at: now) }
            return .json(.ok, bytes: form.bytes(of: page, type: served.type, at: TableClock(cluster.now)))
        case "create", "update", "patch", "delete":
            if info.subresource == "proxy" { throw Self.noProxy }
            let result = try await cluster.write { store, now in try handler.perform(in: &store, at: now) }
            let bytes = form.bytes(of: result.object, type: served.type, at: TableClock(cluster.now))
            var response = Response.json(HTTPResponse.Status(code: result.code), bytes: bytes)
            for warning in result.warnings {
                response.headers.append(HTTPField(name: .warning, value: "299 - \(JSON.string(warning).text)"))
            }
            return response
        default: throw APIError.methodNotAllowed
        }
    }

    /// How the aggregation layer answers for an API server that it cannot reach.
    private static let unavailable = Response.text(.serviceUnavailable, "service unavailable\n")

    private func metrics(_ request: APIRequest, _ served: ServedResource) async throws -> JSON {
        let metrics = PodMetrics(interval: features.metricsInterval, now: cluster.now)
        let info = request.info
        switch info.verb {
        case "get": return try await cluster.read { store in try metrics.get(info.name, namespace: info.namespace, in: store) }
        case "list":
            let options = try ListOptions(request, for: served, isWatch: false)
            return await cluster.read { store in
                metrics.list(namespace: info.namespace.isEmpty ? nil : info.namespace, options, in: store)
            }
        default: throw APIError.methodNotAllowed
        }
    }

    private static let noProxy = APIError(code: 400, reason: "BadRequest", message: "address not allowed")

    private func get(_ request: APIRequest, _ served: ServedResource, _ form: Representation, isUpgrade: Bool) async throws -> Response {
        let info = request.info
        let namespace = served.type.isNamespaced ? info.namespace : ""
        switch info.subresource {
        case "", "status", "scale": break
        case "proxy": return .json(.ok, try await proxied(request, served))
        case "binding", "eviction": throw APIError.methodNotAllowed
        case "log":
            let (now, hasKubelet) = (cluster.now, features.kubelets)
            let log = try await cluster.read { store in try WriteHandler.podLog(request, hasKubelet: hasKubelet, in: store, at: now) }
            return log.map { .log($0) } ?? Response(status: .noContent)
        default:
            let now = cluster.now
            throw await cluster.read { store in WriteHandler.podSubresource(request, isUpgrade: isUpgrade, in: store, at: now) }
        }
        if let version = request.parameter("resourceVersion"), !version.isEmpty {
            try await wait(for: ListOptions(request, for: served, isWatch: false).match)
        }
        guard let object = await cluster.read({ $0.get(served.type, namespace: namespace, name: info.name) }) else {
            throw APIError.notFound(served.type, info.name)
        }
        if info.subresource == "scale" { return .json(.ok, WriteHandler.scale(of: object)) }
        return .json(.ok, bytes: form.bytes(of: object, at: TableClock(cluster.now)))
    }

    /// What a kubelet answers through the API server.
    private func proxied(_ request: APIRequest, _ served: ServedResource) async throws -> JSON {
        guard features.kubelets, served.type == .nodes else { throw Self.noProxy }
        let now = cluster.now
        let name = request.info.name
        guard request.info.tail == ["stats", "summary"] else { throw APIError.unknownResource }
        return try await cluster.read { store in try StatsSummary.of(node: name, in: store, at: now) }
    }

    private func list(_ request: APIRequest, _ served: ServedResource, _ form: Representation) async throws -> Response {
        let options = try ListOptions(request, for: served, isWatch: false)
        try await wait(for: options.match)
        let namespace = served.type.isNamespaced && !request.info.namespace.isEmpty ? request.info.namespace : nil
        let page = try await cluster.read { try $0.page(served.type, namespace: namespace, options: options) }
        return .json(.ok, bytes: form.bytes(of: page, type: served.type, at: TableClock(cluster.now)))
    }

    /// Waits a moment for a version of the future.
    private func wait(for match: ListOptions.Match) async throws {
        let start = ContinuousClock.now
        while let version = await cluster.read({ $0.missingVersion(for: match) }) {
            guard ContinuousClock.now - start < Self.versionPatience / timeScale else {
                let current = await cluster.read { $0.resourceVersion }
                throw APIError(
                    code: 504, reason: "Timeout", message: "Timeout: Too large resource version: \(version), current: \(current)",
                    details: [
                        "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]], "retryAfterSeconds": 1,
                    ], retryAfter: 1)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
