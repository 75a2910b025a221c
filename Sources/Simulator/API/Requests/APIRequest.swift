/// A request to the simulated API server, free of HTTP's details.
public struct APIRequest: Sendable {
    /// The method, upper case.
    public let method: String
    /// What it is about.
    public let info: RequestInfo
    /// The query, decoded, in order.
    public let query: [(name: String, value: String)]
    /// `Content-Type`, without parameters, in lower case.
    public let contentType: String
    /// `User-Agent`.
    public let userAgent: String
    /// The body.
    public let body: [UInt8]

    /// The largest body that is read.
    package static let maximumBodyBytes = 3_145_728

    /// Describes a request.
    public init(
        method: String, path: String, query: [(name: String, value: String)], contentType: String, userAgent: String, body: [UInt8]
    ) {
        self.method = method
        self.query = query
        self.contentType = String(contentType.split(separator: ";").first ?? "").lowercased()
        self.userAgent = userAgent
        self.body = body
        let watch = query.first { $0.name == "watch" }?.value
        info = RequestInfo(method: method, path: path, isWatch: watch.map { $0 != "false" && $0 != "0" } ?? false)
    }

    /// The first value of a query parameter; nil if it is absent.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// A query parameter that is a truth value.
    public func flag(_ name: String) -> Bool { parameter(name).map { $0 != "false" && $0 != "0" } ?? false }
}

/// What a write answers.
public struct WriteResult: Sendable {
    /// 200 or 201.
    public let code: Int
    /// The object or the Status.
    public let object: JSON
    /// Texts for Warning headers.
    public let warnings: [String]

    init(code: Int = 200, object: JSON, warnings: [String] = []) {
        self.code = code
        self.object = object
        self.warnings = warnings
    }

    /// A success without an object.
    static func success(code: Int? = nil, details: JSON? = nil) -> WriteResult {
        var status: JSON = ["kind": "Status", "apiVersion": "v1", "metadata": .emptyObject, "status": "Success"]
        status["details"] = details
        if let code { status["code"] = JSON(code) }
        return WriteResult(code: code ?? 200, object: status)
    }
}
