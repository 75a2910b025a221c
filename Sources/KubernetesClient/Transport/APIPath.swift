/// The path of an object, a collection or a subresource of the Kubernetes API, percent-encoded as it is built.
public struct APIPath: Hashable, Sendable, CustomStringConvertible {
    /// The encoded path: `/apis/apps/v1/namespaces/shop/deployments/web/scale`.
    public let encoded: String

    /// The path of a resource.
    /// - Parameters:
    ///   - group: The API group; empty is the core group.
    ///   - version: The group's version: `v1`.
    ///   - namespace: The namespace; nil is the whole cluster.
    ///   - resource: The resource in plural: `pods`.
    ///   - name: The object's name; nil is the collection.
    ///   - subresource: `status`, `scale`, `eviction`, …
    public init(
        group: String = "", version: String = "v1", namespace: String? = nil, resource: String, name: String? = nil,
        subresource: String? = nil
    ) {
        var path = group.isEmpty ? "/api" : "/apis/" + Self.encode(group)
        path += "/" + Self.encode(version)
        if let namespace { path += "/namespaces/" + Self.encode(namespace) }
        path += "/" + Self.encode(resource)
        if let name { path += "/" + Self.encode(name) }
        if let subresource { path += "/" + Self.encode(subresource) }
        encoded = path
    }

    /// A bare path that is not a resource: `/version`, `/readyz`. Its slashes stay, everything else is encoded.
    public init(raw path: String) {
        encoded = path.split(separator: "/", omittingEmptySubsequences: false).map { Self.encode($0) }.joined(separator: "/")
    }

    public var description: String { encoded }

    /// Percent-encodes everything but the unreserved characters (RFC 3986, section 2.3). A segment of dots alone, which would climb the
    /// path, has its dots encoded.
    static func encode(_ text: some StringProtocol) -> String {
        let onlyDots = text == "." || text == ".."
        var encoded = ""
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where !onlyDots: encoded.append(".")
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}

/// The parameters of a request, in their order.
public struct APIQuery: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// Names and values, not encoded.
    public var items: [(name: String, value: String)]

    /// Makes a query of names and values.
    public init(_ items: [(name: String, value: String)] = []) {
        self.items = items
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Sets a parameter; nil removes it.
    public subscript(_ name: String) -> String? {
        get { items.first { $0.name == name }?.value }
        set {
            items.removeAll { $0.name == name }
            if let newValue { items.append((name, newValue)) }
        }
    }

    /// `?limit=500&…`, or nothing when there are no parameters.
    var encoded: String {
        items.isEmpty ? "" : "?" + items.map { "\(APIPath.encode($0.name))=\(APIPath.encode($0.value))" }.joined(separator: "&")
    }

    public static func == (lhs: APIQuery, rhs: APIQuery) -> Bool { lhs.encoded == rhs.encoded }
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}
