/// Who may do what on the simulated API server: a few bearer tokens, each with rules in the form of an RBAC Role.
public struct Access: Sendable {
    /// What a token allows.
    public struct Rule: Sendable, Hashable {
        /// `get`, `list`, …, or `*`.
        public var verbs: Set<String>
        /// The API groups, or `*`.
        public var groups: Set<String>
        /// `pods`, `deployments/scale`, or `*`.
        public var resources: Set<String>
        /// The names, empty for all.
        public var names: Set<String>
        /// The namespaces, empty for all and for what is in none.
        public var namespaces: Set<String>

        /// The paths that are no objects (`nonResourceURLs`), exactly or with `*` at the end.
        public var paths: Set<String>

        /// Makes a rule.
        public init(
            verbs: Set<String>, groups: Set<String> = [""], resources: Set<String> = [], names: Set<String> = [],
            namespaces: Set<String> = [], paths: Set<String> = []
        ) {
            self.paths = paths
            self.verbs = verbs
            self.groups = groups
            self.resources = resources
            self.names = names
            self.namespaces = namespaces
        }

        /// Everything.
        public static let all = Rule(verbs: ["*"], groups: ["*"], resources: ["*"], paths: ["*"])

        func allows(verb: String, group: String, resource: String, name: String, namespace: String) -> Bool {
            (verbs.contains("*") || verbs.contains(verb)) && (groups.contains("*") || groups.contains(group))
                && (resources.contains("*") || resources.contains(resource)) && (names.isEmpty || names.contains(name))
                && (namespaces.isEmpty || namespaces.contains(namespace))
        }
    }

    /// Somebody.
    public struct User: Sendable, Hashable {
        /// The name, as in `User "x" cannot …`.
        public var name: String
        /// What is allowed.
        public var rules: [Rule]

        /// Makes a user.
        public init(name: String, rules: [Rule]) {
            self.name = name
            self.rules = rules
        }

        /// May everything.
        public static let administrator = User(name: "kubernetes-admin", rules: [.all])
        /// Who sends no token.
        public static let anonymous = User(name: "system:anonymous", rules: [])

        /// Whether an action on objects is allowed.
        public func may(_ verb: String, group: String, resource: String, name: String = "", namespace: String = "") -> Bool {
            rules.contains { $0.allows(verb: verb, group: group, resource: resource, name: name, namespace: namespace) }
        }

        /// Whether a path that is no object may be used.
        public func may(_ verb: String, path: String) -> Bool {
            rules.contains { rule in
                (rule.verbs.contains("*") || rule.verbs.contains(verb))
                    && rule.paths.contains { $0 == path || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast())) }
            }
        }
    }

    private let users: [String: User]

    /// Lets everybody do everything; a bearer token is refused, as none is known.
    public static let open = Access(users: [:])

    /// Knows tokens; whoever sends none is anonymous.
    public init(tokens: [String: User]) { users = tokens }

    private init(users: [String: User]) { self.users = users }

    /// Whose a token is; nil for nobody's.
    func user(token: String) -> User? { users[token] }

    /// Who has a name and a token; nil for nobody.
    func user(named name: String) -> User? { users.values.first { $0.name == name } }

    /// Whether nobody needs a token.
    var isOpen: Bool { users.isEmpty }

    /// Who sends an `Authorization` header; throws 401 for a token that nobody has.
    public func user(authorization: String?) throws(APIError) -> User {
        let scheme = "bearer "
        guard let authorization, authorization.lowercased().hasPrefix(scheme) else { return isOpen ? .administrator : .anonymous }
        let token = authorization.dropFirst(scheme.count).trimmingSpaces
        if token.isEmpty { return isOpen ? .administrator : .anonymous }
        guard let user = users[token] else { throw APIError(code: 401, reason: "Unauthorized", message: "Unauthorized") }
        return user
    }

    private static let openPaths: Set<String> = ["/healthz", "/livez", "/readyz", "/version", "/version/"]

    /// Throws 403 with the API server's words for what a user may not do.
    public func authorise(_ user: User, _ info: RequestInfo) throws(APIError) {
        guard info.isResource else {
            if user.rules.contains(where: { $0.resources.contains("*") }) || Self.openPaths.contains(info.path) { return }
            let isDiscovery = ["/api", "/apis", "/openapi"].contains { info.path == $0 || info.path.hasPrefix($0 + "/") }
            if isDiscovery, user != .anonymous { return }
            throw APIError(
                code: 403, reason: "Forbidden", message: "forbidden: User \"\(user.name)\" cannot \(info.verb) path \"\(info.path)\"",
                details: .emptyObject)
        }
        // Discovery of a version: `/api/v1`, `/apis/apps/v1`.
        if info.resource.isEmpty { return }
        let resource = info.subresource.isEmpty ? info.resource : "\(info.resource)/\(info.subresource)"
        if info.resource.hasPrefix("selfsubject"), user != .anonymous { return }
        guard !user.may(info.verb, group: info.group, resource: resource, name: info.name, namespace: info.namespace) else { return }
        throw Self.denial(user, info.verb, info, resource)
    }

    /// A WebSocket into a pod begins with GET and is a creation all the same: since 1.35 it needs that verb too.
    public func authoriseConnect(_ user: User, _ request: APIRequest) throws(APIError) {
        let info = request.info
        guard info.group.isEmpty, info.resource == "pods", ["exec", "attach", "portforward"].contains(info.subresource) else { return }
        let resource = "pods/\(info.subresource)"
        guard !user.may("create", group: "", resource: resource, name: info.name, namespace: info.namespace) else { return }
        throw Self.denial(user, "create", info, resource)
    }

    private static func denial(_ user: User, _ verb: String, _ info: RequestInfo, _ resource: String) -> APIError {
        let type = ResourceType(group: info.group, plural: info.resource, kind: "")
        let place = info.namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(info.namespace)\""
        return .forbidden(
            type, info.name,
            "User \"\(user.name)\" cannot \(verb) resource \"\(resource)\" in API group \"\(info.group)\" \(place)")
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        var rest = Substring(self)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
