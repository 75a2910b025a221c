/// One `Container` entry of a LimitRange: its defaults, and what it forbids.
///
/// Source: `plugin/pkg/admission/limitranger`.
struct LimitRangeRule {
    private let limit: JSON

    init(_ limit: JSON) { self.limit = limit }

    /// Fills in the defaults and collects what is forbidden, in the words of the API server.
    func apply(to pod: inout JSON, violations: inout [String]) {
        for key in ["initContainers", "containers"] {
            guard var containers = pod["spec"]?[key]?.array else { continue }
            for index in containers.indices {
                fill(&containers[index], "limits", from: "default")
                fill(&containers[index], "requests", from: "defaultRequest")
                check(containers[index], &violations)
                checkRatio(containers[index], &violations)
            }
            pod["spec", .member(key)] = .array(containers)
        }
    }

    private func fill(_ container: inout JSON, _ kind: String, from key: String) {
        for (resource, amount) in limit[key]?.object ?? JSONObject() where container["resources"]?[kind]?[resource] == nil {
            container["resources", .member(kind), .member(resource)] = amount
        }
    }

    private func check(_ container: JSON, _ violations: inout [String]) {
        for (resource, bound) in limit["min"]?.object ?? JSONObject() {
            for (kind, noun) in [("requests", "request"), ("limits", "limit")] {
                let amount = container["resources"]?[kind]?[resource]
                guard let amount else {
                    if kind == "requests" {
                        violations.append("minimum \(resource) usage per Container is \(Self.text(bound)).  No request is specified")
                    }
                    continue
                }
                if Self.value(resource, amount) < Self.value(resource, bound) {
                    violations.append(
                        "minimum \(resource) usage per Container is \(Self.text(bound)), but \(noun) is \(Self.text(amount))")
                }
            }
        }
        for (resource, bound) in limit["max"]?.object ?? JSONObject() {
            guard let amount = container["resources"]?["limits"]?[resource] else {
                violations.append("maximum \(resource) usage per Container is \(Self.text(bound)).  No limit is specified")
                continue
            }
            if Self.value(resource, amount) > Self.value(resource, bound) {
                violations.append("maximum \(resource) usage per Container is \(Self.text(bound)), but limit is \(Self.text(amount))")
            }
            if let request = container["resources"]?["requests"]?[resource],
                Self.value(resource, request) > Self.value(resource, bound)
            {
                violations.append(
                    "maximum \(resource) usage per Container is \(Self.text(bound)), but request is \(Self.text(request))")
            }
        }
    }

    /// A limit may not be more than so many times the request.
    private func checkRatio(_ container: JSON, _ violations: inout [String]) {
        for (resource, bound) in limit["maxLimitRequestRatio"]?.object ?? JSONObject() {
            guard let amount = container["resources"]?["limits"]?[resource], let request = container["resources"]?["requests"]?[resource],
                Self.value(resource, request) > 0
            else { continue }
            let ratio = Double(Self.value(resource, amount)) / Double(Self.value(resource, request))
            guard ratio > Double(Self.text(bound)) ?? .infinity else { continue }
            let digits = String(Int64((ratio * 1_000_000).rounded()))
            let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
            violations.append(
                "\(resource) max limit to request ratio per Container is \(Self.text(bound)), but provided ratio is "
                    + "\(padded.dropLast(6)).\(padded.suffix(6))")
        }
    }

    private static func value(_ resource: String, _ amount: JSON) -> Int64 {
        (resource == "cpu" ? PodRequests.milli(amount) : PodRequests.bytes(amount)) ?? 0
    }

    private static func text(_ amount: JSON) -> String { amount.string ?? amount.text }
}
