internal import AutomatonCore

extension Subject {
    /// Where the API keeps the subject.
    var path: APIPath { get throws(PortError) { try path(name: name) } }

    /// Where the API lists subjects of this kind in this namespace.
    var collectionPath: APIPath { get throws(PortError) { try path(name: nil) } }

    private func path(name: String?) throws(PortError) -> APIPath {
        let (group, resource) =
            switch kind {
            case .deployment: ("apps", "deployments")
            case .statefulSet: ("apps", "statefulsets")
            case .daemonSet: ("apps", "daemonsets")
            case .replicaSet: ("apps", "replicasets")
            case .job: ("batch", "jobs")
            case .pod: ("", "pods")
            case .volume: ("", "persistentvolumeclaims")
            case .consumerGroup, .database, .host, .alert: throw .refused("\(self) is no object of the Kubernetes API")
            }
        return APIPath(group: group, namespace: namespace, resource: resource, name: name)
    }
}
