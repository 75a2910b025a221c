import AutomatonCore

/// What can be done with a pod besides reading and writing it.
struct PodSubresources {
    let namespace: String
    let now: Instant

    /// The port where a kubelet would be; there is none in a simulation, and the answers say so as the real server does.
    static let kubelet = "127.0.0.1:10250"

    /// The scheduler's Binding.
    func bind(_ name: String, _ binding: JSON, isDryRun: Bool, in store: inout Store) throws(APIError) -> WriteResult {
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name) }
        let node = binding["target", "name"]?.string ?? ""
        if node.isEmpty {
            throw .invalid(kind: "Binding", group: "", name: name, [.required("target.name")])
        }
        func conflict(_ detail: String) -> APIError {
            APIError(
                code: 409, reason: "Conflict", message: "Operation cannot be fulfilled on pods/binding \"\(name)\": \(detail)",
                details: ["name": .string(name), "kind": "pods/binding"])
        }
        if pod.isBeingDeleted { throw conflict("pod \(name) is being deleted, cannot be assigned to a host") }
        if let bound = pod["spec", "nodeName"]?.string, !bound.isEmpty {
            throw conflict("pod \(name) is already assigned to node \"\(bound)\"")
        }
        let host = store.get(.nodes, name: node)
        let before = isDryRun ? store : nil
        defer { if let before { store = before } }
        do {
            try store.update(.pods, namespace: namespace, name: name) { object in
                object["spec", "nodeName"] = .string(node)
                for label in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
                    if let value = host?["metadata", "labels", .member(label)] { object["metadata", "labels", .member(label)] = value }
                }
                var conditions = object["status", "conditions"]?.array ?? []
                conditions.removeAll { $0["type"] == "PodScheduled" }
                conditions.append([
                    "type": "PodScheduled", "status": "True", "lastProbeTime": .null, "lastTransitionTime": .string(now.rfc3339),
                ])
                object["status", "conditions"] = .array(conditions)
            }
        } catch { throw ObjectWriter.translated(error) }
        return .success(code: 201)
    }

    /// Eviction: a deletion that asks the disruption budgets first.
    func evict(_ name: String, _ eviction: JSON, in store: inout Store) throws(APIError) -> WriteResult {
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name) }
        guard eviction["metadata", "name"]?.string == name else {
            throw .badRequest("name in URL does not match name in Eviction object")
        }
        let options = try ObjectDeleter.Options(eviction["deleteOptions"] ?? .emptyObject)
        let deleter = ObjectDeleter(type: .pods, namespace: namespace, options: options, now: now)
        let before = options.isDryRun ? store : nil
        defer { if let before { store = before } }
        let phase = pod["status", "phase"]?.string ?? ""
        if !["Pending", "Succeeded", "Failed"].contains(phase), !pod.isBeingDeleted { try spend(pod, in: &store) }
        _ = try deleter.delete(name, in: &store)
        return .success(code: 201)
    }

    private func spend(_ pod: StoredObject, in store: inout Store) throws(APIError) {
        let budgets = store.list(.podDisruptionBudgets, namespace: namespace).filter {
            $0["spec", "selector"] != nil && LabelSelector(object: $0["spec", "selector"]).matches(pod.labels)
        }
        if budgets.count > 1 {
            throw .internalError("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
        }
        guard let budget = budgets.first else { return }
        func refusal(_ cause: String, retryAfter: Int?) -> APIError {
            var error = APIError(
                code: 429, reason: "TooManyRequests", message: "Cannot evict pod as it would violate the pod's disruption budget.",
                details: ["causes": [["reason": "DisruptionBudget", "message": .string(cause)]]], retryAfter: retryAfter)
            if let retryAfter { error.details?["retryAfterSeconds"] = JSON(retryAfter) }
            return error
        }
        if budget["status", "observedGeneration"]?.int ?? 0 < budget["metadata", "generation"]?.int ?? 0 {
            throw refusal("The disruption budget \(budget.name) is still being processed by the server.", retryAfter: 10)
        }
        let allowed = budget["status", "disruptionsAllowed"]?.int ?? 0
        guard allowed > 0 else {
            throw refusal(
                "The disruption budget \(budget.name) needs \(budget["status", "desiredHealthy"]?.int ?? 0) healthy pods and has "
                    + "\(budget["status", "currentHealthy"]?.int ?? 0) currently", retryAfter: nil)
        }
        do {
            try store.update(.podDisruptionBudgets, namespace: namespace, name: budget.name) { object in
                object["status", "disruptionsAllowed"] = JSON(allowed - 1)
                object["status", "disruptedPods", .member(pod.name)] = .string(now.rfc3339)
            }
        } catch { throw ObjectWriter.translated(error) }
    }

    /// The log. Nil: a pod that is nowhere yet.
    /// - Parameter hasKubelet: whether there is a kubelet to ask; without one it ends as it does when the kubelet cannot be reached.
    func log(_ name: String, _ request: APIRequest, hasKubelet: Bool, in store: borrowing Store) throws(APIError) -> [UInt8]? {
        let bounds: [(key: String, least: Int, words: String)] = [
            ("tailLines", 0, "must be greater than or equal to 0"), ("limitBytes", 1, "must be greater than 0"),
            ("sinceSeconds", 1, "must be greater than 0"),
        ]
        for bound in bounds {
            guard let number = request.parameter(bound.key).flatMap({ Int($0) }), number < bound.least else { continue }
            throw .invalid(kind: "PodLogOptions", group: "", name: name, [.invalid(bound.key, JSON(number), bound.words)])
        }
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name) }
        let container = try Self.container(request.parameter("container") ?? "", of: pod)
        if pod["spec", "nodeName"]?.isEmpty ?? true { return nil }
        if hasKubelet { return try PodLog(request, container: container).read(from: pod, at: now) }
        let known = [
            "follow", "insecureSkipTLSVerifyBackend", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps",
        ]
        let query = known.compactMap { key in request.parameter(key).map { "\(key)=\($0)" } }.joined(separator: "&")
        let url = "https://\(Self.kubelet)/containerLogs/\(namespace)/\(name)/\(container)\(query.isEmpty ? "" : "?\(query)")"
        throw .internalError("Get \"\(url)\": dial tcp \(Self.kubelet): connect: connection refused")
    }

    /// The container that is meant: the only one, where none is named.
    static func container(_ name: String, of pod: StoredObject) throws(APIError) -> String {
        let containers = (pod["spec", "containers"]?.array ?? []).compactMap { $0["name"]?.string }
        let inits = (pod["spec", "initContainers"]?.array ?? []).compactMap { $0["name"]?.string }
        guard name.isEmpty else {
            guard (containers + inits).contains(name) else { throw .badRequest("container \(name) is not valid for pod \(pod.name)") }
            return name
        }
        guard containers.count == 1, let only = containers.first else {
            let choice = "choose one of: [\(containers.joined(separator: " "))]"
            let more = inits.isEmpty ? "" : " or one of the init containers: [\(inits.joined(separator: " "))]"
            throw .badRequest("a container name must be specified for pod \(pod.name), \(choice)\(more)")
        }
        return only
    }

    /// exec, attach, portforward, before any protocol is spoken: why not, or the container.
    func target(_ name: String, _ request: APIRequest, in store: borrowing Store) throws(APIError) -> String {
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name) }
        let container = try request.info.subresource == "portforward" ? "" : Self.container(request.parameter("container") ?? "", of: pod)
        if pod["spec", "nodeName"]?.isEmpty ?? true { throw .badRequest("pod \(name) does not have a host assigned") }
        return container
    }

    /// exec, attach, portforward: as far as they go without a WebSocket.
    func connect(_ name: String, _ request: APIRequest, isUpgrade: Bool, in store: borrowing Store) -> APIError {
        do { _ = try target(name, request, in: store) } catch { return error }
        guard isUpgrade else { return .badRequest("Upgrade request required") }
        return .internalError("error dialing backend: dial tcp \(Self.kubelet): connect: connection refused")
    }
}
