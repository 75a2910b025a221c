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

    private static func complete(_ pod: inout JSON, suffix: String) {
        var spec = pod["spec"] ?? .emptyObject
        let defaults: [(String, JSON)] = [
            ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30), ("dnsPolicy", "ClusterFirst"),
            ("securityContext", .emptyObject), ("schedulerName", "default-scheduler"), ("serviceAccountName", "default"),
            ("priority", 0), ("enableServiceLinks", true), ("preemptionPolicy", "PreemptLowerPriority"),
        ]
        for (key, value) in defaults where spec[key] == nil { spec[key] = value }
        spec["serviceAccount"] = spec["serviceAccountName"]
        var tolerations = spec["tolerations"]?.array ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        where !tolerations.contains(where: { $0["key"]?.string == key && $0["effect"]?.string ?? "NoExecute" == "NoExecute" }) {
            tolerations.append(["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
        }
        spec["tolerations"] = .array(tolerations)
        let volume = "kube-api-access-" + suffix
        let path = "/var/run/secrets/kubernetes.io/serviceaccount"
        for key in ["containers", "initContainers"] {
            guard let containers = spec[key]?.array else { continue }
            spec[key] = .array(containers.map { completed($0, volume: volume, path: path) })
        }
        if spec["automountServiceAccountToken"]?.bool ?? true {
            spec["volumes"] = .array((spec["volumes"]?.array ?? []) + [tokenVolume(volume)])
        }
        pod["spec"] = spec
    }

    private static func completed(_ container: JSON, volume: String, path: String) -> JSON {
        var container = container
        let image = container["image"]?.string ?? ""
        let isLatest = ImageName.full(image).hasSuffix(":latest")
        let defaults: [(String, JSON)] = [
            ("terminationMessagePath", "/dev/termination-log"), ("terminationMessagePolicy", "File"),
            ("imagePullPolicy", isLatest ? "Always" : "IfNotPresent"), ("resources", .emptyObject),
        ]
        for (key, value) in defaults where container[key] == nil { container[key] = value }
        // A limit without a request is the request too.
        for (key, value) in container["resources"]?["limits"]?.object ?? JSONObject() where container["resources"]?["requests"]?[key] == nil
        {
            container["resources", "requests", .member(key)] = value
        }
        var mounts = container["volumeMounts"]?.array ?? []
        if !mounts.contains(where: { $0["mountPath"]?.string == path }) {
            mounts.append(["name": .string(volume), "readOnly": true, "mountPath": .string(path)])
        }
        container["volumeMounts"] = .array(mounts)
        return container
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
