/// One verb on one resource, as RBAC knows it.
public struct Right: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `""` for the core group, `apps`, …
    public var group: String
    /// `pods`, `deployments`, `pods/log`.
    public var resource: String
    /// The one object that it is about; nil for all.
    public var name: String?
    /// `get`, `list`, `watch`, `patch`.
    public var verb: String

    /// Names a right.
    public init(_ verb: String, _ resource: String, group: String = "", named name: String? = nil) {
        self.group = group
        self.resource = resource
        self.name = name
        self.verb = verb
    }

    /// Whether it is of something that is in no namespace, so that only a ClusterRole can grant it.
    public var isClusterScoped: Bool {
        Self.clusterScopedGroups.contains(group) || resource == "nodes" || resource.hasPrefix("nodes/")
    }

    /// Whether it lets somebody look and nothing else. An exec is none, whatever its verb; nor is a proxy, though no other way leads to
    /// kubelet's figures.
    public var isReading: Bool {
        ["get", "list", "watch"].contains(verb) && !resource.hasSuffix("/exec")
    }

    private static let clusterScopedGroups: Set<String> = ["authentication.k8s.io", "authorization.k8s.io"]

    /// As `kubectl auth can-i` takes it: `patch deployments.apps`, `get leases.coordination.k8s.io/NAME`.
    public var description: String {
        let parts = resource.split(separator: "/", maxSplits: 1)
        let subresource = parts.count > 1 ? " --subresource=\(parts[1])" : ""
        return "\(verb) \(parts.first ?? "")\(group.isEmpty ? "" : ".\(group)")\(name.map { "/\($0)" } ?? "")\(subresource)"
    }

    public static func < (lhs: Right, rhs: Right) -> Bool {
        (lhs.group, lhs.resource, lhs.name ?? "", lhs.verb) < (rhs.group, rhs.resource, rhs.name ?? "", rhs.verb)
    }
}

extension Permission {
    /// What it stands for, a verb each.
    public var rights: [Right] { verbs.map { Right($0, resource, group: group, named: name) } }
}
