/// The quality of service class of a pod, from its requests and limits.
///
/// Source: `pkg/apis/core/v1/helper/qos` (`ComputePodQOS`).
enum QualityOfService {
    static func of(_ pod: JSON) -> String {
        let containers = (pod["spec"]?["containers"]?.array ?? []) + (pod["spec"]?["initContainers"]?.array ?? [])
        var hasAny = false
        var isGuaranteed = !containers.isEmpty
        for container in containers {
            let limits = container["resources"]?["limits"]
            let requests = container["resources"]?["requests"]
            for (resource, amount) in [("cpu", PodRequests.milli), ("memory", PodRequests.bytes)] {
                let limit = limits?[resource].flatMap(amount)
                let request = requests?[resource].flatMap(amount) ?? limit
                if (limit ?? 0) > 0 || (request ?? 0) > 0 { hasAny = true }
                if limit == nil || limit == 0 || limit != request { isGuaranteed = false }
            }
        }
        return hasAny ? (isGuaranteed ? "Guaranteed" : "Burstable") : "BestEffort"
    }
}
