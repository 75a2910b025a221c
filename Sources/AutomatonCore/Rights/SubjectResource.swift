extension Subject.Kind {
    /// How RBAC and the Kubernetes API name such objects; nil for what is no object there.
    public var resource: (group: String, resource: String)? {
        switch self {
        case .deployment: ("apps", "deployments")
        case .statefulSet: ("apps", "statefulsets")
        case .daemonSet: ("apps", "daemonsets")
        case .replicaSet: ("apps", "replicasets")
        case .job: ("batch", "jobs")
        case .pod: ("", "pods")
        case .volume: ("", "persistentvolumeclaims")
        case .consumerGroup, .database, .host, .alert: nil
        }
    }
}
