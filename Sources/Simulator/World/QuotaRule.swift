import AutomatonCore

/// What a namespace's ResourceQuotas leave for one more pod.
///
/// Source: `plugin/pkg/admission/resourcequota`. The use is counted from the pods that are not over; nothing is counted where
/// there is no quota.
enum QuotaRule {
    private static let resources = ["limits.cpu", "limits.memory", "pods", "requests.cpu", "requests.memory"]

    /// Why a pod exceeds a quota, in the words of the API server; nil if it does not.
    static func excess(of pod: JSON, namespace: String, in store: borrowing Store) -> String? {
        let quotas = store.list(.resourceQuotas, namespace: namespace)
        guard !quotas.isEmpty else { return nil }
        let living = store.list(.pods, namespace: namespace).filter {
            !["Succeeded", "Failed"].contains($0["status", "phase"]?.string ?? "")
        }
        for quota in quotas {
            var requested: [String] = []
            var used: [String] = []
            var limited: [String] = []
            for resource in resources {
                let alias = resource.hasPrefix("requests.") ? String(resource.dropFirst(9)) : resource
                guard let hard = quota["spec", "hard", .member(resource)] ?? quota["spec", "hard", .member(alias)] else { continue }
                let limit = amount(resource, hard)
                let present = living.reduce(0) { $0 + amount(resource, of: $1.json) }
                let more = amount(resource, of: pod)
                guard present + more > limit else { continue }
                requested.append("\(resource)=\(text(resource, more))")
                used.append("\(resource)=\(text(resource, present))")
                limited.append("\(resource)=\(hard.string ?? hard.text)")
            }
            guard requested.isEmpty else {
                return "exceeded quota: \(quota.name), requested: \(requested.joined(separator: ",")), "
                    + "used: \(used.joined(separator: ",")), limited: \(limited.joined(separator: ","))"
            }
        }
        return nil
    }

    private static func amount(_ resource: String, _ value: JSON) -> Int64 {
        if resource.hasSuffix("cpu") { return PodRequests.milli(value) ?? 0 }
        return PodRequests.bytes(value) ?? 0
    }

    private static func amount(_ resource: String, of pod: JSON) -> Int64 {
        if resource == "pods" { return 1 }
        let parts = resource.split(separator: ".").map(String.init)
        return (pod["spec"]?["containers"]?.array ?? []).reduce(0) { sum, container in
            sum + (container["resources"]?[parts[0]]?[parts[1]].map { amount(resource, $0) } ?? 0)
        }
    }

    private static func text(_ resource: String, _ value: Int64) -> String {
        if resource.hasSuffix("cpu") { return value % 1000 == 0 ? "\(value / 1000)" : "\(value)m" }
        return resource == "pods" ? "\(value)" : ByteQuantity(bytes: value).description
    }
}
