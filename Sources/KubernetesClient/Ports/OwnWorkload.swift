public import AutomatonCore

extension KubernetesWorkloads {
    /// The workload that a pod belongs to, by its name; used for the pod in which this program runs.
    ///
    /// Without the right to read the pod it is told from the name: a Deployment's pods are called `NAME-HASH-SUFFIX`.
    public func workload(ofPodNamed name: String, inNamespace namespace: String) async -> Subject? {
        let pod = Subject(.pod, namespace: namespace, name: name)
        do {
            let scanned = try Self.readable(try await api.get(try pod.path), pod)
            return try await workload(of: PodRow(uid: scanned.uid, namespace: namespace, name: name, controller: scanned.controller))
        } catch {
            let parts = name.split(separator: "-")
            guard parts.count > 2, let suffix = parts.last, suffix.count == 5 else { return nil }
            return Subject(.deployment, namespace: namespace, name: parts.dropLast(2).joined(separator: "-"))
        }
    }
}
