/// What the API server does to a pod before it stores it: fills in what was left open, and refuses what a LimitRange or a
/// ResourceQuota of the namespace forbids.
///
/// The same for pods that controllers make and for pods that somebody posts.
public enum PodAdmission {
    /// A pod that is not allowed: the message of the 403.
    public struct Forbidden: Error, Sendable, Hashable {
        /// As the API server words it: `pods "x" is forbidden: …`.
        public let message: String
    }

    /// Completes a pod that has its name and namespace, and its status as a new one has it.
    public static func admit(_ pod: JSON, in store: inout Store) throws(Forbidden) -> JSON {
        var pod = pod
        let namespace = pod["metadata"]?["namespace"]?.string ?? "default"
        complete(&pod, suffix: store.nameSuffix())
        var violations: [String] = []
        for range in store.list(.limitRanges, namespace: namespace) {
            for limit in range["spec", "limits"]?.array ?? [] where limit["type"]?.string == "Container" {
                LimitRangeRule(limit).apply(to: &pod, violations: &violations)
            }
        }
        let name = pod["metadata"]?["name"]?.string ?? ""
        guard violations.isEmpty else {
            let list = violations.count == 1 ? violations[0] : "[\(violations.joined(separator: ", "))]"
            throw Forbidden(message: "pods \"\(name)\" is forbidden: \(list)")
        }
        if let excess = QuotaRule.excess(of: pod, namespace: namespace, in: store) {
            throw Forbidden(message: "pods \"\(name)\" is forbidden: \(excess)")
        }
        pod["status"] = ["phase": "Pending", "qosClass": .string(QualityOfService.of(pod))]
        return pod
    }

    /// Fills in the defaults, and what the admission plugins ServiceAccount, DefaultTolerationSeconds and Priority add.
    private static func complete(_ pod: inout JSON, suffix: String) {
        Defaults.apply(to: &pod, type: .pods)
        var spec = pod["spec"] ?? .emptyObject
        let added: [(String, JSON)] = [
            ("serviceAccountName", "default"), ("priority", 0), ("preemptionPolicy", "PreemptLowerPriority"),
        ]
        for (key, value) in added where spec[key] == nil { spec[key] = value }
        spec["serviceAccount"] = spec["serviceAccountName"]
        var tolerations = spec["tolerations"]?.array ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        where !tolerations.contains(where: { $0["key"]?.string == key && $0["effect"]?.string ?? "NoExecute" == "NoExecute" }) {
            tolerations.append(["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
        }
        spec["tolerations"] = .array(tolerations)
        if spec["automountServiceAccountToken"]?.bool ?? true { mountToken("kube-api-access-" + suffix, &spec) }
        pod["spec"] = spec
    }

    private static func mountToken(_ volume: String, _ spec: inout JSON) {
        let path = "/var/run/secrets/kubernetes.io/serviceaccount"
        for key in ["containers", "initContainers"] {
            guard var containers = spec[key]?.array else { continue }
            for index in containers.indices {
                var mounts = containers[index]["volumeMounts"]?.array ?? []
                guard !mounts.contains(where: { $0["mountPath"]?.string == path }) else { continue }
                mounts.append(["name": .string(volume), "readOnly": true, "mountPath": .string(path)])
                containers[index]["volumeMounts"] = .array(mounts)
            }
            spec[key] = .array(containers)
        }
        spec["volumes"] = .array((spec["volumes"]?.array ?? []) + [tokenVolume(volume)])
    }

    private static func tokenVolume(_ name: String) -> JSON {
        [
            "name": .string(name),
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                    ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    [
                        "downwardAPI": [
                            "items": [
                                ["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]
                            ]
                        ]
                    ],
                ],
                "defaultMode": 420,
            ],
        ]
    }
}
