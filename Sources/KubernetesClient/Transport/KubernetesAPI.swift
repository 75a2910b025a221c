import AutomatonCore
public import CurlHTTP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The Kubernetes API of one cluster.
///
/// Requests that change nothing are tried again under the retry policy. A change is sent at most once unless it is sure that the server
/// did not carry it out (no connection, or 429); a change without an answer is `KubernetesError.Kind.outcomeUnknown`. A 401 has the
/// credential read anew, once.
public struct KubernetesAPI: Sendable {
    /// Told of each request: its method, and the status of the answer or nil when there was none.
    public typealias Observer = @Sendable (_ method: String, _ code: Int?) -> Void

    /// The way to the cluster.
    public let configuration: ClusterConfiguration
    /// Who we say we are: `self-healing-automaton/1.0`.
    public let userAgent: String
    /// How often reads are tried.
    public let retry: RetryPolicy
    /// How long one try may take.
    public let requestTimeout: Duration
    /// An answer larger than this is an error.
    public let maximumResponseBytes: Int
    private let http: HTTPClient
    let observe: Observer

    /// Makes a client. The HTTP client stays the caller's, who shuts it down.
    public init(
        _ configuration: ClusterConfiguration, http: HTTPClient, userAgent: String = "self-healing-automaton",
        retry: RetryPolicy = RetryPolicy(),
        requestTimeout: Duration = .seconds(30), maximumResponseBytes: Int = 64 << 20, observe: @escaping Observer = { _, _ in }
    ) {
        self.configuration = configuration
        self.http = http
        self.userAgent = userAgent
        self.retry = retry
        self.requestTimeout = requestTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.observe = observe
    }

    /// The same client with other bounds, over the same connections: for requests that must not take as long as others may.
    public func bounded(requestTimeout: Duration, retry: RetryPolicy, maximumResponseBytes: Int? = nil) -> KubernetesAPI {
        KubernetesAPI(
            configuration, http: http, userAgent: userAgent, retry: retry, requestTimeout: requestTimeout,
            maximumResponseBytes: maximumResponseBytes ?? self.maximumResponseBytes, observe: observe)
    }

    /// Reads an object or a collection.
    /// - Returns: The JSON of the answer.
    /// - Throws: `KubernetesError` or `CancellationError`, as all the following.
    public func get(_ path: APIPath, query: APIQuery = APIQuery()) async throws -> [UInt8] {
        try await exchange("GET", path, query)
    }

