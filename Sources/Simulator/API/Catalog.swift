/// What the simulated API server serves: the collections, how they are called and what can be done with them.
public struct ServedResource: Sendable {
    /// The collection.
    public let type: ResourceType
    /// The singular name.
    public let singular: String
    /// The short names kubectl takes.
    public let shortNames: [String]
    /// `all` for what `kubectl get all` shows.
    public let categories: [String]
    /// The subresources.
    public let subresources: Set<String>
    /// Fields a fieldSelector may name, besides metadata.name and metadata.namespace.
    public let selectableFields: [String]
    /// What can be done with the collection.
    public let verbs: [String]
    /// Under what other group and names the collection is served; nil where it is under its own.
    public let view: EventView?

    init(
        _ type: ResourceType, short: [String] = [], all: Bool = false, subresources: Set<String> = [], fields: [String] = [],
        verbs: [String] = Self.verbs, view: EventView? = nil
    ) {
        self.type = type
        self.verbs = verbs
        self.view = view
        singular = type.kind.lowercased()
        shortNames = short
        categories = all ? ["all"] : []
        self.subresources = subresources
        selectableFields = fields
    }

    /// What can be done with most collections.
    public static let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

    /// The group in which it is served.
    var group: String { view == nil ? type.group : EventView.group }

    /// `v1`, `apps/v1`.
    var apiVersion: String { view == nil ? type.apiVersion : EventView.apiVersion }

    /// The name of Go's struct in ``SchemaText``.
    var schema: String { view == nil ? type.kind : EventView.schema }

    /// Whether objects have a part that only their controllers write.
    var hasStatus: Bool { subresources.contains("status") }
}

/// The served collections by group, in the order of discovery.
public enum Catalog {
    /// All of them.
    public static let resources: [ServedResource] = [
        ServedResource(.configMaps, short: ["cm"]),
        ServedResource(
            .events, short: ["ev"],
            fields: [
                "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
                "reportingComponent", "source", "type",
            ]),
        ServedResource(.events, short: ["ev"], fields: Array(EventView.selectableFields.keys), view: EventView()),
        ServedResource(.limitRanges, short: ["limits"]),
        ServedResource(.namespaces, short: ["ns"], subresources: ["status"], fields: ["status.phase"]),
        ServedResource(.nodes, short: ["no"], subresources: ["status", "proxy"], fields: ["spec.unschedulable"]),
        ServedResource(
            .pods, short: ["po"], all: true, subresources: ["status", "log", "exec", "attach", "portforward", "binding", "eviction"],
            fields: [
                "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
                "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName",
            ]),
        ServedResource(.resourceQuotas, short: ["quota"], subresources: ["status"]),
        ServedResource(.secrets, fields: ["type"]),
        ServedResource(.serviceAccounts, short: ["sa"]),
        ServedResource(.services, short: ["svc"], all: true, subresources: ["status"], fields: ["spec.clusterIP", "spec.type"]),
        ServedResource(.controllerRevisions),
        ServedResource(.daemonSets, short: ["ds"], all: true, subresources: ["status"]),
        ServedResource(.deployments, short: ["deploy"], all: true, subresources: ["status", "scale"]),
        ServedResource(.replicaSets, short: ["rs"], all: true, subresources: ["status", "scale"], fields: ["status.replicas"]),
        ServedResource(.statefulSets, short: ["sts"], all: true, subresources: ["status", "scale"]),
        ServedResource(.jobs, all: true, subresources: ["status"], fields: ["status.successful"]),
        ServedResource(.horizontalPodAutoscalers, short: ["hpa"], all: true, subresources: ["status"]),
        ServedResource(.leases),
        ServedResource(.podDisruptionBudgets, short: ["pdb"], subresources: ["status"]),
        ServedResource(.podMetrics, verbs: ["get", "list"]),
        ServedResource(.scaledObjects, short: ["so"], subresources: ["status"]),
    ]

    /// An API group in the one version that is served.
    public struct Group: Sendable, Hashable {
        /// `apps`.
        public let name: String
        /// `v1`.
        public let version: String

        init(_ name: String, _ version: String = "v1") {
            self.name = name
            self.version = version
        }

        /// `apps/v1`.
        public var groupVersion: String { "\(name)/\(version)" }
    }

    /// The API groups but the core one that a cluster has, in the order of discovery.
    public static func groups(_ features: ClusterFeatures) -> [Group] {
        builtIn + (features.metrics == .absent ? [] : [metrics]) + (features.keda ? [keda] : [])
    }

    private static let builtIn = [
        Group("apps"), Group(EventView.group), Group("batch"), Group("autoscaling", "v2"), Group("coordination.k8s.io"), Group("policy"),
        Group("authorization.k8s.io"), Group("authentication.k8s.io"),
    ]
    private static let metrics = Group("metrics.k8s.io", "v1beta1")
    private static let keda = Group("keda.sh", "v1alpha1")

    private static let byPath: [String: ServedResource] = Dictionary(
        uniqueKeysWithValues: resources.map { ("\($0.group)/\($0.type.version)/\($0.type.plural)", $0) })

    /// The collection of that group, version and plural name.
    public static func find(group: String, version: String, plural: String) -> ServedResource? { byPath["\(group)/\(version)/\(plural)"] }

    /// Whether a cluster serves a version of a group.
    package static func serves(group: String, version: String, _ features: ClusterFeatures) -> Bool {
        group.isEmpty ? version == "v1" : groups(features).contains(Group(group, version))
    }

    /// Kinds known to the scheme, for the message about a body of the wrong one.
    static func isKnown(kind: String, apiVersion: String) -> Bool {
        resources.contains { $0.type.kind == kind && $0.apiVersion == apiVersion }
    }
}

extension ResourceType {
    /// Group `apps`: the history of StatefulSets and DaemonSets.
    public static let controllerRevisions = ResourceType(group: "apps", plural: "controllerrevisions", kind: "ControllerRevision")
}

extension ResourceType {
    /// Group `autoscaling`.
    public static let horizontalPodAutoscalers = ResourceType(
        group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler")
    /// KEDA's ScaledObjects, a custom resource.
    public static let scaledObjects = ResourceType(group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", kind: "ScaledObject")
    /// What metrics-server serves of pods; never in the store.
    public static let podMetrics = ResourceType(group: "metrics.k8s.io", version: "v1beta1", plural: "pods", kind: "PodMetrics")
}
