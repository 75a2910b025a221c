import AutomatonCore

/// The conditions of a workload's status.
struct StatusConditions: Sendable, Hashable {
    private(set) var list: [JSON]
    /// Deployments also note when a condition was last confirmed.
    private let hasUpdateTime: Bool

    init(of object: StoredObject, hasUpdateTime: Bool = false) {
        list = object["status"]?["conditions"]?.array ?? []
        self.hasUpdateTime = hasUpdateTime
    }

    subscript(type: String) -> JSON? { list.first { $0["type"]?.string == type } }

    /// Sets a condition. One with the same status and reason stays as it is, unless it is to be confirmed; the same status keeps its
    /// transition time (`SetDeploymentCondition` in `pkg/controller/deployment/util`).
    mutating func set(
        _ type: String, _ isTrue: Bool, _ reason: String, _ message: String, confirming: Bool = false, at now: Instant
    ) {
        let status = isTrue ? "True" : "False"
        let old = self[type]
        let isSame = old?["status"]?.string == status
        if isSame, old?["reason"]?.string == reason, !confirming { return }
        var condition: JSON = [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": (isSame ? old?["lastTransitionTime"] : nil) ?? .string(now.rfc3339),
        ]
        if hasUpdateTime { condition["lastUpdateTime"] = .string(now.rfc3339) }
        list.removeAll { $0["type"]?.string == type }
        list.append(condition)
    }

    /// Makes the status of a condition `Unknown`.
    mutating func markUnknown(_ type: String) {
        for index in list.indices where list[index]["type"]?.string == type { list[index]["status"] = "Unknown" }
    }

    mutating func remove(_ type: String) { list.removeAll { $0["type"]?.string == type } }

    /// Takes a condition over from another object.
    mutating func copy(_ condition: JSON, at now: Instant) {
        set(
            condition["type"]?.string ?? "", condition["status"]?.string == "True", condition["reason"]?.string ?? "",
            condition["message"]?.string ?? "", at: now)
    }

    /// The member of a status; nil if there are none.
    var json: JSON? { list.isEmpty ? nil : .array(list) }
}
