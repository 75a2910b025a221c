/// What a collection of the API is called: its group (empty for the core group) and its plural name.
public struct ResourceType: Sendable, Hashable, Comparable {
    /// The API group, empty for the core group.
    public let group: String
    /// The version served.
    public let version: String
    /// The plural name in paths: `pods`.
    public let plural: String
    /// The kind of the objects: `Pod`.
    public let kind: String
    /// Whether its objects live in a namespace.
    public let isNamespaced: Bool

    /// Names a type.
    public init(group: String, version: String = "v1", plural: String, kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// `v1` or `apps/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The name in messages: `pods` or `deployments.apps`.
    public var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// Equal if group and plural name are.
    public static func == (lhs: ResourceType, rhs: ResourceType) -> Bool { lhs.plural == rhs.plural && lhs.group == rhs.group }
    /// By group, then plural name.
    public static func < (lhs: ResourceType, rhs: ResourceType) -> Bool { (lhs.group, lhs.plural) < (rhs.group, rhs.plural) }
    /// Hashes group and plural name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(plural)
        hasher.combine(group)
    }
}

extension ResourceType {
    /// Core group.
    public static let namespaces = ResourceType(group: "", plural: "namespaces", kind: "Namespace", isNamespaced: false)
    /// Core group.
    public static let nodes = ResourceType(group: "", plural: "nodes", kind: "Node", isNamespaced: false)
    /// Core group.
    public static let pods = ResourceType(group: "", plural: "pods", kind: "Pod")
    /// Core group.
    public static let events = ResourceType(group: "", plural: "events", kind: "Event")
    /// Core group.
    public static let configMaps = ResourceType(group: "", plural: "configmaps", kind: "ConfigMap")
    /// Core group.
    public static let secrets = ResourceType(group: "", plural: "secrets", kind: "Secret")
    /// Core group.
    public static let serviceAccounts = ResourceType(group: "", plural: "serviceaccounts", kind: "ServiceAccount")
    /// Core group.
    public static let services = ResourceType(group: "", plural: "services", kind: "Service")
    /// Core group.
    public static let limitRanges = ResourceType(group: "", plural: "limitranges", kind: "LimitRange")
    /// Core group.
    public static let resourceQuotas = ResourceType(group: "", plural: "resourcequotas", kind: "ResourceQuota")
    /// Group `apps`.
    public static let deployments = ResourceType(group: "apps", plural: "deployments", kind: "Deployment")
    /// Group `apps`.
    public static let replicaSets = ResourceType(group: "apps", plural: "replicasets", kind: "ReplicaSet")
    /// Group `apps`.
    public static let statefulSets = ResourceType(group: "apps", plural: "statefulsets", kind: "StatefulSet")
    /// Group `apps`.
    public static let daemonSets = ResourceType(group: "apps", plural: "daemonsets", kind: "DaemonSet")
    /// Group `batch`.
    public static let jobs = ResourceType(group: "batch", plural: "jobs", kind: "Job")
    /// Group `coordination.k8s.io`.
    public static let leases = ResourceType(group: "coordination.k8s.io", plural: "leases", kind: "Lease")
    /// Group `policy`.
    public static let podDisruptionBudgets = ResourceType(
        group: "policy", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget")
}
