/// `autoscaling/v1` Scale of a workload.
struct ScaleSubresource {
    static let apiVersion = "autoscaling/v1"

    let writer: ObjectWriter

    /// The Scale of a workload.
    static func scale(of object: StoredObject) -> JSON {
        var metadata: JSON = [
            "name": .string(object.name), "namespace": .string(object.namespace), "uid": .string(object.uid),
            "resourceVersion": .string(String(object.resourceVersion)),
        ]
        metadata["creationTimestamp"] = object["metadata", "creationTimestamp"]
        var spec = JSON.emptyObject
        if let replicas = object["spec", "replicas"], replicas != 0 { spec["replicas"] = replicas }
        var status: JSON = ["replicas": object["status", "replicas"] ?? 0]
        let selector = text(of: object["spec", "selector"])
        if !selector.isEmpty { status["selector"] = .string(selector) }
        return ["kind": "Scale", "apiVersion": .string(apiVersion), "metadata": metadata, "spec": spec, "status": status]
    }

    /// A selector as a query would write it: `app=web,tier in (a,b)`.
    static func text(of selector: JSON?) -> String {
        var terms = (selector?["matchLabels"]?.object ?? JSONObject()).map { ($0.key, "\($0.key)=\($0.value.string ?? "")") }
        for expression in selector?["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.array?.compactMap(\.string) ?? []).sorted().joined(separator: ",")
            switch expression["operator"]?.string {
            case "In": terms.append((key, "\(key) in (\(values))"))
            case "NotIn": terms.append((key, "\(key) notin (\(values))"))
            case "Exists": terms.append((key, key))
            default: terms.append((key, "!\(key)"))
            }
        }
        return terms.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: ",")
    }

    func replace(_ decoded: DecodedBody, name: String, in store: inout Store) throws(APIError) -> WriteResult {
        try writer.checkName(decoded.object, name)
        guard let old = store.get(writer.type, namespace: writer.namespace, name: name) else { throw .notFound(writer.type, name) }
        return try write(decoded, over: old, in: &store)
    }

    func patch(_ patcher: Patcher, name: String, in store: inout Store) throws(APIError) -> WriteResult {
        guard let old = store.get(writer.type, namespace: writer.namespace, name: name) else { throw .notFound(writer.type, name) }
        let decoded = try patcher.apply(to: Self.scale(of: old), kind: "Scale")
        try writer.checkName(decoded.object, name)
        return try write(decoded, over: old, in: &store)
    }

    private func write(_ decoded: DecodedBody, over old: StoredObject, in store: inout Store) throws(APIError) -> WriteResult {
        let replicas = decoded.object["spec", "replicas"]?.int ?? 0
        if replicas < 0 {
            throw .invalid(
                kind: "Scale", group: "autoscaling", name: old.name,
                [.invalid("spec.replicas", JSON(replicas), "must be greater than or equal to 0")])
        }
        if let uid = decoded.object["metadata", "uid"]?.string, !uid.isEmpty, uid != old.uid {
            throw .conflict(
                writer.type, old.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        try writer.checkVersion(decoded.object["metadata", "resourceVersion"]?.string ?? "", old)
        var object = old.json
        object["spec", "replicas"] = JSON(replicas)
        let result = try writer.write(object, over: old, in: &store, warnings: decoded.warnings)
        let stored = StoredObject(
            type: old.type, namespace: old.namespace, name: old.name,
            resourceVersion: UInt64(result.object["metadata", "resourceVersion"]?.string ?? "") ?? old.resourceVersion,
            json: result.object)
        return WriteResult(object: Self.scale(of: stored), warnings: result.warnings)
    }
}
