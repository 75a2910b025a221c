/// The documents by which clients find out what is served.
public struct Discovery: Sendable {
    /// The address that `/api` names.
    public let serverAddress: String
    private let features: ClusterFeatures

    /// Describes a server at an address (`127.0.0.1:8080`), and what its cluster has.
    public init(serverAddress: String, features: ClusterFeatures = .bare) {
        self.serverAddress = serverAddress
        self.features = features
    }

    private var groups: [Catalog.Group] { Catalog.groups(features) }

    /// `/version`: the release whose behaviour is simulated.
    public static let version: JSON = [
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": "v1.36.3+simulated", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swiftc", "platform": "linux/amd64",
    ]

    private static func verbs(_ resource: ServedResource) -> [String] {
        resource.type == .namespaces ? resource.verbs.filter { $0 != "deletecollection" } : resource.verbs
    }

    /// The kind, the group and version where they differ, and the verbs of a subresource.
    private static func subresource(_ name: String, of type: ResourceType) -> (kind: String, group: String?, verbs: [String]) {
        switch name {
        case "status": (type.kind, nil, ["get", "patch", "update"])
        case "scale": ("Scale", "autoscaling", ["get", "patch", "update"])
        case "log": ("Pod", nil, ["get"])
        case "binding": ("Binding", nil, ["create"])
        case "eviction": ("Eviction", "policy", ["create"])
        case "exec": ("PodExecOptions", nil, ["create", "get"])
        case "attach": ("PodAttachOptions", nil, ["create", "get"])
        case "portforward": ("PodPortForwardOptions", nil, ["create", "get"])
        default: ("NodeProxyOptions", nil, ["create", "delete", "get", "patch", "update"])
        }
    }

