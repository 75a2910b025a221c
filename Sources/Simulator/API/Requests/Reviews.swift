/// The reviews by which a client asks about itself.
struct Reviews {
    let user: Access.User
    let access: Access

    /// TokenReview: whose is it?
    func token(_ body: JSON) throws(APIError) -> JSON {
        let token = body["spec", "token"]?.string ?? ""
        guard !token.isEmpty else {
            throw APIError(code: 400, reason: "BadRequest", message: "token is required for TokenReview in authentication")
        }
        var status: JSON = ["user": .emptyObject, "error": "invalid bearer token"]
        if let known = access.user(token: token) {
            status = [
                "authenticated": true, "user": ["username": .string(known.name), "groups": ["system:authenticated"]],
                "audiences": ["https://kubernetes.default.svc.cluster.local"],
            ]
        }
        return [
            "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": .emptyObject, "spec": body["spec"] ?? .emptyObject,
            "status": status,
        ]
    }

    /// SubjectAccessReview: may somebody else?
    func access(of body: JSON) throws(APIError) -> JSON {
        let name = body["spec", "user"]?.string ?? ""
        let other = access.user(named: name) ?? Access.User(name: name, rules: [])
        return try Reviews(user: other, access: access).access(body, kind: "SubjectAccessReview")
    }

    /// SelfSubjectAccessReview: may I?
    func access(_ body: JSON, kind: String = "SelfSubjectAccessReview") throws(APIError) -> JSON {
        let attributes = body["spec", "resourceAttributes"]
        let path = body["spec", "nonResourceAttributes"]
        guard (attributes == nil) != (path == nil) else {
            throw .invalid(
                kind: "", group: "authorization.k8s.io", name: "",
                [
                    .invalid(
                        "spec.resourceAttributes", .null, "exactly one of nonResourceAttributes or resourceAttributes must be specified")
                ])
        }
        let isAllowed: Bool
        if let attributes {
            func text(_ key: String) -> String { attributes[key]?.string ?? "" }
            let resource = text("subresource").isEmpty ? text("resource") : "\(text("resource"))/\(text("subresource"))"
            isAllowed = user.may(
                text("verb"), group: text("group"), resource: resource, name: text("name"), namespace: text("namespace"))
        } else {
            isAllowed = user.may(path?["verb"]?.string ?? "", path: path?["path"]?.string ?? "")
        }
        return [
            "kind": .string(kind), "apiVersion": "authorization.k8s.io/v1", "metadata": .emptyObject,
            "spec": body["spec"] ?? .emptyObject, "status": ["allowed": .bool(isAllowed)],
        ]
    }

    /// SelfSubjectRulesReview: what may I do in a namespace, and outside of them?
    func rules(_ body: JSON) throws(APIError) -> JSON {
        let namespace = body["spec", "namespace"]?.string ?? ""
        guard !namespace.isEmpty else { throw APIError(code: 400, reason: "BadRequest", message: "no namespace on request") }
        func strings(_ values: Set<String>) -> JSON { .array(values.sorted().map { JSON.string($0) }) }
        let held = user.rules.filter { $0.namespaces.isEmpty || $0.namespaces.contains(namespace) }
        // Whoever is logged in may ask about itself.
        var resources: [JSON] = [
            [
                "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ],
            ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
        ]
        resources += held.filter { !$0.resources.isEmpty }.map { rule in
            let (verbs, groups, resources) = (strings(rule.verbs), strings(rule.groups), strings(rule.resources))
            guard !rule.names.isEmpty else { return ["verbs": verbs, "apiGroups": groups, "resources": resources] }
            return ["verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": strings(rule.names)]
        }
        let paths: [JSON] = held.filter { !$0.paths.isEmpty }.map { rule in
            ["verbs": strings(rule.verbs), "nonResourceURLs": strings(rule.paths)]
        }
        return [
            "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": .emptyObject, "spec": .emptyObject,
            "status": ["resourceRules": .array(resources), "nonResourceRules": .array(paths), "incomplete": false],
        ]
    }

    /// SelfSubjectReview: who am I?
    func identity() -> JSON {
        [
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": .emptyObject,
            "status": ["userInfo": ["username": .string(user.name), "groups": ["system:authenticated"]]],
        ]
    }
}
