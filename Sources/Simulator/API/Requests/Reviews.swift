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

    /// SelfSubjectReview: who am I?
    func identity() -> JSON {
        [
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": .emptyObject,
            "status": ["userInfo": ["username": .string(user.name), "groups": ["system:authenticated"]]],
        ]
    }
}
