internal import AutomatonCore

extension Subject {
    /// Where the API keeps the subject.
    var path: APIPath {
        let (group, resource) =
            switch kind {
            case .deployment: ("apps", "deployments")
            case .statefulSet: ("apps", "statefulsets")
            case .daemonSet: ("apps", "daemonsets")
            case .replicaSet: ("apps", "replicasets")
            case .job: ("batch", "jobs")
            case .pod: ("", "pods")
            }
        return APIPath(group: group, namespace: namespace, resource: resource, name: name)
    }
}
