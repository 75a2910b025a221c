public import AutomatonCore

/// Evictions through the subresource of a pod, which asks the disruption budgets
/// (https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/).
public struct KubernetesEvictions: Evictions {
    private let api: KubernetesAPI

    /// Makes the port.
    public init(_ api: KubernetesAPI) { self.api = api }

    public func pod(_ name: String, inNamespace namespace: String) async throws(PortError) -> PodRow {
        do {
            let bytes = try await api.get(APIPath(namespace: namespace, resource: "pods", name: name))
            return try PodScanner.pod(bytes.span).row
        } catch let error as ScanError {
            throw .refused("pod \(namespace)/\(name) cannot be read: \(error)")
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    public func evict(_ pod: PodEviction.Pod, inNamespace namespace: String) async throws(PortError) {
        var body = JSONText()
        body.append(raw: "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":")
        body.append(string: pod.name)
        body.append(raw: ",\"namespace\":")
        body.append(string: namespace)
        body.append(raw: "},\"deleteOptions\":{\"preconditions\":{\"uid\":")
        body.append(string: pod.uid)
        body.append(raw: "}}}")
        do {
            let path = APIPath(namespace: namespace, resource: "pods", name: pod.name, subresource: "eviction")
            _ = try await api.post(path, body: body.bytes)
        } catch let error as KubernetesError where error.status == 500 && error.message.contains("more than one PodDisruptionBudget") {
            // A 500 that says for certain that nothing was done, and will say so each time.
            throw .refused("pod \(namespace)/\(pod.name) has more than one PodDisruptionBudget: the API server evicts no such pod")
        } catch {
            throw PortError(error, isChange: true)
        }
    }
}
