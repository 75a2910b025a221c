internal import AutomatonCore

/// A pod template, without the label by which each ReplicaSet tells its own pods.
///
/// Two templates are equal as the Deployment controller holds them against each other (`EqualIgnoreHash`): the API server's defaults
/// stand in both, since a ReplicaSet's template is a copy of its Deployment's.
struct PodTemplate: Hashable {
    private static let hashLabel = "pod-template-hash"
    private static let restartedAt = WorkloadScanner.restartedAtAnnotation.description

    /// The template.
    let tree: JSONTree

    init(_ stored: JSONTree) {
        var tree = stored
        tree["metadata"] = stored["metadata"]?.removing(Self.hashLabel, from: "labels")
        self.tree = tree
    }

    /// The template as it was before any rollout restart.
    var withoutRestart: JSONTree {
        var tree = tree
        tree["metadata"] = tree["metadata"]?.removing(Self.restartedAt, from: "annotations")
        return tree
    }

    /// The images of its containers, in order.
    var images: [String] { (tree["spec"]?["containers"]?.elements ?? []).compactMap { $0["image"]?.string } }

    /// The memory limits of its containers that have one.
    var memoryLimits: [String: ByteQuantity] {
        var limits: [String: ByteQuantity] = [:]
        for container in tree["spec"]?["containers"]?.elements ?? [] {
            guard let name = container["name"]?.string, let text = container["resources"]?["limits"]?["memory"]?.string else { continue }
            limits[name] = ByteQuantity(text)
        }
        return limits
    }
}

extension JSONTree {
    /// The object without a member of one of its members, which goes, too, when it becomes empty.
    fileprivate func removing(_ key: String, from part: String) -> JSONTree {
        guard var inner = self[part], inner[key] != nil else { return self }
        inner[key] = nil
        var result = self
        result[part] = inner.members.isEmpty ? nil : inner
        return result
    }
}

/// What is read of a Deployment to find its revisions.
struct RollingDeployment: Decodable {
    struct Metadata: Decodable { var uid: String }
    struct Spec: Decodable {
        var selector: JSONTree?
        var template: JSONTree
    }
    var metadata: Metadata
    var spec: Spec

    var template: PodTemplate { PodTemplate(spec.template) }
}

/// What is read of a ReplicaSet that keeps a revision of a Deployment.
struct KeptReplicaSet: Decodable {
    struct Metadata: Decodable {
        struct Owner: Decodable {
            var uid: String
            var controller: Bool?
        }
        var name: String
        var uid: String
        var creationTimestamp: String?
        var deletionTimestamp: String?
        var annotations: [String: String]?
        var ownerReferences: [Owner]?
    }
    struct Spec: Decodable {
        var selector: JSONTree?
        var template: JSONTree
    }
    struct Status: Decodable {
        var replicas: Int?
        var readyReplicas: Int?
    }
    var metadata: Metadata
    var spec: Spec
    var status: Status?

    static let changeCause = "kubernetes.io/change-cause"

    var template: PodTemplate { PodTemplate(spec.template) }

    /// The number of its revision: 0 without the annotation, as kubectl has it; nil when that is no number.
    var number: Int? {
        guard let text = metadata.annotations?[WorkloadScanner.revisionAnnotation.description] else { return 0 }
        return Int(text)
    }

    func isKept(byDeployment uid: String) -> Bool {
        metadata.deletionTimestamp == nil && (metadata.ownerReferences ?? []).contains { $0.controller == true && $0.uid == uid }
    }
}

/// A LabelSelector as the text that a list takes; nil for one that selects nothing or cannot be read.
enum SelectorText {
    static func text(_ selector: JSONTree?) -> String? {
        guard let selector else { return nil }
        var parts: [String] = []
        for (key, value) in (selector["matchLabels"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let value = value.string else { return nil }
            parts.append("\(key)=\(value)")
        }
        for expression in selector["matchExpressions"]?.elements ?? [] {
            guard let key = expression["key"]?.string, let name = expression["operator"]?.string else { return nil }
            let values = (expression["values"]?.elements ?? []).compactMap(\.string).joined(separator: ",")
            switch name {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            case "DoesNotExist": parts.append("!\(key)")
            default: return nil
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ",")
    }
}
