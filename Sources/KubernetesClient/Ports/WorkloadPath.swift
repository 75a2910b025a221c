internal import AutomatonCore

extension Subject {
    /// Where the API keeps the subject.
    var path: APIPath { get throws(PortError) { try path(name: name) } }

    /// Where the API lists subjects of this kind in this namespace.
    var collectionPath: APIPath { get throws(PortError) { try path(name: nil) } }

    private func path(name: String?) throws(PortError) -> APIPath {
        guard let (group, resource) = kind.resource else { throw .refused("\(self) is no object of the Kubernetes API") }
        return APIPath(group: group, namespace: namespace, resource: resource, name: name)
    }
}
