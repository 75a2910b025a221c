import Foundation
import LoopbackServer
import Synchronization

/// As much of an API server as a strategic patch needs: objects by path, versions, preconditions, merging of containers by name; and as
/// much of a Deployment controller as its revisions need.
///
/// It answers in the words that the real one was recorded with. The conformance suite runs on it, and on real servers.
final class MergingAPI: Sendable {
    /// Objects as JSON, since a dictionary of Any cannot be shared.
    private let objects = Mutex<(store: [String: Data], version: Int)>(([:], 100))

    func answer(_ request: Connection.Request) -> ScriptedAPI.Answer {
        let path = request.path
        return objects.withLock { objects in
            switch request.method {
            case "POST":
                guard var object = Self.object(request.body), var metadata = object["metadata"] as? [String: Any],
                    let name = metadata["name"] as? String
                else { return .failure(400, "BadRequest", "not an object") }
                if path.hasSuffix("/namespaces") { return .init(201, request.body) }
                objects.version += 1
                metadata["uid"] = UUID().uuidString.lowercased()
                metadata["resourceVersion"] = String(objects.version)
                object["metadata"] = metadata
                Self.revise(&object, at: "\(path)/\(name)", &objects.store, objects.version)
                return Self.store(object, at: "\(path)/\(name)", &objects.store, status: 201)
            case "DELETE":
                objects.store[path] = nil
                return .init(200, #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}"#)
            case "GET" where path.hasSuffix("/replicasets") || path.hasSuffix("/pods"):
                let items = objects.store.filter { $0.key.hasPrefix(path + "/") }.sorted { $0.key < $1.key }.map(\.value)
                let joined = items.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
                return .init(200, #"{"metadata":{"resourceVersion":"\#(objects.version)"},"items":[\#(joined)]}"#)
            case "GET":
                return objects.store[path].map { .init(200, [UInt8]($0)) } ?? Self.missing(path)
            case "PATCH":
                guard let stored = objects.store[path] else { return Self.missing(path) }
                guard let object = Self.object([UInt8](stored)), let patch = Self.object(request.body) else {
                    return .failure(422, "Invalid", "not an object")
                }
                let wanted = patch["metadata"] as? [String: Any] ?? [:]
                let present = object["metadata"] as? [String: Any] ?? [:]
                if let version = wanted["resourceVersion"] as? String, version != present["resourceVersion"] as? String {
                    return .failure(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
                }
                if let uid = wanted["uid"] as? String, uid != present["uid"] as? String {
                    return .failure(
                        422, "Invalid", "field is immutable",
                        details: #"{"causes":[{"reason":"FieldValueInvalid","message":"field is immutable","field":"metadata.uid"}]}"#)
                }
                let isStrategic = request.headers["content-type"] == "application/strategic-merge-patch+json"
                var merged = Self.merge(object, patch, byName: isStrategic)
                if NSDictionary(dictionary: merged).isEqual(to: object) { return .init(200, [UInt8](stored)) }
                objects.version += 1
                var metadata = merged["metadata"] as? [String: Any] ?? [:]
                metadata["resourceVersion"] = String(objects.version)
                merged["metadata"] = metadata
                Self.revise(&merged, at: path, &objects.store, objects.version)
                return Self.store(merged, at: path, &objects.store, status: 200)
            default:
                return .failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            }
        }
    }

    /// Keeps a Deployment's template in a ReplicaSet, and numbers the one of the present template as the newest.
    private static func revise(_ deployment: inout [String: Any], at path: String, _ store: inout [String: Data], _ version: Int) {
        guard path.contains("/deployments/"), let spec = deployment["spec"] as? [String: Any],
            var template = spec["template"] as? [String: Any],
            var metadata = deployment["metadata"] as? [String: Any], let name = metadata["name"] as? String
        else { return }
        let folder = path.replacingOccurrences(of: "/deployments/\(name)", with: "/replicasets")
        let sets = store.filter { $0.key.hasPrefix(folder + "/") }.compactMapValues { object([UInt8]($0)) }
        func number(_ set: [String: Any]) -> Int {
            let annotations = (set["metadata"] as? [String: Any])?["annotations"] as? [String: String]
            return annotations?["deployment.kubernetes.io/revision"].flatMap { Int($0) } ?? 0
        }
        func kept(_ set: [String: Any]) -> NSDictionary {
            var template = (set["spec"] as? [String: Any])?["template"] as? [String: Any] ?? [:]
            var metadata = template["metadata"] as? [String: Any] ?? [:]
            var labels = metadata["labels"] as? [String: String] ?? [:]
            labels["pod-template-hash"] = nil
            metadata["labels"] = labels
            template["metadata"] = metadata
            return NSDictionary(dictionary: template)
        }
        let same = sets.first { kept($0.value).isEqual(to: template) }
        let highest = sets.filter { $0.key != same?.key }.map { number($0.value) }.max() ?? 0
        let revision = max(highest + 1, same.map { number($0.value) } ?? 0)
        var set = same?.value ?? [:]
        if same == nil {
            var labels = (template["metadata"] as? [String: Any])?["labels"] as? [String: String] ?? [:]
            labels["pod-template-hash"] = "h\(version)"
            var own = template["metadata"] as? [String: Any] ?? [:]
            own["labels"] = labels
            template["metadata"] = own
            set = [
                "spec": ["template": template, "selector": ["matchLabels": labels]], "status": ["replicas": 0],
                "metadata": [
                    "name": "\(name)-h\(version)", "uid": UUID().uuidString.lowercased(), "resourceVersion": "\(version)",
                    "creationTimestamp": "2026-11-21T05:25:\(10 + version % 50)Z",
                    "ownerReferences": [["uid": metadata["uid"] ?? "", "controller": true]],
                ],
            ]
        }
        var marks = set["metadata"] as? [String: Any] ?? [:]
        marks["annotations"] = ["deployment.kubernetes.io/revision": "\(revision)"]
        set["metadata"] = marks
        _ = Self.store(set, at: same?.key ?? "\(folder)/\(name)-h\(version)", &store, status: 200)
        var annotations = metadata["annotations"] as? [String: Any] ?? [:]
        annotations["deployment.kubernetes.io/revision"] = "\(revision)"
        metadata["annotations"] = annotations
        deployment["metadata"] = metadata
    }

    private static func missing(_ path: String) -> ScriptedAPI.Answer {
        .failure(404, "NotFound", "\(path.split(separator: "/").last ?? "") not found")
    }

    private static func object(_ bytes: [UInt8]) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    private static func store(
        _ object: [String: Any], at path: String, _ store: inout [String: Data], status: Int
    ) -> ScriptedAPI.Answer {
        guard let data = try? JSONSerialization.data(withJSONObject: object) else { return .failure(500, "", "not JSON") }
        store[path] = data
        return .init(status, [UInt8](data))
    }

    private static func merge(_ object: [String: Any], _ patch: [String: Any], byName: Bool) -> [String: Any] {
        var result = object
        for (key, value) in patch {
            switch value {
            case is NSNull: result[key] = nil
            case let value as [String: Any] where value["$patch"] as? String == "replace":
                result[key] = value.filter { $0.key != "$patch" }
            case let value as [String: Any]: result[key] = merge(result[key] as? [String: Any] ?? [:], value, byName: byName)
            case let value as [[String: Any]] where byName && key == "containers":
                var containers = result[key] as? [[String: Any]] ?? []
                for change in value {
                    if let index = containers.firstIndex(where: { $0["name"] as? String == change["name"] as? String }) {
                        containers[index] = merge(containers[index], change, byName: byName)
                    } else {
                        containers.append(change)
                    }
                }
                result[key] = containers
            default: result[key] = value
            }
        }
        return result
    }
}
