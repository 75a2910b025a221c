/// What a request is about, read from its method and path as the API server does (k8s.io/apiserver/pkg/endpoints/request).
public struct RequestInfo: Sendable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or the method in lower case.
    public let verb: String
    /// The whole path.
    public let path: String
    /// Whether it is about objects and not about the server itself.
    public let isResource: Bool
    /// The API group.
    public let group: String
    /// The version.
    public let version: String
    /// The namespace, empty across all.
    public let namespace: String
    /// The plural name of the collection.
    public let resource: String
    /// The subresource, empty for none.
    public let subresource: String
    /// The object's name, empty for a collection.
    public let name: String
    /// Whether the path is one of the old `/watch/` ones.
    public let isWatchPath: Bool
    /// What follows the subresource: a proxied path.
    public let tail: [String]

    /// Reads a request.
    public init(method: String, path: String, isWatch: Bool) {
        self.path = path
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)[...]
        if parts.last?.isEmpty ?? false { parts.removeLast() }
        let lower = method.lowercased()
        var group = ""
        var version = ""
        var namespace = ""
        var rest: ArraySlice<String> = []
        var isWatchPath = false
        var isResource = false
        let prefix = parts.first == "api" ? 2 : parts.first == "apis" ? 3 : 0
        if prefix > 0, parts.count > prefix {
            isResource = true
            group = prefix == 3 ? parts[1] : ""
            version = parts[prefix - 1]
            rest = parts.dropFirst(prefix)
            if rest.first == "watch", rest.count > 1 {
                isWatchPath = true
                rest.removeFirst()
            }
            // `/namespaces/x` and its subresources are about the namespace itself.
            if rest.first == "namespaces", rest.count > 2 {
                let third = rest[rest.startIndex + 2]
                if third != "status" && third != "finalize" {
                    namespace = rest[rest.startIndex + 1]
                    rest = rest.dropFirst(2)
                }
            }
        }
        let items = Array(rest)
        self.group = group
        self.version = version
        self.isResource = isResource
        self.isWatchPath = isWatchPath
        resource = items.first ?? ""
        name = items.count > 1 ? items[1] : ""
        subresource = items.count > 2 ? items[2] : ""
        tail = items.count > 3 ? Array(items[3...]) : []
        if items.first == "namespaces", items.count > 1 { namespace = items[1] }
        self.namespace = namespace
        guard isResource else {
            verb = lower
            return
        }
        switch method {
        case "POST": verb = "create"
        case "GET", "HEAD": verb = isWatchPath || (isWatch && name.isEmpty) ? "watch" : name.isEmpty ? "list" : "get"
        case "PUT": verb = "update"
        case "PATCH": verb = "patch"
        case "DELETE": verb = name.isEmpty ? "deletecollection" : "delete"
        default: verb = lower
        }
    }
}
