public import AutomatonCore

extension KubernetesWorkloads {
    /// The autoscaler that sets the workload's replicas.
    public func autoscaler(of subject: Subject) async throws(PortError) -> Autoscaler? {
        throw .refused("autoscalers cannot be read")
    }

    /// The workloads of a kind that carry a label with a value, by name.
    public func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] {
        throw .refused("workloads cannot be listed")
    }
}
