/// The reviews by which a client asks about itself.
struct Reviews {
    let user: Access.User

    /// SelfSubjectAccessReview: may I?
    func access(_ body: JSON) throws(APIError) -> JSON {
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
            isAllowed = user.rules.contains { $0.resources.contains("*") }
        }
        return [
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": .emptyObject,
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