    /// Reads an object into a type. For small or rare objects.
    public func get<Value: Decodable>(_ path: APIPath, query: APIQuery = APIQuery(), as type: Value.Type) async throws -> Value {
        let bytes = try await get(path, query: query)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw KubernetesError(
                .decoding, request: "GET \(path)", status: 200, message: "the answer is not the \(type) expected: \(Self.place(of: error))")
        }
    }

    /// Reads one page of a collection.
    /// - Parameters:
    ///   - limit: At most this many objects.
    ///   - token: The `continue` of the page before.
    public func listPage(_ path: APIPath, query: APIQuery = APIQuery(), limit: Int = 500, continue token: String? = nil) async throws
        -> [UInt8]
    {
        var query = query
        query["limit"] = String(limit)
        query["continue"] = token
        return try await exchange("GET", path, query)
    }

    /// Creates an object in a collection, or calls a subresource such as `eviction`.
    public func post(_ path: APIPath, query: APIQuery = APIQuery(), body: [UInt8]) async throws -> [UInt8] {
        try await exchange("POST", path, query, body: body)
    }

    /// Replaces an object; its `metadata.resourceVersion`, where given, must be the current one (409 otherwise).
    public func put(_ path: APIPath, query: APIQuery = APIQuery(), body: [UInt8]) async throws -> [UInt8] {
        try await exchange("PUT", path, query, body: body)
    }

    /// How the body of a patch is to be read.
    public enum PatchType: String, Sendable {
        /// Lists merge by their key, as containers do by name. Built-in resources only.
        case strategicMerge = "application/strategic-merge-patch+json"
        /// RFC 7386: lists are replaced whole.
        case merge = "application/merge-patch+json"
        /// RFC 6902: a list of operations. A failed `test` is 422.
        case json = "application/json-patch+json"
        /// Server-side apply.
        case apply = "application/apply-patch+yaml"
    }

    /// Changes an object. For a precondition, put `metadata.resourceVersion` into the patch (409 when it is not the current one).
    /// - Parameter fieldManager: Who the changed fields will belong to.
    public func patch(
        _ path: APIPath, _ type: PatchType, body: [UInt8], fieldManager: String? = nil, query: APIQuery = APIQuery()
    ) async throws -> [UInt8] {
        var query = query
        if let fieldManager { query["fieldManager"] = fieldManager }
        return try await exchange("PATCH", path, query, body: body, contentType: type.rawValue)
    }

    /// Deletes an object.
    /// - Parameter body: DeleteOptions, with preconditions.
    public func delete(_ path: APIPath, query: APIQuery = APIQuery(), body: [UInt8]? = nil) async throws -> [UInt8] {
        try await exchange("DELETE", path, query, body: body)
    }

    /// Sends a GET whose answer goes to a sink as it arrives. One try, but for a 401.
    /// - Parameters:
    ///   - timeouts: Of the stream; `total` is usually nil.
    ///   - makeSink: Called for each try.
    public func stream(
        _ path: APIPath, query: APIQuery, timeouts: HTTPTimeouts, gate: HTTPGate? = nil, into makeSink: () -> sending some HTTPBodySink
    ) async throws {
        let line = "GET \(path)"
        var isSecondTry = false
        while true {
            let credential = try await credential(for: line)
            var request = request("GET", path, query, credential, body: nil, contentType: "")
            request.timeouts = timeouts
            request.maximumResponseBytes = 4 << 20
            let response: HTTPResponse
            do {
                response = try await http.stream(request, into: makeSink(), gate: gate)
            } catch let error as HTTPError {
                observe("GET", nil)
                throw KubernetesError(error, request: line, isChange: false)
            }
            observe("GET", response.status)
            if response.head.isSuccess { return }
            guard response.status == 401, !isSecondTry else { throw KubernetesError(response, request: line, isChange: false) }
            isSecondTry = true
            await configuration.credentials.reject(credential)
        }
    }

    private func exchange(
        _ method: String, _ path: APIPath, _ query: APIQuery, body: [UInt8]? = nil, contentType: String = "application/json"
    ) async throws -> [UInt8] {
        let line = "\(method) \(path)"
        let isChange = method != "GET"
        let start = ContinuousClock.now
        var attempt = 1
        var hasRefreshed = false
        while true {
            let credential = try await credential(for: line)
            let failure: KubernetesError
            var mayHelp = true
            do {
                let response = try await http.send(request(method, path, query, credential, body: body, contentType: contentType))
                observe(method, response.status)
                if response.head.isSuccess { return response.body }
                if response.status == 401, !hasRefreshed {
                    hasRefreshed = true
                    await configuration.credentials.reject(credential)
                    continue
                }
                failure = KubernetesError(response, request: line, isChange: isChange)
                if isChange, case .serverError = failure.kind { mayHelp = false }
            } catch let error as HTTPError {
                observe(method, nil)
                failure = KubernetesError(error, request: line, isChange: isChange)
                mayHelp = ![.tls, .shutDown].contains(error.kind)
            }
            guard failure.isTransient, mayHelp, attempt < retry.attempts else { throw failure }
            let delay = max(retry.backoff.delay(before: attempt, jitter: .random(in: 0...1)), failure.retryAfter ?? .zero)
            guard start.duration(to: .now) + delay <= retry.total else { throw failure }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    func credential(for line: String) async throws -> Credential {
        do {
            return try await configuration.credentials.credential()
        } catch let error as ConfigurationError {
            throw KubernetesError(.credentials, request: line, message: error.description)
        }
    }

    func request(
        _ method: String, _ path: APIPath, _ query: APIQuery, _ credential: Credential, body: [UInt8]?, contentType: String
    ) -> HTTPRequest {
        var headers = [HTTPField("Accept", "application/json"), HTTPField("User-Agent", userAgent)]
        if body != nil { headers.append(HTTPField("Content-Type", contentType)) }
        if let authorization = credential.authorization { headers.append(HTTPField("Authorization", authorization.text)) }
        headers += configuration.headers
        var tls = configuration.tls
        if let identity = credential.identity { tls.identity = identity }
        return HTTPRequest(
            method: method, url: configuration.server + path.encoded + query.encoded, headers: headers, body: body,
            timeouts: HTTPTimeouts(connect: min(.seconds(10), requestTimeout), total: requestTimeout),
            maximumResponseBytes: maximumResponseBytes, tls: tls, proxy: configuration.proxy)
    }

    /// Where in the answer decoding failed, without its values.
    static func place(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "malformed" }
        func path(_ context: DecodingError.Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
        switch error {
        case .keyNotFound(let key, let context): return "no \(path(context)).\(key.stringValue)"
        case .typeMismatch(_, let context): return "\(path(context)) has another type"
        case .valueNotFound(_, let context): return "\(path(context)) is null"
        default: return "malformed JSON"
        }
    }
}
