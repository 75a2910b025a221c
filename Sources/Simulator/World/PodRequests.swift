import AutomatonCore

/// What a pod asks of a node: the sum of its containers' requests, or the largest init container's if that is more.
///
/// Source: `k8s.io/component-helpers/resource` (`PodRequests`).
struct PodRequests: Sendable, Hashable {
    var memory: Int64 = 0
    var cpu: Int64 = 0

    init() {}

    init(pod: JSON) {
        for container in pod["spec"]?["containers"]?.array ?? [] {
            let request = Self.requests(of: container)
            memory += request.memory
            cpu += request.cpu
        }
        for container in pod["spec"]?["initContainers"]?.array ?? [] {
            let request = Self.requests(of: container)
            memory = max(memory, request.memory)
            cpu = max(cpu, request.cpu)
        }
    }

    private static func requests(of container: JSON) -> PodRequests {
        let requests = container["resources"]?["requests"]
        var sum = PodRequests()
        sum.memory = requests?["memory"].flatMap(Self.bytes) ?? 0
        sum.cpu = requests?["cpu"].flatMap(Self.milli) ?? 0
        return sum
    }

    /// A memory quantity in bytes: a string, or a bare number as YAML lets one write.
    static func bytes(_ value: JSON) -> Int64? {
        switch value {
        case .string(let text): ByteQuantity(text)?.bytes
        case .integer(let number): number
        default: nil
        }
    }

    /// A processor quantity in thousandths of a core.
    static func milli(_ value: JSON) -> Int64? {
        switch value {
        case .string(let text): CPUQuantity(text)?.milli
        case .integer(let number): number * 1000
        case .double(let number): Int64((number * 1000).rounded(.up))
        default: nil
        }
    }
}
