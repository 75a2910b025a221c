/// What admission refuses or completes beyond the fields themselves (403), for objects that clients post.
enum Admission {
    /// Nothing is created in a namespace that is missing or going.
    static func namespace(of type: ResourceType, _ object: JSON, _ namespace: String, in store: borrowing Store) throws(APIError) {
        guard type.isNamespaced else { return }
        guard let found = store.get(.namespaces, name: namespace) else { throw .notFound(.namespaces, namespace) }
        guard found.isBeingDeleted else { return }
        var error = APIError.forbidden(
            type, object["metadata", "name"]?.string ?? "",
            "unable to create new content in namespace \(namespace) because it is being terminated")
        error.details?["causes"] = [
            [
                "reason": "NamespaceTerminating", "message": .string("namespace \(namespace) is being terminated"),
                "field": "metadata.namespace",
            ]
        ]
        throw error
    }

    /// The service account and the priority class of a pod exist; then what the kubelet side shares with controllers.
    static func pod(_ pod: JSON, in store: inout Store) throws(APIError) -> JSON {
        var pod = pod
        let namespace = pod["metadata", "namespace"]?.string ?? "default"
        let name = pod["metadata", "name"]?.string ?? ""
        // The default account is made a moment after its namespace; a simulated pod need not wait for it.
        if let account = pod["spec", "serviceAccountName"]?.string, account != "default",
            store.get(.serviceAccounts, namespace: namespace, name: account) == nil
        {
            throw .forbidden(
                .pods, name, "error looking up service account \(namespace)/\(account): serviceaccount \"\(account)\" not found")
        }
        if let priority = pod["spec", "priorityClassName"]?.string {
            guard let value = ["system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000][priority] else {
                throw .forbidden(.pods, name, "no PriorityClass with name \(priority) was found")
            }
            pod["spec", "priority"] = JSON(value)
        }
        do { return try PodAdmission.admit(pod, in: &store) } catch {
            throw APIError(
                code: 403, reason: "Forbidden", message: error.message, details: APIError.details(.pods, name, kind: "pods"))
        }
    }

    /// Warnings about a pod's spec that do not refuse it.
    static func warnings(_ object: JSON, type: ResourceType) -> [String] {
        let path = type == .pods ? "spec" : "spec.template.spec"
        guard let spec = type == .pods ? object["spec"] : object["spec", "template", "spec"] else { return [] }
        var warnings: [String] = []
        for list in ["initContainers", "containers"] {
            for (index, container) in (spec[list]?.array ?? []).enumerated() {
                for part in ["limits", "requests"] {
                    for (name, value) in container["resources", .member(part)]?.object ?? JSONObject()
                    where name == "memory" || name == "ephemeral-storage" {
                        guard let text = value.string, let quantity = Quantity(text), quantity.nanos % 1_000_000_000 != 0 else { continue }
                        warnings.append(
                            "\(path).\(list)[\(index)].resources.\(part)[\(name)]: fractional byte value \"\(text)\" is invalid, "
                                + "must be an integer")
                    }
                }
                var seen: Set<String> = []
                for (position, variable) in (container["env"]?.array ?? []).enumerated() {
                    guard let name = variable["name"]?.string, !seen.insert(name).inserted else { continue }
                    warnings.append(
                        "\(path).\(list)[\(index)].env[\(position)]: hides previous definition of \"\(name)\", "
                            + "which may be dropped when using apply")
                }
            }
        }
        return warnings
    }
}
