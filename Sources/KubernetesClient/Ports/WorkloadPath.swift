internal import AutomatonCore

extension Subject {
    /// Where the API keeps the subject.
    var path: APIPath {
        get throws(PortError) {
            let (group, resource) =
                switch kind {
                case .deployment: ("apps", "deployments")
                case .statefulSet: ("apps", "statefulsets")
                case .daemonSet: ("apps", "daemonsets")
                case .replicaSet: ("apps", "replicasets")
                case .job: ("batch", "jobs")
                case .pod: ("", "pods")
                case .volume: ("", "persistentvolumeclaims")
                case .consumerGroup, .database, .host: throw .refused("\(self) is no object of the Kubernetes API")
                }
            return APIPath(group: group, namespace: namespace, resource: resource, name: name)
        }
    }
}