    /// The reviews, which can only be created.
    private static let reviews: [(group: String, plural: String, kind: String)] = [
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        ("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
        ("authentication.k8s.io", "tokenreviews", "TokenReview"),
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ]

    private static func strings(_ values: [String]) -> JSON { .array(values.map(JSON.string)) }

    private static func groupVersion(_ group: Catalog.Group) -> JSON {
        ["groupVersion": .string(group.groupVersion), "version": .string(group.version)]
    }

    private static func group(_ group: Catalog.Group) -> JSON {
        ["name": .string(group.name), "versions": [groupVersion(group)], "preferredVersion": groupVersion(group)]
    }

    /// The document at a path of discovery; nil if there is none.
    public func document(at path: String) -> JSON? {
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.first, parts.count) {
        case ("api", 1):
            return [
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
            ]
        case ("api", 2) where parts[1] == "v1": return Self.resources(group: "", version: "v1")
        case ("apis", 1):
            return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(Self.group))]
        case ("apis", 2):
            guard let found = groups.first(where: { $0.name == parts[1] }) else { return nil }
            var group = Self.group(found)
            group["kind"] = "APIGroup"
            group["apiVersion"] = "v1"
            return group
        case ("apis", 3) where Catalog.serves(group: parts[1], version: parts[2], features):
            return Self.resources(group: parts[1], version: parts[2])
        case (nil, _): return ["paths": Self.strings(paths)]
        case ("version", 1): return Self.version
        case ("openapi", 2) where parts[1] == "v3": return openAPIIndex
        case ("openapi", let count) where count >= 4 && parts[1] == "v3":
            let group = parts[2] == "apis" ? parts[3] : ""
            return openAPI(group: group, prefix: "/" + parts[2...].joined(separator: "/"))
        default: return nil
        }
    }

    private var paths: [String] {
        ["/api", "/api/v1", "/apis", "/apis/"] + groups.flatMap { ["/apis/\($0.name)", "/apis/\($0.groupVersion)"] }
            + ["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
    }

    private static func resources(group: String, version: String) -> JSON {
        var items: [JSON] = []
        for resource in Catalog.resources where resource.group == group {
            let type = resource.type
            var item: JSON = [
                "name": .string(type.plural), "singularName": .string(resource.singular), "namespaced": .bool(type.isNamespaced),
                "kind": .string(type.kind), "verbs": strings(verbs(resource)),
            ]
            if !resource.shortNames.isEmpty { item["shortNames"] = strings(resource.shortNames) }
            if !resource.categories.isEmpty { item["categories"] = strings(resource.categories) }
            items.append(item)
            for name in resource.subresources.sorted() {
                let (kind, group, verbs) = subresource(name, of: type)
                var item: JSON = [
                    "name": .string("\(type.plural)/\(name)"), "singularName": "", "namespaced": .bool(type.isNamespaced),
                    "kind": .string(kind), "verbs": strings(verbs),
                ]
                if let group {
                    item["group"] = .string(group)
                    item["version"] = "v1"
                }
                items.append(item)
            }
        }
        for review in reviews where review.group == group {
            items.append([
                "name": .string(review.plural), "singularName": .string(review.kind.lowercased()), "namespaced": false,
                "kind": .string(review.kind), "verbs": ["create"],
            ])
        }
        var list: JSON = [
            "kind": "APIResourceList", "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "resources": .array(items),
        ]
        if !group.isEmpty { list["apiVersion"] = "v1" }
        return list
    }

    /// Aggregated discovery (`apidiscovery.k8s.io/v2`) of the core group or of all others.
    public func aggregated(isCore: Bool) -> JSON {
        let groups = isCore ? [(name: "", version: "v1")] : groups.map { (name: $0.name, version: $0.version) }
        let items = groups.map { group, version -> JSON in
            let resources = Catalog.resources.filter { $0.group == group }.map(Self.aggregated)
            let reviews = Self.reviews.filter { $0.group == group }.map { review -> JSON in
                [
                    "resource": .string(review.plural), "responseKind": ["group": "", "version": "", "kind": .string(review.kind)],
                    "scope": "Cluster", "singularResource": .string(review.kind.lowercased()), "verbs": ["create"],
                ]
            }
            var metadata: JSON = .emptyObject
            if !group.isEmpty { metadata["name"] = .string(group) }
            return [
                "metadata": metadata,
                "versions": [["version": .string(version), "resources": .array(resources + reviews), "freshness": "Current"]],
            ]
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": .emptyObject, "items": .array(items),
        ]
    }

    private static func aggregated(_ resource: ServedResource) -> JSON {
        let type = resource.type
        var item: JSON = [
            "resource": .string(type.plural), "responseKind": ["group": "", "version": "", "kind": .string(type.kind)],
            "scope": type.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
            "verbs": strings(verbs(resource)),
        ]
        if !resource.shortNames.isEmpty { item["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { item["categories"] = strings(resource.categories) }
        let subresources = resource.subresources.sorted().map { name -> JSON in
            let (kind, group, verbs) = subresource(name, of: type)
            return [
                "subresource": .string(name), "verbs": strings(verbs),
                "responseKind": ["group": .string(group ?? ""), "version": group == nil ? "" : "v1", "kind": .string(kind)],
            ]
        }
        if !subresources.isEmpty { item["subresources"] = .array(subresources) }
        return item
    }

    // MARK: OpenAPI, as far as kubectl asks it whether fieldValidation is understood

    private var openAPIIndex: JSON {
        var paths: JSON = ["api/v1": ["serverRelativeURL": "/openapi/v3/api/v1?hash=1"]]
        for group in groups {
            paths["apis/\(group.groupVersion)"] = ["serverRelativeURL": .string("/openapi/v3/apis/\(group.groupVersion)?hash=1")]
        }
        return ["paths": paths]
    }

    private func openAPI(group: String, prefix: String) -> JSON {
        var paths = JSON.emptyObject
        for resource in Catalog.resources where resource.group == group {
            let scope = resource.type.isNamespaced ? "/namespaces/{namespace}" : ""
            let gvk: JSON = ["group": .string(group), "version": .string(resource.type.version), "kind": .string(resource.type.kind)]
            let parameters: JSON = [["name": "fieldValidation", "in": "query", "schema": ["type": "string"]]]
            paths["\(prefix)\(scope)/\(resource.type.plural)/{name}"] = [
                "patch": [
                    "parameters": parameters, "x-kubernetes-group-version-kind": gvk, "x-kubernetes-action": "patch",
                    "responses": .emptyObject,
                ]
            ]
            paths["\(prefix)\(scope)/\(resource.type.plural)"] = [
                "post": [
                    "parameters": parameters, "x-kubernetes-group-version-kind": gvk, "x-kubernetes-action": "post",
                    "responses": .emptyObject,
                ]
            ]
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Simulated Kubernetes", "version": "v1.36.3"], "paths": paths,
            "components": ["schemas": .emptyObject],
        ]
    }
}
