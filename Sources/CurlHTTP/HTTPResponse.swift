/// Status and header fields of a response.
public struct HTTPResponseHead: Sendable {
    /// The status code: 200.
    public var status: Int
    /// The header fields in the order in which they came.
    public var headers: [HTTPField]

    /// Makes a head.
    public init(status: Int, headers: [HTTPField] = []) {
        self.status = status
        self.headers = headers
    }

    /// Whether the status says that the request was carried out (2xx).
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The first value of a header field, whatever the case of its name.
    public subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// A whole response.
public struct HTTPResponse: Sendable {
    /// Status and header fields.
    public var head: HTTPResponseHead
    /// The body; empty when a sink received it.
    public var body: [UInt8]

    /// Makes a response.
    public init(head: HTTPResponseHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }

    /// The status code.
    public var status: Int { head.status }
}
